/** Isolation levels, strongest first. */
export const isolationLevels = [
  "strict-serializable",
  "serializable",
  "snapshot-isolation",
  "read-committed",
  "read-uncommitted",
] as const;

/** A level of isolation. Each one forbids all that the ones behind it forbid. */
export type IsolationLevel = (typeof isolationLevels)[number];

/** The name of an anomaly. */
export type AnomalyKind =
  /** A read saw a value that nobody wrote. */
  | "garbage-read"
  /** A read saw the same element twice. */
  | "duplicate-elements"
  /** Two reads of a list cannot both be prefixes of one order of appends. */
  | "incompatible-order"
  /** What was read and written puts the versions of a register in a circle. */
  | "cyclic-versions"
  /** Writes in a circle: transactions overwrote each other both ways. */
  | "G0"
  /** Aborted read: a committed transaction read what a rolled-back one wrote. */
  | "G1a"
  /** Intermediate read: it read what its writer then overwrote. */
  | "G1b"
  /** Circular information flow: each of them depends on what the other wrote. */
  | "G1c"
  /** A committed write was built upon a rolled-back one. */
  | "dirty-update"
  /** A transaction's reads disagree with its own earlier reads or writes. */
  | "internal"
  /** Two transactions read the same version of a key and both overwrote it. */
  | "lost-update"
  /** A circle with one read that missed a write: read skew. */
  | "G-single"
  /** A circle with several missed writes, no two in a row. */
  | "G-nonadjacent"
  /** A circle with missed writes in a row: write skew. */
  | "G2-item"
  /** As G0, when real time counts. */
  | "G0-realtime"
  /** As G1c, when real time counts. */
  | "G1c-realtime"
  /** As G-single, when real time counts: a stale read. */
  | "G-single-realtime"
  /** As G2-item, when real time counts. */
  | "G2-item-realtime";

/**
 * The weakest level that forbids each anomaly (Adya 1999 for the G names; Berenson et al. 1995 for the lost
 * update; Cerone and Gotsman 2016 for G-nonadjacent; Alvaro and Kingsbury 2020 for the rest).
 */
export const anomalyLevels: Readonly<Record<AnomalyKind, IsolationLevel>> = {
  "garbage-read": "read-uncommitted",
  "duplicate-elements": "read-uncommitted",
  "incompatible-order": "read-uncommitted",
  "cyclic-versions": "read-uncommitted",
  G0: "read-uncommitted",
  G1a: "read-committed",
  G1b: "read-committed",
  G1c: "read-committed",
  "dirty-update": "read-committed",
  internal: "snapshot-isolation",
  "lost-update": "snapshot-isolation",
  "G-single": "snapshot-isolation",
  "G-nonadjacent": "snapshot-isolation",
  "G2-item": "serializable",
  "G0-realtime": "strict-serializable",
  "G1c-realtime": "strict-serializable",
  "G-single-realtime": "strict-serializable",
  "G2-item-realtime": "strict-serializable",
};

/** Something that a level of isolation forbids, found in the history. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  /** The weakest level that forbids it; every stronger one does too. */
  readonly violates: IsolationLevel;
  /** The transactions involved, as indexes in the history; for a cycle, in its order. */
  readonly transactions: readonly number[];
  /** What happened, in words. */
  readonly story: string;
}

/** Collects anomalies, at most so many of each kind. */
export class Findings {
  readonly anomalies: Anomaly[] = [];
  readonly counts: Map<AnomalyKind, number> = new Map();
  readonly #perKindMax: number;

  constructor(perKindMax: number) {
    this.#perKindMax = perKindMax;
  }

  /** The story is told only when it is kept. */
  add(kind: AnomalyKind, transactions: readonly number[], tell: () => string): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count > this.#perKindMax) return;
    this.anomalies.push({ kind, violates: anomalyLevels[kind], transactions, story: tell() });
  }

  /** The levels that nothing found forbids, strongest first. */
  levelsLeft(): IsolationLevel[] {
    let left = 0;
    for (const kind of this.counts.keys()) {
      left = Math.max(left, isolationLevels.indexOf(anomalyLevels[kind]) + 1);
    }
    return isolationLevels.slice(left);
  }
}
