import type { Invariant, Suite } from "@coterie/simulation";
import { createRaft } from "../src/index.ts";
import type { Call, Member } from "./calls.ts";
import { raftInvariants } from "./invariants.ts";
import { suite as raft, small } from "./raft.suite.ts";
import { type Command, Registers } from "./registers.ts";
import { RegistersOnDisk } from "./registers-on-disk.ts";

const machines: WeakMap<Member, Registers> = new WeakMap();

/** State machine safety, seen from the state: whoever has applied as much has applied the same, each command once. */
function sameStates(): Invariant<Member> {
  const digests: number[] = [];
  return {
    name: "state machines that have applied as much have applied the same",
    check(member, id) {
      const history = machines.get(member)?.history;
      if (history === undefined) return undefined;
      const { index, digest } = history;
      digests[index] ??= digest;
      if (digests[index] === digest) return undefined;
      return `${id} has applied command ${index}, and before it not what another one had`;
    },
  };
}

/**
 * Raft whose state machines keep their state, sessions among it, in a file of the faulty disk, written down behind and
 * synced when the log is to be cut. In some worlds one member keeps its state in memory: their snapshots are the same.
 */
export const suite: Suite<Member, Call> = {
  ...raft,
  name: "raft-on-disk",
  settings: { inMemory: ["nobody", "n1"] },
  async node(host, voters, { inMemory }) {
    const stateMachine = host.id === inMemory ? new Registers() : new RegistersOnDisk(host.disk, "registers");
    const group = "registers";
    const options = { group, voters, stateMachine, ...small };
    const member = await createRaft<Command, boolean, string, number | null>(host, options);
    machines.set(member, stateMachine);
    return member;
  },
  invariants: () => [...raftInvariants(), sameStates()],
};
