import type { Version } from "../sequence/version.ts";

/**
 * Consecutive operations of one replica: in one text or list, where they are numbered from `seq` on, or, without a part,
 * one change of the lattices.
 */
export interface Run {
  readonly from: number;
  size: number;
  /** The key of the text or list; undefined for the lattices. */
  readonly part: string | undefined;
  readonly seq: number;
  /** The delta of one change of the lattices, while it is kept. */
  delta: Uint8Array | undefined;
}

/** What stood in the lattices where the history begins: with it, all versions since can be told. */
export interface Base {
  readonly seen: Version;
  /** The state of the lattices; undefined where nothing had been done. */
  readonly lattices: Uint8Array | undefined;
}

/**
 * All operations since the last forgetting, in their replicas' orders. Texts and lists keep their own operations, so what
 * stands here is only where they are. The deltas of the lattices are kept within a bound: who lacks one that is gone is
 * given the whole state of the lattices, which comes to the same.
 */
export class History {
  readonly #bytesMax: number;
  readonly #runs = new Map<string, Run[]>();
  readonly #nexts = new Map<string, number>();
  #young: Run[] = [];
  #old: Run[] = [];
  #youngBytes = 0;
  /** Where what is kept begins; undefined when nothing is kept to look back. */
  readonly base: Base | undefined;

  constructor(bytesMax: number, nexts: Version = new Map(), base?: Base) {
    this.base = base;
    this.#bytesMax = bytesMax;
    for (const [replica, next] of nexts) this.#nexts.set(replica, next);
  }

  next(replica: string): number {
    return this.#nexts.get(replica) ?? 0;
  }

  version(): Map<string, number> {
    return new Map([...this.#nexts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** How many operations were seen, forgotten ones included. O(replicas). */
  get size(): number {
    return sizeOf(this.#nexts);
  }

  covers(version: Version): boolean {
    return [...version].every(([replica, count]) => this.next(replica) >= count);
  }

  replicas(): Iterable<string> {
    return this.#nexts.keys();
  }

  /** Appends a replica's next operations in a text or list. */
  inPart(replica: string, part: string, seq: number, size: number): void {
    const runs = this.#runsOf(replica);
    const last = runs[runs.length - 1];
    if (last !== undefined && last.part === part && last.seq + last.size === seq) last.size += size;
    else runs.push({ from: this.next(replica), size, part, seq, delta: undefined });
    this.#nexts.set(replica, this.next(replica) + size);
  }

  /** Appends a replica's next changes of the lattices: one with its delta, or several whose deltas are gone. */
  inLattices(replica: string, size: number, delta: Uint8Array | undefined): void {
    const runs = this.#runsOf(replica);
    const last = runs[runs.length - 1];
    const joins = delta === undefined && last !== undefined && isGone(last);
    if (joins) last.size += size;
    else runs.push({ from: this.next(replica), size, part: undefined, seq: 0, delta });
    this.#nexts.set(replica, this.next(replica) + size);
    if (delta !== undefined) this.#keep(runs[runs.length - 1]!, delta.length);
  }

  /** The runs of a replica from an operation on that begin before `to`, the first one cut to fit. O(log n + what there is). */
  since(replica: string, from: number, to: number = Number.POSITIVE_INFINITY): Run[] {
    const runs = this.#runs.get(replica) ?? [];
    const first = placeOf(runs, from);
    let end = to === Number.POSITIVE_INFINITY ? runs.length : first;
    while (end < runs.length && runs[end]!.from < to) end++;
    const found = runs.slice(first, end);
    if (found.length > 0 && found[0]!.from < from) found[0] = rest(found[0]!, from - found[0]!.from);
    return found;
  }

  /** For each text or list with operations beyond a version, by replica the first of them. */
  firstSeqs(version: Version): Map<string, Map<string, number>> {
    const parts = new Map<string, Map<string, number>>();
    for (const replica of this.#nexts.keys()) {
      for (const { part, seq } of this.since(replica, version.get(replica) ?? 0)) {
        if (part === undefined) continue;
        const firsts = parts.get(part) ?? new Map<string, number>();
        parts.set(part, firsts);
        if (!firsts.has(replica)) firsts.set(replica, seq);
      }
    }
    return parts;
  }

  /** For each text or list with operations before a version, by replica the number of them. */
  countsAt(version: Version): Map<string, Map<string, number>> {
    const parts = new Map<string, Map<string, number>>();
    for (const [replica, seen] of version)
      for (const { from, size, part, seq } of this.#runs.get(replica) ?? []) {
        if (from >= seen) break;
        if (part === undefined) continue;
        const counts = parts.get(part) ?? new Map<string, number>();
        parts.set(part, counts);
        counts.set(replica, seq + Math.min(size, seen - from));
      }
    return parts;
  }

  #runsOf(replica: string): Run[] {
    let runs = this.#runs.get(replica);
    if (runs === undefined) {
      runs = [];
      this.#runs.set(replica, runs);
    }
    return runs;
  }

  /** Two generations of deltas: when the young one is full, the old one goes. */
  #keep(run: Run, bytes: number): void {
    this.#young.push(run);
    this.#youngBytes += bytes;
    if (2 * this.#youngBytes <= this.#bytesMax) return;
    for (const old of this.#old) old.delta = undefined;
    this.#old = this.#young;
    this.#young = [];
    this.#youngBytes = 0;
    for (const [replica, runs] of this.#runs) this.#runs.set(replica, joined(runs));
  }
}

/** Where the run is that holds an operation, or else the one after it. */
function placeOf(runs: readonly Run[], operation: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle]!.from + runs[middle]!.size <= operation) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many operations a version has. */
export function sizeOf(version: Version): number {
  let size = 0;
  for (const count of version.values()) size += count;
  return size;
}

/** Whether a run is changes of the lattices whose deltas are not kept any more. */
export function isGone(run: Run): boolean {
  return run.part === undefined && run.delta === undefined;
}

function rest(run: Run, skip: number): Run {
  const { from, size, part, seq, delta } = run;
  return { from: from + skip, size: size - skip, part, seq: part === undefined ? 0 : seq + skip, delta };
}

function joined(runs: readonly Run[]): Run[] {
  const kept: Run[] = [];
  for (const run of runs) {
    const last = kept[kept.length - 1];
    if (last !== undefined && isGone(last) && isGone(run)) last.size += run.size;
    else kept.push(run);
  }
  return kept;
}
