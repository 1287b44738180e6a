import { HASHES, mix } from "../hash/mix.ts";
import type { Roster } from "../roster.ts";

/**
 * The arcs of a ring whose nodes all weigh the same: the closest point owns, and no bids are compared. Distances and
 * places are in 2^-32 strata and exact.
 */
export interface Arcs {
  readonly roster: Roster;
  /** Points of each node, and strata of the circle. */
  readonly points: number;
  /** By arc: the index of the node that owns it, and how far its closest point is. */
  readonly table: Uint8Array | Uint16Array;
  readonly distances: Uint32Array;
}

/** Gives a node all arcs that one of its points is closest to. O(points + arcs gained). */
export function claim(index: number, { roster, points, table, distances }: Arcs): void {
  const first = roster.first[index]!;
  const second = roster.second[index]!;
  const arcs = table.length;
  const width = (points / arcs) * HASHES;
  // One stratum more at either end: the last and the first, seen across zero.
  for (let stratum = -1; stratum <= points; stratum++) {
    const same = stratum < 0 ? points - 1 : stratum === points ? 0 : stratum;
    const point = stratum * HASHES + (mix(first + Math.imul(same, second)) >>> 0);
    const middle = Math.ceil(point / width - 0.5);
    // Outwards to both sides, until beaten: whoever is closer to an arc is closer to all that lie behind it.
    for (let arc = Math.max(middle, 0); arc < arcs; arc++)
      if (!offer(arc, (arc + 0.5) * width - point)) break;
    for (let arc = Math.min(middle, arcs) - 1; arc >= 0; arc--)
      if (!offer(arc, point - (arc + 0.5) * width)) break;
  }

  function offer(arc: number, distance: number): boolean {
    const least = distances[arc]!;
    if (distance > least || distance >= HASHES) return false;
    if (distance === least && !roster.precedes(index, table[arc]!)) return false;
    table[arc] = index;
    distances[arc] = distance;
    return true;
  }
}

/**
 * Gives all arcs of `gone`, who is not in the roster any more, to the closest of the others; what `moved` owns goes by
 * the index `gone` from now on. O(arcs): every node's point is looked at once for each stratum that has an arc to give.
 */
export function bequeath(gone: number, moved: number, arcs: Arcs): void {
  const { points, table } = arcs;
  const width = (points / table.length) * HASHES;
  let stratum = 0;
  let heirless: number[] = [];
  for (let arc = 0; arc < table.length; arc++) {
    const owner = table[arc]!;
    if (owner === moved && moved !== gone) table[arc] = gone;
    if (owner !== gone) continue;
    const at = Math.floor(((arc + 0.5) * width) / HASHES);
    if (at !== stratum) {
      settle(stratum, heirless, arcs);
      stratum = at;
      heirless = [];
    }
    heirless.push(arc);
  }
  settle(stratum, heirless, arcs);
}

/** Finds the closest points to arcs whose midpoints lie in one stratum. */
function settle(
  stratum: number,
  heirless: readonly number[],
  { roster, points, table, distances }: Arcs,
): void {
  const width = (points / table.length) * HASHES;
  const places = heirless.map((arc) => (arc + 0.5) * width - stratum * HASHES);
  const search = { places, heirs: places.map(() => -1), least: places.map(() => HASHES) };
  seek(stratum, 0, 0, places.length, search, roster);
  for (let k = 0; k < places.length; k++) {
    // A point beyond a border of the stratum is no closer than the border.
    if (places[k]! <= search.least[k]!) seek((stratum || points) - 1, -HASHES, k, k + 1, search, roster);
    if (HASHES - places[k]! <= search.least[k]!)
      seek((stratum + 1) % points, HASHES, k, k + 1, search, roster);
    table[heirless[k]!] = search.heirs[k]!;
    distances[heirless[k]!] = search.least[k]!;
  }
}

/** For some places, the node whose point is the closest of those looked at, and how far that is. */
interface Search {
  readonly places: readonly number[];
  readonly heirs: number[];
  readonly least: number[];
}

/** Looks at every node's point in a stratum that begins at `start`, for the places from `from` to `to`. */
function seek(
  stratum: number,
  start: number,
  from: number,
  to: number,
  { places, heirs, least }: Search,
  roster: Roster,
): void {
  const { first, second, size } = roster;
  for (let index = 0; index < size; index++) {
    const point = start + (mix(first[index]! + Math.imul(stratum, second[index]!)) >>> 0);
    for (let k = from; k < to; k++) {
      const distance = Math.abs(places[k]! - point);
      if (distance > least[k]!) continue;
      if (distance === least[k]! && !(heirs[k]! >= 0 && roster.precedes(index, heirs[k]!))) continue;
      heirs[k] = index;
      least[k] = distance;
    }
  }
}
