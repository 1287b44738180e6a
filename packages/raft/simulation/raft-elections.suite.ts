import type { RegisterCall, Suite } from "@coterie/simulation";
import { createRaft } from "../src/index.ts";
import { type Member, suite as raft } from "./raft.suite.ts";
import { type Command, Registers } from "./registers.ts";

/**
 * Elections all the time: timeouts that the network's delays often exceed, nodes that crash in the middle of a vote and
 * are back before it is decided. What this finds are votes given twice, terms forgotten and leaders that lack entries.
 */
export const suite: Suite<Member, RegisterCall> = {
  ...raft,
  name: "raft-elections",
  node: (host, voters) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: "elections",
      voters,
      stateMachine: new Registers(),
      electionTimeoutMs: 60,
      heartbeatIntervalMs: 20,
    }),
  faults: ["crash", "delay", "loss", "reorder", "duplicate", "disk-slow", "partition"],
  intensity: 6,
  calls: 100,
  durationMs: 20_000,
};
