import type { RegisterCall, Suite } from "@coterie/simulation";
import { type Member, suite as raft } from "./raft.suite.ts";

/**
 * Raft whose reads go by the leader's lease. A lease rests on clocks that run at nearly the same rate and never stand
 * still, so everything may go wrong but those.
 */
export const suite: Suite<Member, RegisterCall> = {
  ...raft,
  name: "raft-lease",
  faults: [
    "loss",
    "duplicate",
    "reorder",
    "delay",
    "bandwidth",
    "partition",
    "slow",
    "crash",
    "pause",
    "clock",
    "disk-slow",
    "disk-full",
    "sync-fails",
  ],
  workload: {
    ...raft.workload,
    perform: (member, call, wait) =>
      call.op === "get"
        ? member.read(call.key as string, { ...wait, consistency: "lease" })
        : raft.workload.perform(member, call, wait),
  },
};
