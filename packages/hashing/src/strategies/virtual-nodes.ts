import { waiting } from "../hash/logarithm.ts";
import { HASHES, mix } from "../hash/mix.ts";
import type { Roster } from "../roster.ts";

/**
 * The points that nodes have on a circle, measured in strata: the circle is as long as a node has points, and each
 * node has one point in every stratum [j, j + 1), at an offset that its id and j decide.
 *
 * They are as good as points thrown anywhere: a node's share hangs on the gaps to other nodes' points, which are as
 * random either way. But the nearest of them is found in two looks, so that not one point needs to be stored,
 * sorted or merged.
 */
export class VirtualNodes {
  /** How many points each node has, which is also the circle's length. */
  readonly count: number;
  readonly #roster: Roster;

  constructor(roster: Roster, count: number) {
    this.#roster = roster;
    this.count = count;
  }

  /** Where a node's point in a stratum lies; the strata -1 and count are the last and the first, seen across zero. */
  point(index: number, stratum: number): number {
    const roster = this.#roster;
    const same = stratum < 0 ? this.count - 1 : stratum === this.count ? 0 : stratum;
    return stratum + (mix(roster.first[index]! + Math.imul(same, roster.second[index]!)) >>> 0) / HASHES;
  }

  /** How far a node's nearest point is from `at`, 0 <= at < count, in units of 2^-32 strata. Always below 2^32. */
  distance(index: number, at: number): number {
    const stratum = Math.floor(at);
    const own = this.point(index, stratum);
    const nearest =
      own <= at
        ? Math.min(at - own, this.point(index, stratum + 1) - at)
        : Math.min(own - at, at - this.point(index, stratum - 1));
    return nearest * HASHES;
  }
}

/**
 * The chance that a node has a point within `distance` (in 2^-32 strata) of a given place. With one point at random
 * in each stratum it is 2d - 4/3 d^3 for d up to half a stratum, and 1 - 4/3 (1 - d)^3 from there to a whole one.
 */
export function nearness(distance: number): number {
  const d = distance / HASHES;
  const rest = 1 - d;
  return d <= 0.5 ? 2 * d - (4 / 3) * d * d * d : 1 - (4 / 3) * rest * rest * rest;
}

/**
 * What a node of some weight bids for a place at a distance; the lowest bid wins. Among equal weights that is the
 * closest point. Unequal ones race by the logarithmic method: distance, through its chance, becomes a waiting time
 * that is exponential with the weight as its rate, and each node wins with a chance in exact proportion to its
 * weight. Points in number to weight would not give that: a node's points keep apart from each other, so a heavy
 * node among few would win more than its share.
 */
export function bid(distance: number, weight: number): number {
  return waiting(1 - nearness(distance)) / weight;
}

/** A bound of a bid from above that takes no logarithm: -ln(1 - n) <= n / (1 - n). */
export function bidAtMost(distance: number, weight: number): number {
  const n = nearness(distance);
  return n / (1 - n) / weight;
}

/** And from below: -ln(1 - n) >= n. */
export function bidAtLeast(distance: number, weight: number): number {
  return nearness(distance) / weight;
}
