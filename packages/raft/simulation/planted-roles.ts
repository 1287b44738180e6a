import type { PlantedBug } from "@coterie/simulation";
import { bug } from "./bug.ts";

/** Bugs of who may lead, who holds what, and how stale a read may be. */
export const roles: readonly PlantedBug[] = [
  bug(
    "witness-leads",
    "lets a witness begin elections, and win them",
    "core/election.ts",
    {
      find: "  if (s.options.isWitness || s.members.isWitness(s.id)) return false;\n",
      replace: "",
    },
    100,
    "raft-members",
  ),
  bug(
    "witness-refuses-what-is-withheld",
    "keeps a witness from acknowledging commands",
    "core/replication.ts",
    {
      find: "s.options.isWitness ? EntryKind.COMMAND : EntryKind.WITHHELD",
      replace: "EntryKind.WITHHELD",
    },
    100,
    "raft-members",
  ),
  bug(
    "withheld-from-all",
    "withholds commands from full members as well",
    "core/replication.ts",
    {
      find: "const entries = s.members.isWitness(peer) ? held.map(withheld) : held;",
      replace: "const entries = s.members.witness !== null ? held.map(withheld) : held;",
    },
    50,
    "raft-members",
  ),
  bug(
    "low-priority-never-goes",
    "lets members of lower priority wait for ever",
    "core/election.ts",
    {
      find: "Math.min(s.members.prioritiesAbove(s.id) + turnsBefore(s), 2) / 2;",
      replace: "s.members.prioritiesAbove(s.id) * 1_000;",
    },
    400,
    "raft-lease",
  ),
  bug(
    "stale-by-the-latest-stamp",
    "dates what a leader says by the latest stamp, not by the one that it gives back",
    "core/freshness.ts",
    {
      find: "this.#stamps.find(({ stamp }) => stamp === freshStamp);",
      replace: "this.#stamps.at(-1);",
    },
    300,
    "raft-lease",
  ),
  bug(
    "stale-before-applied",
    "counts what a leader says before the entries are applied",
    "core/freshness.ts",
    {
      find: "    const fact = this.#facts[0];\n    return fact !== undefined && fact.index <= applied ? fact.at",
      replace: "    const fact = this.#facts.at(-1);\n    return fact !== undefined ? fact.at",
    },
    200,
    "raft-stale",
  ),
  bug(
    "stale-counts-nothing",
    "answers every stale read at once, whatever its bound",
    "readers.ts",
    { find: "if (staleness() <= maxStalenessMs) return;", replace: "return;" },
    50,
    "raft-lease",
  ),
];

/**
 * Found by tests of the core, not by worlds: a deposed leader steps down about when the next one can be elected, and who
 * forgets a leader that lives hears of it again with the next heartbeat.
 */
export const rolesNotFoundYet: readonly PlantedBug[] = [
  bug(
    "stale-by-anybody",
    "takes a leader's word for what is committed before a quorum has confirmed that it leads",
    "core/freshness.ts",
    { find: "round: s.reads.round + 1 });", replace: "round: 0 });" },
    300,
    "raft-stale",
  ),
  bug(
    "forgetting-ends-loyalty",
    "lets a follower that forgets its leader vote at once, whatever leases count on",
    "core/election.ts",
    {
      find: "  if (!s.options.leaseReads) s.leaderContact = Number.NEGATIVE_INFINITY;\n",
      replace: "  s.leaderContact = Number.NEGATIVE_INFINITY;\n",
    },
    2_000,
    "raft-lease",
  ),
];
