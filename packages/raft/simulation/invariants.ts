import type { NodeId } from "@coterie/host";
import type { Invariant } from "@coterie/simulation";
import { Commitments, mayElect } from "./commitments.ts";
import { type Inspectable, type Sight, type View, Watch } from "./watch.ts";

/** Something that must hold after every event. Answers what is wrong, if anything. */
type Rule = (view: View) => string | undefined;

/**
 * What must hold in a group after every event, whatever has happened: the five safety properties of Raft (figure 3 of
 * the paper), and what its proof rests on: votes, acknowledgements and durability. The latter fail at the very
 * event that goes wrong, long before a leader lacks an entry or a client sees anything.
 */
export function raftInvariants(): readonly Invariant<Inspectable>[] {
  const watch = new Watch();
  const commitments = new Commitments(watch);
  let view: View;
  const rule = (name: string, broken: Rule): Invariant<Inspectable> => ({ name, check: () => broken(view) });
  return [
    {
      name: "a member can be looked at",
      check(node, id) {
        view = watch.look(node, id);
        return undefined;
      },
    },
    rule("durable is what a restart finds", survives),
    rule("durable is only what was written before", writtenBefore),
    rule("election safety: at most one leader in a term", oneLeader()),
    rule("a leader has the votes of a quorum", elected(watch)),
    rule("leader append-only: a leader never overwrites or deletes entries", appendOnly),
    rule("log matching: entries of one index and term are one, and so is all before them", matching),
    rule("what a member has acknowledged to a leader is durable while that leader's term lasts", owed()),
    rule("leader completeness: a leader holds every entry committed in an earlier term", (it) =>
      commitments.complete(it),
    ),
    rule("commitment: a quorum holds durably what a leader commits", (it) => commitments.byQuorum(it)),
    rule("commitment: nobody who lacks what a leader commits could be elected", (it) =>
      commitments.forGood(it),
    ),
    rule("state machine safety: nobody commits another entry at the same index", (it) =>
      commitments.agree(it),
    ),
  ];
}

/** Term, vote and log are on the disk once a member says so. */
function survives({ id, now, before, isNewLife, log }: View): string | undefined {
  if (before === undefined || !isNewLife) return undefined;
  if (before.hardStateIsDurable) {
    const { term, vote } = before;
    if (now.term < term) return `${id} was in term ${term} and restarts in term ${now.term}`;
    if (now.term === term && now.vote !== vote)
      return `${id} voted for ${vote ?? "nobody"} in term ${term} and restarts having voted for ${now.vote ?? "nobody"}`;
  }
  const { stableIndex, stableTerm } = before;
  if (stableIndex <= now.baseIndex || log.term(stableIndex) === stableTerm) return undefined;
  return `${id} restarts without its entry ${stableIndex} of term ${stableTerm}, which was durable`;
}

/** A write takes time: what came into the log by this event cannot be durable yet. */
function writtenBefore({ id, now, isNewLife, firstNew }: View): string | undefined {
  const { stableIndex, lastIndex } = now;
  if (stableIndex > lastIndex)
    return `${id} takes its log for durable up to ${stableIndex}, though it ends at ${lastIndex}`;
  if (isNewLife || firstNew > stableIndex) return undefined;
  return `${id} takes its log for durable up to ${stableIndex}, though entry ${firstNew} is being written`;
}

function oneLeader(): Rule {
  const leaders = new Map<number, NodeId>();
  return ({ id, now: { role, term } }) => {
    if (role !== "leader") return undefined;
    const leader = leaders.get(term);
    leaders.set(term, id);
    if (leader === undefined || leader === id) return undefined;
    return `both ${leader} and ${id} lead term ${term}`;
  };
}

export function leads(sight: Sight | undefined, term: number): boolean {
  return sight?.role === "leader" && sight.term === term;
}

/** Whoever has gone on to a later term may have voted. */
function elected(watch: Watch): Rule {
  return ({ id, now, before, isNewLife }) => {
    const { role, term, members } = now;
    if (role !== "leader" || (!isNewLife && leads(before, term))) return undefined;
    const mayHaveVoted = (voter: NodeId): boolean => {
      const seen = watch.last(voter);
      return seen !== undefined && (seen.term > term || (seen.term === term && seen.vote === id));
    };
    if (mayElect(members, mayHaveVoted)) return undefined;
    return `${id} leads term ${term}, for which only ${members.all.filter(mayHaveVoted).join(", ")} can have voted`;
  };
}

function appendOnly({ id, now, before, isNewLife, firstNew }: View): string | undefined {
  const { role, term, lastIndex } = now;
  if (isNewLife || role !== "leader" || !leads(before, term)) return undefined;
  const end = before!.lastIndex;
  if (lastIndex < end) return `${id} leads term ${term} and its log shrank from ${end} to ${lastIndex}`;
  return firstNew <= end ? `${id} leads term ${term} and overwrote its entry ${firstNew}` : undefined;
}

function matching({ id, log, mismatch }: View): string | undefined {
  if (mismatch === undefined) return undefined;
  return `entry ${mismatch} of term ${log.term(mismatch)} differs between ${id} and another log`;
}

interface Debt {
  readonly leader: NodeId;
  readonly term: number;
  readonly index: number;
  readonly entryTerm: number | undefined;
}

/** A leader commits by what it believes its followers to hold (matchIndex): so they must. */
function owed(): Rule {
  const debts = new Map<NodeId, Debt>();
  const note = (debtor: NodeId, leader: View): void => {
    const index = leader.matchIndex(debtor);
    const { term } = leader.now;
    const known = debts.get(debtor);
    if (index === 0 || (known && (known.term > term || (known.term === term && known.index >= index))))
      return;
    debts.set(debtor, { leader: leader.id, term, index, entryTerm: leader.log.term(index) });
  };
  return (view) => {
    const { id, now, log } = view;
    if (now.role === "leader") for (const member of now.members.all) if (member !== id) note(member, view);
    const debt = debts.get(id);
    if (debt === undefined || debt.term !== now.term) return undefined;
    const { leader, index, entryTerm } = debt;
    if (now.stableIndex < index)
      return `${leader} counts on ${id} up to ${index}, but its log is durable up to ${now.stableIndex} only`;
    const term = log.term(index);
    if (term === undefined || entryTerm === undefined || term === entryTerm) return undefined;
    return `${leader} counts on ${id} for entry ${index} of term ${entryTerm}, but there it has one of term ${term}`;
  };
}
