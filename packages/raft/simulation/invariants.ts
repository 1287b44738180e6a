import type { NodeId } from "@coterie/host";
import type { Invariant } from "@coterie/simulation";
import type { Entry, Inspection } from "../src/index.ts";

/** What an invariant looks at: any member, whatever its state machine. */
export interface Inspectable {
  inspect(): Inspection;
}

/** What was last seen of one node. */
interface Seen {
  role: Inspection["role"];
  term: number;
  commitIndex: number;
  /** The term of the entry at each index of its log; sparse below its base. */
  terms: number[];
}

/** A committed entry: which one it is. */
interface Committed {
  readonly term: number;
  readonly origin: NodeId;
  readonly id: number;
}

/**
 * The five safety properties of Raft (figure 3 of the paper), checked after every event over all nodes. Each looks
 * only at what has changed since it last saw the node.
 */
export function raftInvariants(): readonly Invariant<Inspectable>[] {
  const leaders = new Map<number, NodeId>();
  const entries = new Map<
    string,
    { readonly prevTerm: number; readonly origin: NodeId; readonly id: number }
  >();
  const committed: Committed[] = [];
  const seen = new Map<NodeId, Seen>();

  const known = (id: NodeId): Seen => {
    let node = seen.get(id);
    if (node === undefined) {
      node = { role: "follower", term: 0, commitIndex: 0, terms: [] };
      seen.set(id, node);
    }
    return node;
  };

  return [
    {
      name: "election safety: at most one leader in a term",
      check(node, id) {
        const { role, term } = node.inspect();
        if (role !== "leader") return undefined;
        const leader = leaders.get(term);
        leaders.set(term, id);
        if (leader === undefined || leader === id) return undefined;
        return `both ${leader} and ${id} lead term ${term}`;
      },
    },
    {
      name: "leader append-only and log matching",
      check(node, id) {
        const { role, term, log } = node.inspect();
        const was = known(id);
        const leads = role === "leader" && was.role === "leader" && was.term === term;
        const before = was.terms.length - 1;
        if (leads && log.lastIndex < before)
          return `${id} leads term ${term} and its log shrank from ${before} to ${log.lastIndex}`;
        // Walks back over what is new: an entry that was seen in this log vouches for all before it.
        for (
          let index = log.lastIndex;
          index > log.base.index && was.terms[index] !== log.term(index);
          index--
        ) {
          if (leads && index <= before) return `${id} leads term ${term} and overwrote its entry ${index}`;
          const entry = log.entry(index) as Entry;
          // A witness knows index and term, not whose entry it is.
          const withheld = entry.kind === 3;
          const prevTerm = log.term(index - 1)!;
          const key = `${index}/${entry.term}`;
          const other = entries.get(key);
          if (other === undefined) {
            if (!withheld) entries.set(key, { prevTerm, origin: entry.origin, id: entry.id });
          } else if (
            other.prevTerm !== prevTerm ||
            (!withheld && (other.origin !== entry.origin || other.id !== entry.id))
          )
            return `entry ${index} of term ${entry.term} differs between ${id} and another log`;
          was.terms[index] = entry.term;
        }
        was.terms.length = log.lastIndex + 1;
        was.terms[log.base.index] = log.base.term;
        return undefined;
      },
    },
    {
      name: "leader completeness: a leader holds every entry committed in an earlier term",
      check(node, id) {
        const { role, term, log } = node.inspect();
        const was = known(id);
        const elected = role === "leader" && !(was.role === "leader" && was.term === term);
        was.role = role;
        was.term = term;
        if (!elected) return undefined;
        for (let index = log.base.index; index < committed.length; index++) {
          const entry = committed[index];
          if (entry === undefined || entry.term >= term) continue;
          if (log.term(index) !== entry.term)
            return `${id} leads term ${term} without entry ${index} of term ${entry.term}, which is committed`;
        }
        return undefined;
      },
    },
    {
      name: "state machine safety: nobody commits another entry at the same index",
      check(node, id) {
        const { commitIndex, log } = node.inspect();
        const was = known(id);
        // A node that starts again begins at its snapshot.
        for (let index = Math.max(was.commitIndex, log.base.index) + 1; index <= commitIndex; index++) {
          const entry = log.entry(index)!;
          const other = committed[index];
          const withheld = entry.kind === 3;
          if (other === undefined) {
            if (!withheld) committed[index] = { term: entry.term, origin: entry.origin, id: entry.id };
          } else if (
            other.term !== entry.term ||
            (!withheld && (other.origin !== entry.origin || other.id !== entry.id))
          )
            return `${id} commits entry ${index} of term ${entry.term}, another commits one of term ${other.term}`;
        }
        was.commitIndex = commitIndex;
        return undefined;
      },
    },
  ];
}
