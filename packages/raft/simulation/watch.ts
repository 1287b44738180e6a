import type { NodeId } from "@coterie/host";
import { type Entry, EntryKind } from "../src/gen/raft.ts";
import type { Inspection } from "../src/index.ts";

/** What an invariant looks at: any member, whatever its state machine. */
export interface Inspectable {
  inspect(): Inspection;
}

/** What a member looked like after one of its events. */
export interface Sight {
  /** The member, which is another object in each life. */
  readonly of: Inspectable;
  readonly role: Inspection["role"];
  readonly term: number;
  readonly vote: NodeId | null;
  readonly hardStateIsDurable: boolean;
  readonly members: Inspection["members"];
  readonly commitIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly baseIndex: number;
  readonly stableIndex: number;
  /** Of the entry at `stableIndex`. */
  readonly stableTerm: number;
}

/** One member after an event, and before it. */
export interface View {
  readonly id: NodeId;
  readonly now: Sight;
  /** Undefined when it was never seen; of an earlier life when this is the first event of a new one. */
  readonly before: Sight | undefined;
  /** Whether this is the first that is seen of this life. */
  readonly isNewLife: boolean;
  readonly log: Inspection["log"];
  readonly matchIndex: Inspection["matchIndex"];
  /** The lowest index whose entry was not in this log before; `lastIndex + 1` when nothing is new. */
  readonly firstNew: number;
  /** Which entry of the log differs from one of the same index and term that was seen anywhere. */
  readonly mismatch: number | undefined;
}

interface Known {
  readonly prevTerm: number;
  /** Undefined as long as only witnesses had the entry: they know index and term, not whose it is. */
  readonly what: string | undefined;
}

/** Which entry it is, beside index and term; undefined when a witness holds nothing but those. */
export function whatOf({ kind, origin, id }: Entry): string | undefined {
  return kind === EntryKind.WITHHELD ? undefined : `${origin}/${id}`;
}

/** What is not known differs from nothing. */
export function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/** Follows all members of a world, event by event. Looks only at what has changed since it last saw a member. */
export class Watch {
  readonly #sights = new Map<NodeId, Sight>();
  /** The term of the entry at each index of a member's log; sparse below its base. */
  readonly #terms = new Map<NodeId, number[]>();
  /** Every entry that was ever in a log, by index and term. */
  readonly #entries = new Map<string, Known>();

  get ids(): Iterable<NodeId> {
    return this.#sights.keys();
  }

  /** How a member was last seen: before it crashed, if it is down. */
  last(id: NodeId): Sight | undefined {
    return this.#sights.get(id);
  }

  /** Whether a member's log, as last seen, holds the entry of this index and term, or a snapshot in its place. */
  holds(id: NodeId, index: number, term: number): boolean {
    const base = this.#sights.get(id)?.baseIndex ?? 0;
    return index <= base || this.#terms.get(id)?.[index] === term;
  }

  look(node: Inspectable, id: NodeId): View {
    const { log, matchIndex, ...is } = node.inspect();
    const before = this.#sights.get(id);
    const now: Sight = {
      of: node,
      role: is.role,
      term: is.term,
      vote: is.vote,
      hardStateIsDurable: is.hardStateIsDurable,
      members: is.members,
      commitIndex: is.commitIndex,
      lastIndex: log.lastIndex,
      lastTerm: log.last.term,
      baseIndex: log.base.index,
      stableIndex: is.stableIndex,
      stableTerm: log.term(is.stableIndex) ?? 0,
    };
    this.#sights.set(id, now);
    const isNewLife = before?.of !== node;
    return { id, now, before, isNewLife, log, matchIndex, ...this.#follow(id, log) };
  }

  /** Walks back over what is new: an entry that was seen in this log vouches for all before it. */
  #follow(id: NodeId, log: Inspection["log"]): Pick<View, "firstNew" | "mismatch"> {
    let terms = this.#terms.get(id);
    if (terms === undefined) {
      terms = [];
      this.#terms.set(id, terms);
    }
    let mismatch: number | undefined;
    let index = log.lastIndex;
    for (; index > log.base.index && terms[index] !== log.term(index); index--) {
      // What only the disk holds was seen when it came, unless that was before this member's first event.
      const entry = log.entry(index);
      const term = log.term(index)!;
      const prevTerm = log.term(index - 1)!;
      const key = `${index}/${term}`;
      const what = entry && whatOf(entry);
      const other = this.#entries.get(key);
      if (other === undefined) this.#entries.set(key, { prevTerm, what });
      else if (other.prevTerm !== prevTerm || differ(other.what, what)) mismatch = index;
      else if (other.what === undefined && what !== undefined) this.#entries.set(key, { prevTerm, what });
      terms[index] = term;
    }
    terms.length = log.lastIndex + 1;
    terms[log.base.index] = log.base.term;
    return { firstNew: index + 1, mismatch };
  }
}
