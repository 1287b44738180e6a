export { transportContract } from "./cases.ts";
export type { ContractCase, RoadFactory, RoadUnderTest } from "./road.ts";
