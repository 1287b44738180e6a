import type { PlantedBug } from "@coterie/simulation";
import { notFoundYetInMap, plantedInMap } from "./planted-map.ts";
import { notFoundYetInMembership, plantedInMembership } from "./planted-membership.ts";

/** Bugs that the suites must find, each within a number of seeds. */
export const planted: readonly PlantedBug[] = [...plantedInMembership, ...plantedInMap];

/** Bugs that no simulation has found yet. */
export const notFoundYet: readonly PlantedBug[] = [...notFoundYetInMembership, ...notFoundYetInMap];
