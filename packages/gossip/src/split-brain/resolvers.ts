import type { NodeId } from "@coterie/host";

/** One node's view of a cluster in which some members cannot be reached. */
export interface SplitView {
  readonly self: NodeId;
  /** Members it can reach, itself among them. */
  readonly reachable: readonly NodeId[];
  /** Members it cannot. */
  readonly unreachable: readonly NodeId[];
}

/** Whether this node's side goes on, or goes down. The other side, by the same rule, decides the other way round. */
export type Decision = "survive" | "down";

/**
 * What to do when a cluster has split. Pure: decide once the view has been stable for a while (some suspicion
 * timeouts), and on every node by the same resolver. A resolver that waits for something outside is `leaseMajority`.
 */
export type SplitBrainResolver = (view: SplitView) => Decision;

/** The side that has at least `quorum` members survives. With a quorum of more than half of all, one side at most. */
export function staticQuorum(quorum: number): SplitBrainResolver {
  return ({ reachable }) => (reachable.length >= quorum ? "survive" : "down");
}

/**
 * The larger side survives; of two equal ones that with the member that comes first by name. Sides that are all less
 * than half, as in a split in three, all go down.
 */
export function keepMajority(): SplitBrainResolver {
  return ({ reachable, unreachable }) => {
    const surplus = reachable.length - unreachable.length;
    if (surplus !== 0) return surplus > 0 ? "survive" : "down";
    const [first] = [...reachable, ...unreachable].sort();
    return reachable.some((id) => id === first) ? "survive" : "down";
  };
}

/**
 * The side with the oldest member survives, however small. `ages` says when each member joined, the same on all nodes;
 * of equal ones the first by name is the oldest. When the oldest is all alone, it goes down instead (`downIfAlone`),
 * so that one crashed machine does not take all others with it; in a split in three both other sides then survive, so
 * say `false` where that can happen.
 */
export function keepOldest(
  ages: (id: NodeId) => number,
  options: { readonly downIfAlone?: boolean } = {},
): SplitBrainResolver {
  const { downIfAlone = true } = options;
  return ({ reachable, unreachable }) => {
    const older = (a: NodeId, b: NodeId): NodeId =>
      ages(a) < ages(b) || (ages(a) === ages(b) && a < b) ? a : b;
    const oldest = [...reachable, ...unreachable].reduce(older);
    const mine = reachable.includes(oldest);
    const alone = (mine ? reachable : unreachable).length === 1;
    const together = reachable.length + unreachable.length > 1;
    if (downIfAlone && alone && together) return mine ? "down" : "survive";
    return mine ? "survive" : "down";
  };
}

/**
 * The side that holds a lease survives: `holdsLease` says whether a member of this side holds it, from a store that
 * gives it to one at a time. `leaseDelayMs` says how long to wait before asking for it.
 */
export function leaseMajority(holdsLease: (side: readonly NodeId[]) => boolean): SplitBrainResolver {
  return ({ reachable }) => (holdsLease(reachable) ? "survive" : "down");
}

/** How long a side should wait before it asks for the lease: the majority asks at once. */
export function leaseDelayMs(view: SplitView, minorityDelayMs: number): number {
  return keepMajority()(view) === "survive" ? 0 : minorityDelayMs;
}
