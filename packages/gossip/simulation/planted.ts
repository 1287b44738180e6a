import type { PlantedBug } from "@coterie/simulation";
import { plantedInMap } from "./planted-map.ts";
import { plantedInMembership } from "./planted-membership.ts";

/** Bugs that the suites must find, each within a number of seeds. */
export const planted: readonly PlantedBug[] = [...plantedInMembership, ...plantedInMap];
