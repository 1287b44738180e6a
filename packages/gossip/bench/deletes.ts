import { simulate } from "@coterie/simulation";
import { suite } from "../simulation/gossip-map.suite.ts";

/** Worlds in which a deleted value came back, or the nodes did not come to agree, by seed. */
export async function countResurrections(worlds: number): Promise<readonly number[]> {
  const failed: number[] = [];
  for (let seed = 1; seed <= worlds; seed++) if (!(await simulate({ ...suite, seed })).ok) failed.push(seed);
  return failed;
}
