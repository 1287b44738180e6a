import type { Invariant, Settings, Suite } from "@coterie/simulation";
import { createMembership, type MembershipOptions } from "../src/index.ts";
import { forgetful, Member } from "./member.ts";

/** Says something else of itself, tells all something, or asks all. */
interface Call {
  readonly op: "update" | "tell" | "ask";
  readonly word: number;
}

/** The seed of all, and of itself. */
const seeds = ["sim://n1", "sim://n2"];

/** Periods are short, so that a world of twenty seconds holds many of them. */
export const settings = {
  probeIntervalMs: 200,
  probeTimeoutMs: 80,
  gossipIntervalMs: 40,
  gossipToTheDeadMs: 1_000,
  syncIntervalMs: 2_000,
  healIntervalMs: 1_000,
  stallToleranceMs: 30,
  flapHalfLifeMs: 500,
} as const;

/**
 * Membership under everything that goes wrong between machines. Once all are healthy, all come to hold each other for
 * alive, with the last word that each said of itself: nobody who is healthy and can be reached stays dead to anyone.
 * And all hear what each says in its present life, and answer what each asks.
 */
export const suite: Suite<Member, Call> = {
  name: "gossip",
  nodes: [2, 3, 5, 9],
  settings: {
    // Whether hosts now and then forget how often they have started, as those whose disk was lost.
    forgetful: [false, true],
    // With 1, news are lost often, and comparison must make up for it.
    retransmitMult: [4, 1],
    detector: ["swim", "phi"],
  },
  node: (host, _, drawn) => {
    const forgets = drawn.forgetful === true;
    return new Member(host, createMembership(forgets ? forgetful(host) : host, options(drawn)), forgets);
  },
  faults: ["loss", "duplicate", "reorder", "delay", "partition", "slow", "crash", "pause", "freeze", "clock"],
  heals: "all",
  calls: 80,
  workload: {
    draw: (random) => ({
      op: (["tell", "tell", "tell", "tell", "update", "ask"] as const)[random.between(0, 5)]!,
      word: random.between(1, 1_000),
    }),
    perform: (member, { op, word }) => {
      if (op === "update") return member.membership.update({ word: String(word) });
      return op === "tell" ? member.tell() : member.ask();
    },
    probe: { op: "ask", word: 0 },
  },
  invariants: () => [recordsOnlyGrow(), aliveToItself, toldOnce],
  converged: (members) => {
    const views = members.map(viewOf);
    return (
      new Set(views).size === 1 &&
      members.every(({ membership }) => membership.alive().length === members.length) &&
      // What is said in a life that is not counted nobody can tell from what was said in an earlier one.
      members.every((one) => members.every((other) => other.forgets || one.hasHeard(other)))
    );
  },
};

function options({ retransmitMult, detector }: Settings): MembershipOptions {
  return {
    seeds,
    settings: { ...settings, retransmitMult: Number(retransmitMult) },
    detector: detector === "phi" ? "phi" : "swim",
  };
}

/** Whom a member knows, and what each of them says of itself. */
function viewOf({ membership }: Member): string {
  const all = membership.members().map(({ id, state, metadata }) => `${id} ${state} ${metadata.word}`);
  return all.sort().join();
}

function recordsOnlyGrow(): Invariant<Member> {
  const words = new Map<Member, Map<string, readonly [incarnation: number, state: number]>>();
  return {
    name: "records only grow: by incarnation, then by state",
    check(member, id) {
      const seen = words.get(member) ?? new Map();
      words.set(member, seen);
      for (const { id: about, incarnation, state } of member.membership.members()) {
        const rank = about === id ? 0 : ["alive", "suspect", "failed", "left"].indexOf(state);
        const [before, rankBefore] = seen.get(about) ?? [0, 0];
        // Who is held back for flapping is shown as failed, and alive again without another word of its own.
        const fell = rank < rankBefore && rankBefore !== 2;
        if (incarnation < before || (incarnation === before && fell))
          return `${id} took a lesser record of ${about}: ${before}/${rankBefore}, then ${incarnation}/${rank}`;
        seen.set(about, [incarnation, rank]);
      }
      return undefined;
    },
  };
}

const aliveToItself: Invariant<Member> = {
  name: "a node is never dead to itself",
  check: ({ membership: { self } }, id) => (self.state === "alive" ? undefined : `${id} is ${self.state}`),
};

const toldOnce: Invariant<Member> = {
  name: "a node is told each event once, and each answer by whom it is of",
  check: ({ repeated }, id) => repeated && `${id} was told twice: ${repeated}`,
};
