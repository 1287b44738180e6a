import { MismatchedHashError } from "../errors.ts";
import type { Key } from "../hash/key.ts";
import { cellStart, HASHES } from "../hash/mix.ts";
import { checkedCells, checkedInteger, checkedPlacement } from "../options.ts";
import type { CellPlacement, Placement } from "../placement.ts";

/** The hashes h with start <= h < end. */
export interface HashRange {
  readonly start: number;
  /** At most 2^32. */
  readonly end: number;
}

/** All that one node hands to another. */
export interface Move {
  /** Has the data before. */
  readonly from: string;
  /** Is to have it after. */
  readonly to: string;
  /** The part of all hashes in these ranges, 0 .. 1. */
  readonly share: number;
  /** Ascending, not touching. */
  readonly ranges: readonly HashRange[];
}

/** What has to move for one placement to become another. Plain data. */
export interface MigrationPlan {
  /** Hash function and seed of the hashes in the ranges. */
  readonly hashing: string;
  /** One for each pair of nodes between which something moves, ordered by from and to. */
  readonly moves: readonly Move[];
  /** How much moves: the sum of the moves' shares. */
  readonly share: number;
  /**
   * How much must move at the least, whatever the strategy, for every node to go from its old share to its new one.
   * A ring's plan for a node that joins or leaves meets it exactly: the K / N bound of Karger et al.
   */
  readonly least: number;
}

export interface PlanOptions {
  /** Owners of each key, default 1: plans for what `owners(key, replicas)` says before and after. */
  readonly replicas?: number | undefined;
}

/**
 * What moves between two placements that are cut into cells: rings, Maglev tables, and anything within `Partitions`.
 * Exact: a hash is in a range from a to b if and only if b is to get it.
 *
 * With replicas, a node that becomes an owner gets the data from one that ceases to be, if there is one, else from the
 * first owner. O(cells of both), each with a lookup of owners.
 *
 * @throws MismatchedHashError when the two read keys differently, NoNodesError when one of them is empty,
 *   InvalidOptionError when one has no cells
 */
export function planMigration(
  before: CellPlacement,
  after: CellPlacement,
  options: PlanOptions = {},
): MigrationPlan {
  const replicas = checkedInteger("replicas", options.replicas ?? 1, 1, 65_536);
  assertSameHashing(checkedCells(before), checkedCells(after));
  const flows = new Flows();
  for (const range of commonRanges(before.cells, after.cells)) {
    const old = replicas === 1 ? [before.ownerAt(range.start)] : before.ownersAt(range.start, replicas);
    const now = replicas === 1 ? [after.ownerAt(range.start)] : after.ownersAt(range.start, replicas);
    flows.add(range, old, now);
  }
  return flows.plan(before.hashing);
}

/** What moves of a given set of keys, between any two placements. */
export interface KeyPlan {
  /** One for each pair of nodes between which a key moves, ordered by from and to. */
  readonly moves: readonly { readonly from: string; readonly to: string; readonly keys: readonly Key[] }[];
  /** The part of the keys that moves, 0 .. 1. */
  readonly share: number;
  /** The least part that must move for every node to go from its old number of keys to its new one. */
  readonly least: number;
}

/** What moves of these keys. Any strategies will do, also two different ones. @throws as `planMigration` */
export function planKeys(before: Placement, after: Placement, keys: Iterable<Key>): KeyPlan {
  assertSameHashing(checkedPlacement(before), checkedPlacement(after));
  const flows = new Map<string, { from: string; to: string; keys: Key[] }>();
  const gains = new Map<string, number>();
  let count = 0;
  let moved = 0;
  for (const key of keys) {
    const hash = before.hash(key);
    const [from, to] = [before.ownerAt(hash), after.ownerAt(hash)];
    count += 1;
    if (from === to) continue;
    moved += 1;
    gains.set(from, (gains.get(from) ?? 0) - 1);
    gains.set(to, (gains.get(to) ?? 0) + 1);
    const flow = flows.get(pair(from, to)) ?? { from, to, keys: [] };
    flows.set(pair(from, to), flow);
    flow.keys.push(key);
  }
  const parts = Math.max(1, count);
  return { moves: [...flows.values()].sort(byPair), share: moved / parts, least: positive(gains) / parts };
}

/** The part of all hashes that each node owns, exactly. O(cells). @throws NoNodesError */
export function shares(placement: CellPlacement): Map<string, number> {
  const owned = new Map<string, number>(
    checkedCells(placement)
      .nodes()
      .map(({ id }) => [id, 0]),
  );
  for (let cell = 0; cell < placement.cells; cell++) {
    const start = cellStart(cell, placement.cells);
    const owner = placement.ownerAt(start);
    owned.set(owner, owned.get(owner)! + cellStart(cell + 1, placement.cells) - start);
  }
  for (const [id, hashes] of owned) owned.set(id, hashes / HASHES);
  return owned;
}

function assertSameHashing(before: Placement, after: Placement): void {
  if (before.hashing === after.hashing) return;
  throw new MismatchedHashError(
    `A key's hash differs between the placements (${before.hashing} and ${after.hashing}): give both the same hash function and seed.`,
  );
}

/** The ranges in which neither placement changes cells. */
function* commonRanges(a: number, b: number): Generator<HashRange> {
  let start = 0;
  for (let i = 1, j = 1; start < HASHES; ) {
    const [endA, endB] = [cellStart(i, a), cellStart(j, b)];
    const end = Math.min(endA, endB);
    if (endA === end) i++;
    if (endB === end) j++;
    yield { start, end };
    start = end;
  }
}

/** Gathers ranges by who hands them to whom. */
class Flows {
  readonly #flows: Map<string, { from: string; to: string; hashes: number; ranges: HashRange[] }> = new Map();
  readonly #gains: Map<string, number> = new Map();

  add(range: HashRange, before: readonly string[], after: readonly string[]): void {
    if (before.length === 1 && after.length === 1 && before[0] === after[0]) return;
    const gained = after.filter((id) => !before.includes(id));
    const lost = before.filter((id) => !after.includes(id));
    const size = range.end - range.start;
    for (const id of lost) this.#gains.set(id, (this.#gains.get(id) ?? 0) - size);
    for (const [place, to] of gained.entries()) {
      this.#gains.set(to, (this.#gains.get(to) ?? 0) + size);
      this.#append(lost[place] ?? before[0]!, to, range);
    }
  }

  plan(hashing: string): MigrationPlan {
    const flows = [...this.#flows.values()].sort(byPair);
    const moves = flows.map(({ from, to, hashes, ranges }) => ({ from, to, share: hashes / HASHES, ranges }));
    const hashes = flows.reduce((sum, flow) => sum + flow.hashes, 0);
    return { hashing, moves, share: hashes / HASHES, least: positive(this.#gains) / HASHES };
  }

  #append(from: string, to: string, range: HashRange): void {
    const flow = this.#flows.get(pair(from, to)) ?? { from, to, hashes: 0, ranges: [] };
    this.#flows.set(pair(from, to), flow);
    flow.hashes += range.end - range.start;
    const last = flow.ranges.at(-1);
    if (last?.end === range.start)
      flow.ranges[flow.ranges.length - 1] = { start: last.start, end: range.end };
    else flow.ranges.push(range);
  }
}

function pair(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

function byPair(a: { from: string; to: string }, b: { from: string; to: string }): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  return a.to < b.to ? -1 : Number(a.to > b.to);
}

function positive(gains: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const gain of gains.values()) sum += Math.max(0, gain);
  return sum;
}
