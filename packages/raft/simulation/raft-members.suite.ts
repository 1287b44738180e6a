import type { Random, Wait } from "@coterie/host";
import type { RegisterCall, Suite } from "@coterie/simulation";
import { type Member, suite as raft } from "./raft.suite.ts";

/** The group is to consist of these. */
interface BecomeCall {
  readonly op: "become";
  readonly voters: readonly string[];
  readonly learners: readonly string[];
}

export type Call = RegisterCall | BecomeCall;

const nodes = ["n1", "n2", "n3", "n4", "n5"];

/** One call in so many changes the members. */
const becomeEvery = 6;

/** Raft whose members change all the while, in single steps and through joint configurations, under everything. */
export const suite: Suite<Member, Call> = {
  ...raft,
  name: "raft-members",
  nodes: nodes.length,
  // Any of the nodes may have become indispensable.
  heals: "all",
  workload: {
    ...raft.workload,
    draw(random, about) {
      return random.between(1, becomeEvery) === 1 ? become(random) : raft.workload.draw(random, about);
    },
    perform(member, call, wait) {
      return call.op === "become" ? change(member, call, wait) : raft.workload.perform(member, call, wait);
    },
    judge: (history) => raft.workload.judge?.(history.filter(({ input }) => input.op !== "become") as never),
  },
  converged(members) {
    const latest = members
      .reduce((a, b) => (a.status().membersIndex >= b.status().membersIndex ? a : b))
      .status();
    const belong = [...latest.voters, ...latest.learners];
    const applied = members
      .map((member) => member.status())
      .filter(({ id }) => belong.includes(id))
      .map(({ appliedIndex }) => appliedIndex);
    return new Set(applied).size === 1;
  },
};

function become(random: Random): BecomeCall {
  const drawn = nodes.map((id) => ({ id, share: random.float() }));
  const voters = drawn.filter(({ share }) => share < 0.6).map(({ id }) => id);
  const learners = drawn.filter(({ share }) => share > 0.8).map(({ id }) => id);
  return { op: "become", voters: voters.length > 0 ? voters : [nodes[random.between(0, 4)]!], learners };
}

/** Goes to whoever leads, as far as the asked member knows; most changes meet another one, or the wrong member. */
async function change(member: Member, { voters, learners }: BecomeCall, wait: Wait): Promise<void> {
  await member.changeMembers({ voters, learners }, wait);
}
