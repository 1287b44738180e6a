import type { NodeId } from "@coterie/host";
import type { Inspection } from "../src/index.ts";
import { differ, type Sight, type View, type Watch, whatOf } from "./watch.ts";

type Members = Pick<Inspection["members"], "voters" | "outgoing" | "commitQuorum" | "outgoingCommitQuorum">;

/** A committed entry: which one it is, and the term of whoever was first seen to have committed it. */
interface Committed {
  readonly term: number;
  /** Undefined as long as only witnesses were seen to have committed it. */
  readonly what: string | undefined;
  readonly in: number;
}

/** Whether those of whom it holds make an entry committed; while members change, in both sets of voters. */
function mayCommit(members: Members, holds: (voter: NodeId) => boolean): boolean {
  return ofBoth(members, (voters, commitQuorum) => {
    const those = voters.filter(holds).length;
    return commitQuorum === undefined ? those * 2 > voters.length : those >= commitQuorum;
  });
}

/** Whether those of whom it holds elect a leader: more than half, and whoever commits has one of them. */
export function mayElect(members: Members, holds: (voter: NodeId) => boolean): boolean {
  return ofBoth(members, (voters, commitQuorum) => {
    const others = voters.filter((voter) => !holds(voter)).length;
    return others * 2 < voters.length && (commitQuorum === undefined || others < commitQuorum);
  });
}

function ofBoth(
  members: Members,
  enough: (voters: readonly NodeId[], commitQuorum: number | undefined) => boolean,
): boolean {
  const { voters, outgoing, commitQuorum, outgoingCommitQuorum } = members;
  return enough(voters, commitQuorum) && (outgoing.length === 0 || enough(outgoing, outgoingCommitQuorum));
}

/** What is committed, and whether it was rightly so. */
export class Commitments {
  readonly #watch: Watch;
  readonly #committed: Committed[] = [];

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  complete({ id, now, before, isNewLife, log }: View): string | undefined {
    const { role, term } = now;
    const ledBefore = !isNewLife && before?.role === "leader" && before.term === term;
    if (role !== "leader" || ledBefore) return undefined;
    for (let index = log.base.index; index < this.#committed.length; index++) {
      const entry = this.#committed[index];
      if (entry === undefined || entry.in >= term || log.term(index) === entry.term) continue;
      return `${id} leads term ${term} without entry ${index} of term ${entry.term}, which is committed`;
    }
    return undefined;
  }

  /**
   * What a leader commits by itself in this event; undefined when it does not, or a snapshot told it. Also when other
   * members hold by now: the change may have come after the commit, and it does not know any more who held what.
   */
  #commits({ now, before, isNewLife }: View): number | undefined {
    const { role, commitIndex } = now;
    if (role !== "leader" || isNewLife || before === undefined || before.commitIndex >= commitIndex)
      return undefined;
    if (before.members.index !== now.members.index) return undefined;
    return this.#committed[commitIndex] === undefined ? commitIndex : undefined;
  }

  /** That its followers hold what it believes them to hold is another matter: `owed`. */
  byQuorum(view: View): string | undefined {
    const index = this.#commits(view);
    if (index === undefined) return undefined;
    const { id, now, matchIndex } = view;
    const holds = (voter: NodeId): boolean => (voter === id ? now.stableIndex : matchIndex(voter)) >= index;
    if (mayCommit(now.members, holds)) return undefined;
    return `${id} commits entry ${index}, which only ${now.members.all.filter(holds).join(", ")} hold durably`;
  }

  /**
   * §5.4.2: being held by a quorum is not enough. Whoever lacks the entry must be refused by all quorums that elect,
   * since each has somebody with a later log: of the members whom the leader knows, and of those whom the rival does.
   */
  forGood(view: View): string | undefined {
    const index = this.#commits(view);
    if (index === undefined) return undefined;
    const { id, log, now, matchIndex } = view;
    const term = log.term(index)!;
    for (const rival of this.#watch.ids) {
      const holds = matchIndex(rival) >= index || this.#watch.holds(rival, index, term);
      if (rival === id || holds) continue;
      const ends = this.#watch.last(rival)!;
      const grants = (voter: NodeId): boolean => voter === rival || mayLead(ends, this.#end(voter, view));
      if (mayElect(now.members, grants) || mayElect(ends.members, grants))
        return `${id} commits entry ${index} of term ${term}, but ${rival} lacks it and could be elected: its log ends in ${ends.lastIndex} of term ${ends.lastTerm}`;
    }
    return undefined;
  }

  /** Where a voter's log ends at least: as it was last seen, or as far as the leader knows. */
  #end(voter: NodeId, { matchIndex, log }: View): Pick<Sight, "lastIndex" | "lastTerm"> {
    const seen = this.#watch.last(voter) ?? { lastIndex: 0, lastTerm: 0 };
    const index = matchIndex(voter);
    const known = { lastIndex: index, lastTerm: log.term(index) ?? 0 };
    return mayLead(seen, known) ? seen : known;
  }

  agree({ id, now, before, isNewLife, log }: View): string | undefined {
    // A node that starts again begins at its snapshot.
    const known = isNewLife ? log.base.index : Math.max(before?.commitIndex ?? 0, log.base.index);
    for (let index = known + 1; index <= now.commitIndex; index++) {
      const entry = log.entry(index);
      const term = log.term(index)!;
      const what = entry && whatOf(entry);
      const other = this.#committed[index];
      if (other === undefined) this.#committed[index] = { term, what, in: now.term };
      else if (other.term !== term || differ(other.what, what))
        return `${id} commits entry ${index} of term ${term}, another commits one of term ${other.term}`;
      else if (other.what === undefined) this.#committed[index] = { ...other, what };
    }
    return undefined;
  }
}

/** §5.4.1: the later log by its last term, then by its length. */
function mayLead(
  candidate: Pick<Sight, "lastIndex" | "lastTerm">,
  voter: Pick<Sight, "lastIndex" | "lastTerm">,
): boolean {
  return candidate.lastTerm === voter.lastTerm
    ? candidate.lastIndex >= voter.lastIndex
    : candidate.lastTerm > voter.lastTerm;
}
