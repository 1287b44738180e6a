import type { Random, Wait } from "@coterie/host";
import type { Suite } from "@coterie/simulation";
import { createRaft } from "../src/index.ts";
import type { Member, Call as RaftCall } from "./calls.ts";
import { suite as raft, small } from "./raft.suite.ts";
import { type Command, Registers } from "./registers.ts";

/** The group is to consist of these. */
export interface BecomeCall {
  readonly op: "become";
  readonly voters: readonly string[];
  readonly learners: readonly string[];
}

export type Call = RaftCall | BecomeCall;

const nodes = ["n1", "n2", "n3", "n4", "n5"];

/** One call in so many changes the members. */
const becomeEvery = 6;

/** In some worlds this one never holds more than votes and where the log stands. */
const witness = "n5";
const withWitness = "registers-with-witness";

/**
 * Raft whose members change all the while, in single steps and through joint configurations, under everything. Some
 * worlds have a witness among them, some a member that should rather lead.
 */
export const suite: Suite<Member, Call> = {
  ...raft,
  name: "raft-members",
  nodes: nodes.length,
  settings: { witness: [false, true], prefers: [0, 1] },
  node: (host, voters, settings) =>
    createRaft<Command, boolean, string, number | null>(host, {
      group: settings.witness ? withWitness : "registers",
      voters,
      ...(settings.witness ? { witness } : {}),
      priorities: { n2: Number(settings.prefers) },
      stateMachine: new Registers(),
      ...small,
    }),
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
    // Whoever was removed while it was cut off may never hear of it, and still hold a change of its own that came to nothing.
    const latest = members
      .map((member) => member.status())
      .reduce((a, b) => (a.commitIndex >= b.commitIndex ? a : b));
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

/**
 * Goes to whoever leads, as far as the asked member knows; most changes meet another one, or the wrong member. A witness
 * stays one: it comes back as such, and is no learner.
 */
async function change(member: Member, { voters, learners }: BecomeCall, wait: Wait): Promise<void> {
  if (member.status().group !== withWitness) return member.changeMembers({ voters, learners }, wait);
  const full = learners.filter((id) => id !== witness);
  const kinds = voters.includes(witness) ? { witness } : {};
  await member.changeMembers({ voters, learners: full, ...kinds }, wait);
}
