import type { RegisterCall, Suite } from "@coterie/simulation";
import { createRaft } from "../src/index.ts";
import { type Member, suite as raft, workload } from "./raft.suite.ts";
import { type Command, Registers } from "./registers.ts";

/**
 * Elections all the time: timeouts that the network's delays often exceed, nodes that crash in the middle of a vote and
 * are back before it is decided, leaders that crash with entries that nobody else has. What this finds are votes given
 * twice, terms forgotten, leaders that lack entries, and entries of many terms that are committed too early (figure 8).
 */
export const suite: Suite<Member, RegisterCall> = {
  ...raft,
  name: "raft-elections",
  settings: {
    // One entry in a message: what a leader sends is then acknowledged in many steps, between which anything may happen.
    messageBytesMax: [65_536, 1],
    // Snapshots all the time: whoever was away for a moment gets one.
    snapshotEntries: [10_000, 8],
    trailingEntries: [2, 0],
  },
  node: (host, voters, settings) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: "elections",
      voters,
      stateMachine: new Registers(),
      electionTimeoutMs: 60,
      heartbeatIntervalMs: 20,
      journalSegmentBytes: 32_768,
      commandBytesMax: 1_024,
      ...settings,
    }),
  workload,
  faults: ["coup", "crash", "delay", "loss", "reorder", "duplicate", "disk-slow", "partition"],
  intensity: 6,
  callTimeoutMs: 1_000,
  durationMs: 20_000,
};
