import type { NodeId } from "@coterie/host";

/** How long suspicions last in a cluster of a size. */
export interface SuspicionTerms {
  /** Of a suspicion that is confirmed often enough. */
  readonly minMs: number;
  /** Of a suspicion that nobody confirms. */
  readonly maxMs: number;
  /** Confirmations that bring it down to `minMs`. */
  readonly confirmations: number;
}

/**
 * Terms for `inService` members: the time grows with the logarithm of their number, as that of dissemination does
 * (Lifeguard §IV-B, after memberlist's practice). Where the cluster is too small for enough confirmations nobody
 * waits for them.
 */
export function suspicionTerms(
  inService: number,
  periodMs: number,
  mult: number,
  maxTimeoutMult: number,
): SuspicionTerms {
  const minMs = mult * Math.max(1, Math.log10(Math.max(1, inService))) * periodMs;
  const wanted = Math.max(0, mult - 2);
  const confirmations = inService - 2 < wanted ? 0 : wanted;
  return { minMs, maxMs: maxTimeoutMult * minMs, confirmations };
}

/** Lifeguard's dynamic suspicion timeout after `confirmed` independent confirmations. */
export function suspicionTimeoutMs(
  { minMs, maxMs, confirmations }: SuspicionTerms,
  confirmed: number,
): number {
  if (confirmations === 0) return minMs;
  const share = Math.log(confirmed + 1) / Math.log(confirmations + 1);
  return Math.max(minMs, maxMs - (maxMs - minMs) * share);
}

/** One suspicion of one member in one incarnation. */
export class Suspicion {
  readonly #terms: SuspicionTerms;
  readonly #accusers: Set<NodeId>;
  #startedAt: number;

  constructor(terms: SuspicionTerms, accuser: NodeId, now: number) {
    this.#terms = terms;
    this.#accusers = new Set([accuser]);
    this.#startedAt = now;
  }

  /** When the member counts as dead unless it has contradicted. */
  get deadline(): number {
    return this.#startedAt + suspicionTimeoutMs(this.#terms, this.#accusers.size - 1);
  }

  /** Somebody else suspects the member too. Whether that was news worth telling. */
  confirm(accuser: NodeId): boolean {
    if (this.#accusers.size > this.#terms.confirmations || this.#accusers.has(accuser)) return false;
    this.#accusers.add(accuser);
    return true;
  }

  /** Time in which this process did not run does not count against the member. */
  postpone(ms: number): void {
    this.#startedAt += ms;
  }
}
