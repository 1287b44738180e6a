import type { RegisterCall, Suite, Workload } from "@coterie/simulation";
import { type Call, type Member, meddled } from "./calls.ts";
import { workload } from "./raft.suite.ts";
import { suite as lease } from "./raft-lease.suite.ts";

/** All of it on one register: every write is missed by every read that is too old. */
const one: Workload<Member, RegisterCall> = {
  ...workload,
  draw: (random, about) => ({ ...workload.draw(random, about), key: "k1" }),
};

/**
 * Many reads that may be a little stale, at members on the wrong side of a cut, or that lack what was committed long ago:
 * where a bound is most easily broken.
 */
export const suite: Suite<Member, Call> = {
  ...lease,
  name: "raft-stale",
  nodes: 5,
  faults: ["partition", "loss", "crash", "disk-slow", "pause", "clock"],
  intensity: 3,
  calls: 1_500,
  callTimeoutMs: 1_000,
  workload: meddled(one, [
    { consistency: "stale", maxStalenessMs: 60 },
    { consistency: "stale", maxStalenessMs: 100 },
    { consistency: "stale", maxStalenessMs: 200 },
  ]),
};
