import type { Key, Value } from "./transaction.ts";

/**
 * Why one transaction comes before another (Adya 1999): it wrote the version before (ww), it wrote
 * what the other read (wr), it read the version before what the other wrote (rw), it was over before the other
 * began (rt).
 */
export type Dependency = "ww" | "wr" | "rw" | "rt";

/** An edge of the graph. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: Dependency;
  readonly key?: Key | undefined;
  /** The version on the near side: what was overwritten, read, or read instead of the next one. Null: none yet. */
  readonly before?: Value | null | undefined;
  /** The version on the far side. */
  readonly after?: Value | undefined;
  /**
   * Of an rw edge: the near side wrote the key as well. Then its own write came before the other's (as in ww), or
   * else the other's came between its read and its write (G-single): either way snapshot isolation does not take
   * it for one of the two neighbouring rw edges that it allows.
   */
  readonly overwrote?: boolean | undefined;
}

/** True for an rw edge that snapshot isolation may allow in a cycle, next to another such. */
export function isMissed(edge: Edge): boolean {
  return edge.kind === "rw" && edge.overwrote !== true;
}

/**
 * Who must come before whom. Nodes are the transactions' indexes, and *junctions* above them: where every one of
 * m transactions precedes every one of n, m edges lead into a junction and n out of it instead of m times n.
 */
export class DependencyGraph {
  readonly transactions: number;
  /** The edges out of each node. */
  readonly out: Edge[][] = [];
  edges = 0;
  readonly #present: Uint8Array;

  constructor(transactions: number) {
    this.transactions = transactions;
    this.#present = new Uint8Array(transactions);
    for (let node = 0; node < transactions; node++) this.out.push([]);
  }

  /** Adds a transaction that is known to have committed. */
  admit(transaction: number): void {
    this.#present[transaction] = 1;
  }

  /** True for a transaction that is known to have committed. */
  has(transaction: number): boolean {
    return this.#present[transaction] === 1;
  }

  /** A new junction. */
  junction(): number {
    return this.out.push([]) - 1;
  }

  /** Adds an edge. One from a transaction to itself, or of one not admitted, says nothing and is left out. */
  add(edge: Edge): void {
    const { from, to } = edge;
    if (from === to || this.#absent(from) || this.#absent(to)) return;
    this.out[from]!.push(edge);
    this.edges++;
  }

  #absent(node: number): boolean {
    return node < this.transactions && this.#present[node] === 0;
  }
}
