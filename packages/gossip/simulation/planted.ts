import type { PlantedBug } from "@coterie/simulation";
import { notFoundYetInMap, plantedInMap } from "./planted-map.ts";
import { plantedInMembership } from "./planted-membership.ts";

/** Bugs that a simulation must find, each within a number of seeds. The switches exist here and nowhere else. */
export const planted: readonly PlantedBug[] = [...plantedInMembership, ...plantedInMap];

/** Bugs that no simulation has found yet. */
export const notFoundYet: readonly PlantedBug[] = notFoundYetInMap;
