import type { NodeId } from "@coterie/host";
import type { Invariant, Suite } from "@coterie/simulation";
import { createRaft, FirstMembersError, type RaftOptions } from "../src/index.ts";
import type { Call, Member } from "./calls.ts";
import { raftInvariants } from "./invariants.ts";
import { suite as raft, small } from "./raft.suite.ts";
import { type Command, Registers } from "./registers.ts";

type First = Pick<
  RaftOptions<Command, boolean, string, number | null>,
  "voters" | "witness" | "commitQuorum"
>;

/** What this one is given is not what the others are. */
const misfit = "n1";

/** None of these elects a leader without somebody who was given something else. */
const wrong: Readonly<Record<string, (voters: readonly NodeId[]) => First>> = {
  "commits with fewer": (voters) => ({ voters, commitQuorum: 2 }),
  "elects with fewer": (voters) => ({ voters: voters.slice(0, 3) }),
  "elects in a pair": (voters) => ({ voters: voters.slice(0, 2) }),
  "counts on a witness": (voters) => ({ voters, witness: "n5" }),
};

/** Until it is stopped, and each time that it starts again, it has no part in anything; the others are a group. */
function invariants(): readonly Invariant<Member>[] {
  const ofTheOthers = raftInvariants().map(({ name, check }) => ({
    name,
    check: (node: Member, id: NodeId) => (id === misfit ? undefined : check(node, id)),
  }));
  const apart = (node: Member, id: NodeId): string | undefined => {
    if (id !== misfit) return undefined;
    const { role, vote, log } = node.inspect();
    if (role === "leader") return `${id} leads`;
    if (vote !== null && vote !== id) return `${id} votes for ${vote}`;
    return log.lastIndex > 0 ? `${id} holds entries up to ${log.lastIndex}` : undefined;
  };
  return [
    ...ofTheOthers,
    { name: "who was given other first members has no part in the group", check: apart },
  ];
}

const { converged: _, ...anybody } = raft;

/** Raft of which one member was given other first members than the others, under everything. */
export const suite: Suite<Member, Call> = {
  ...anybody,
  name: "raft-first-members",
  nodes: 5,
  settings: { wrong: Object.keys(wrong) },
  node: (host, voters, settings) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: "registers",
      ...(host.id === misfit ? wrong[String(settings.wrong)]!(voters) : { voters }),
      stateMachine: new Registers(),
      ...small,
    }),
  invariants,
  mayStop: (error, id) => id === misfit && error instanceof FirstMembersError,
  // The misfit among them, which stops again: four are enough.
  heals: "all",
};
