import type { Wait } from "@coterie/host";
import type { Suite } from "@coterie/simulation";
import { createRaft } from "../src/index.ts";
import type { Member } from "./calls.ts";
import { small } from "./raft.suite.ts";
import { type BecomeCall, type Call as MembersCall, suite as members } from "./raft-members.suite.ts";
import { type Command, Registers } from "./registers.ts";

/** The group is to consist of these, and so many of them are to make an entry committed. */
interface QuorumCall extends BecomeCall {
  readonly commitQuorum?: number | "majority";
}

export type Call = Exclude<MembersCall, BecomeCall> | QuorumCall;

/** Raft whose members change all the while, and with them how many commit: from one of five to four of five. */
export const suite: Suite<Member, Call> = {
  ...members,
  name: "raft-quorums",
  settings: { commitQuorum: [1, 2, 4] },
  node: (host, voters, settings) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: "registers",
      voters,
      commitQuorum: Number(settings.commitQuorum),
      stateMachine: new Registers(),
      ...small,
    }),
  workload: {
    ...members.workload,
    draw(random, about) {
      const call = members.workload.draw(random, about);
      if (call.op !== "become") return call;
      const commitQuorum = random.between(-1, call.voters.length);
      if (commitQuorum === -1) return call;
      return { ...call, commitQuorum: commitQuorum === 0 ? "majority" : commitQuorum };
    },
    perform(member, call, wait) {
      return call.op === "become" ? change(member, call, wait) : members.workload.perform(member, call, wait);
    },
  },
};

/** A group that shrinks below the quorum that it has is refused, unless the change says another one. */
function change(member: Member, { voters, learners, commitQuorum }: QuorumCall, wait: Wait): Promise<void> {
  return member.changeMembers(
    { voters, learners, ...(commitQuorum === undefined ? {} : { commitQuorum }) },
    wait,
  );
}
