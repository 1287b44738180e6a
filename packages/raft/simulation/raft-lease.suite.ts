import type { Suite } from "@coterie/simulation";
import { createRaft } from "../src/index.ts";
import { type Call, type Member, meddled } from "./calls.ts";
import { suite as raft, small, workload } from "./raft.suite.ts";
import { type Command, Registers } from "./registers.ts";

/**
 * Raft whose reads go by the leader's lease, or as stale as they say. Both rest on clocks that never stand still, and
 * leases on clocks that run at nearly the same rate, so everything may go wrong but those. Some worlds have a member that
 * should rather lead.
 */
export const suite: Suite<Member, Call> = {
  ...raft,
  name: "raft-lease",
  settings: { prefers: [0, 3] },
  node: (host, voters, { prefers }) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: "registers",
      voters,
      priorities: { n1: Number(prefers), n2: Number(prefers) / 3 },
      stateMachine: new Registers(),
      ...small,
    }),
  faults: [
    "loss",
    "duplicate",
    "reorder",
    "delay",
    "bandwidth",
    "partition",
    "slow",
    "crash",
    "coup",
    "pause",
    "clock",
    "disk-slow",
    "disk-full",
    "sync-fails",
  ],
  workload: meddled(workload, [
    { consistency: "lease" },
    { consistency: "linearizable" },
    { consistency: "stale", maxStalenessMs: 0 },
    { consistency: "stale", maxStalenessMs: 150 },
    { consistency: "stale", maxStalenessMs: 1_000 },
  ]),
};
