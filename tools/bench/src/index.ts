export type { Bench, Better, Comparison, Contender, Figure, Row, Suite } from "./bench.ts";
export { opsPerSecond } from "./micro.ts";
