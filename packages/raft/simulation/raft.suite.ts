import type { Suite } from "@coterie/simulation";
import { createRaft, type Raft } from "../src/index.ts";
import { raftInvariants } from "./invariants.ts";
import { type Command, Registers, type Seen } from "./registers.ts";

export type Member = Raft<Command, Seen, string, Seen>;

/** A read, or a command. */
export type Call = Command | { readonly read: string };

/** Raft under everything: registers that clients write, compare and set, and read linearizably. */
export const suite: Suite<Member, Call> = {
  name: "raft",
  nodes: [3, 5],
  node: (host, nodes) =>
    createRaft<Command, Seen, string, Seen>(host, {
      group: "registers",
      voters: nodes,
      stateMachine: new Registers(),
      electionTimeoutMs: 500,
      heartbeatIntervalMs: 50,
      // Small, so that every world takes, sends and installs snapshots.
      snapshotEntries: 40,
      trailingEntries: 10,
      messageBytesMax: 2_000,
      inFlightMessagesMax: 4,
    }),
  invariants: raftInvariants,
  workload: {
    draw(random) {
      const key = `k${random.between(1, 3)}`;
      const value = random.between(1, 5);
      switch (random.between(0, 3)) {
        case 0:
          return { key, set: value };
        case 1:
          return { key, set: value, expect: random.between(1, 5) };
        default:
          return { read: key };
      }
    },
    perform: (member, call, wait) =>
      "read" in call ? member.read(call.read, wait) : member.propose(call, wait),
    hadNoEffect: (error) => (error as { mayCommit?: boolean }).mayCommit === false,
    probe: { key: "k1", set: 9 },
  },
  converged: (members) => new Set(members.map((member) => member.status().appliedIndex)).size === 1,
};
