import type { Roster } from "../roster.ts";

/**
 * The first `count` nodes of an order of preference, spread over zones: in round r a zone may hold r of them, and a
 * node passed over in one round is looked at again, before those further down, in the next.
 */
export function spread(preference: Iterable<number>, count: number, roster: Roster): string[] {
  const wanted = Math.min(count, roster.size);
  const chosen: string[] = [];
  const zoned = roster.zones.some((zone) => zone !== undefined);
  if (!zoned) {
    for (const index of preference) {
      if (chosen.push(roster.ids[index]!) === wanted) break;
    }
    return chosen;
  }
  const held = new Map<string | number, number>();
  const zoneOf = (index: number): string | number => roster.zones[index] ?? index;
  const rounds = zonesByRound(roster, zoneOf);
  let round = 1;
  let open = rounds[0]!;
  let passed: number[] = [];
  const consider = (index: number): void => {
    const zone = zoneOf(index);
    const holds = held.get(zone) ?? 0;
    if (chosen.length === wanted) return;
    if (holds >= round) {
      passed.push(index);
      return;
    }
    held.set(zone, holds + 1);
    chosen.push(roster.ids[index]!);
    open -= 1;
    if (open > 0 || round === rounds.length) return;
    round += 1;
    open = rounds[round - 1]!;
    const again = passed;
    passed = [];
    for (const earlier of again) consider(earlier);
  };
  for (const index of preference) {
    consider(index);
    if (chosen.length === wanted) break;
  }
  return chosen;
}

/** In how many zones there is an r-th node to give: a round is over once it has taken that many. */
function zonesByRound(roster: Roster, zoneOf: (index: number) => string | number): number[] {
  const sizes = new Map<string | number, number>();
  const rounds: number[] = [];
  for (let index = 0; index < roster.size; index++) {
    const size = (sizes.get(zoneOf(index)) ?? 0) + 1;
    sizes.set(zoneOf(index), size);
    rounds[size - 1] = (rounds[size - 1] ?? 0) + 1;
  }
  return rounds;
}

/**
 * Orders nodes by a cost, lowest first, ties by id. Looks at all nodes once for each node taken, which beats a sort
 * as long as only a handful is taken.
 */
export function* cheapestFirst(costs: Float64Array, roster: Roster): Generator<number> {
  for (let taken = 0; taken < costs.length; taken++) {
    let best = 0;
    let least = Infinity;
    for (let index = 0; index < costs.length; index++) {
      const cost = costs[index]!;
      if (cost > least || cost === Infinity) continue;
      if (cost === least && !roster.precedes(index, best)) continue;
      best = index;
      least = cost;
    }
    costs[best] = Infinity;
    yield best;
  }
}

/**
 * An order of preference by repeated draws: distinct nodes as `draw(attempt)` first names them. What the draws have
 * not named after a while follows by id, so that the order always ends.
 */
export function* drawn(draw: (attempt: number) => number, roster: Roster): Generator<number> {
  const seen = new Set<number>();
  for (let attempt = 0; attempt < 8 * roster.size && seen.size < roster.size; attempt++) {
    const index = draw(attempt);
    if (seen.has(index)) continue;
    seen.add(index);
    yield index;
  }
  for (const index of roster.sorted()) {
    if (!seen.has(index)) yield index;
  }
}
