import test from "ava";
import {
  AnchorHash,
  HashRing,
  JumpHash,
  MAGLEV_LARGE,
  Maglev,
  MultiProbe,
  type Placement,
  Rendezvous,
  SkeletonRendezvous,
  shares,
} from "../src/index.ts";
import { counted, named, subjects } from "./strategies.ts";

const SEEDS = 40;
const NODES = 25;
const KEYS = 10_000;

/** Pearson's statistic of counts against the shares they should have. */
function chiSquared(counts: ReadonlyMap<string, number>, share: (id: string) => number): number {
  let sum = 0;
  for (const [id, count] of counts) sum += (count - KEYS * share(id)) ** 2 / (KEYS * share(id));
  return sum;
}

/**
 * Over many seeds the statistic adds up to one of chi-squared with the sum of all degrees of freedom, which is
 * nearly normal. Four and a half deviations to either side: too uneven fails, and so does too even to be chance.
 */
function assertChance(t: import("ava").ExecutionContext, total: number, degrees: number): void {
  const deviations = (total - degrees) / Math.sqrt(2 * degrees);
  t.true(Math.abs(deviations) < 4.5, `chi-squared is ${deviations.toFixed(1)} deviations from its mean`);
}

const exact: Record<string, (seed: number) => Placement> = {
  rendezvous: (seed) => new Rendezvous(named(NODES), { seed }),
  jump: (seed) => new JumpHash(named(NODES), { seed }),
  anchor: (seed) => new AnchorHash(named(NODES), { capacity: 60, seed }),
  skeleton: (seed) => new SkeletonRendezvous(named(NODES), { seed }),
};

for (const [name, make] of Object.entries(exact)) {
  test(`${name}: every node has the same chance of every key, by chi-squared over ${SEEDS} seeds`, (t) => {
    let total = 0;
    for (let seed = 0; seed < SEEDS; seed++) total += chiSquared(counted(make(seed), KEYS), () => 1 / NODES);
    assertChance(t, total, SEEDS * (NODES - 1));
  });
}

test(`ring and Maglev: keys fall as the shares say, by chi-squared over ${SEEDS} seeds`, (t) => {
  for (const make of [
    (seed: number) => new HashRing(named(NODES), { seed, virtualNodes: 64, arcs: 16_384 }),
    (seed: number) => new Maglev(named(NODES), { seed, table: 4099 }),
  ]) {
    let total = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const placement = make(seed);
      const share = shares(placement);
      total += chiSquared(counted(placement, KEYS), (id) => share.get(id)!);
    }
    assertChance(t, total, SEEDS * (NODES - 1));
  }
});

test("ring: a node's share strays by about 1 / sqrt(2 virtualNodes), over 12 seeds", (t) => {
  for (const virtualNodes of [64, 512]) {
    let squares = 0;
    for (let seed = 0; seed < 12; seed++) {
      const ring = new HashRing(named(NODES), { seed, virtualNodes });
      for (const share of shares(ring).values()) squares += (share * NODES - 1) ** 2;
    }
    const deviation = Math.sqrt(squares / 12 / NODES);
    const expected = 1 / Math.sqrt(2 * virtualNodes);
    t.true(deviation > 0.8 * expected && deviation < 1.2 * expected, `${deviation} for ${virtualNodes}`);
  }
});

test("ring: 100 nodes as they come, 200,000 keys: the busiest has at most 8 % more than the mean", (t) => {
  const counts = counted(new HashRing(named(100)), 200_000);
  t.true(Math.max(...counts.values()) / 2000 <= 1.08, String(Math.max(...counts.values()) / 2000));
});

test("Maglev: shares differ by no more than two table entries, or 1 % of the large table", (t) => {
  for (const table of [65_537, MAGLEV_LARGE]) {
    const share = [...shares(new Maglev(named(100), { table })).values()];
    t.true((Math.max(...share) - Math.min(...share)) * table < 2.01);
  }
});

test("multi-probe: the peak sinks with the probes, as far as 50 nodes allow", (t) => {
  const peak = (probes: number): number => {
    let sum = 0;
    for (let seed = 0; seed < 8; seed++) {
      sum += Math.max(...counted(new MultiProbe(named(50), { probes, seed }), 50_000).values()) / 1000 / 8;
    }
    return sum;
  };
  // One probe is a ring with one point for each node: the largest of 50 gaps. The rest includes 8 % of chance.
  t.true(peak(1) > 3);
  t.true(peak(5) < 1.45);
  t.true(peak(21) < 1.18);
});

test("jump over consecutive integers is as even as over random keys", (t) => {
  const jump = new JumpHash(named(10));
  const counts = new Map<string, number>();
  for (let key = 0; key < 100_000; key++) counts.set(jump.owner(key), (counts.get(jump.owner(key)) ?? 0) + 1);
  for (const count of counts.values()) t.true(Math.abs(count - 10_000) < 450);
});

for (const { name, make, weighted } of subjects) {
  if (!weighted) continue;
  test(`${name}: shares follow weights`, (t) => {
    const weights = [0.5, 1, 1, 2, 3, 4.5];
    const nodes = weights.map((weight, i) => ({ id: `n${i}`, weight }));
    const total = weights.reduce((a, b) => a + b);
    const sums = new Array<number>(weights.length).fill(0);
    const seeds = 10;
    for (let seed = 0; seed < seeds; seed++) {
      const counts = counted(make(nodes, { seed }), 20_000);
      for (const i of weights.keys()) sums[i] = sums[i]! + counts.get(`n${i}`)! / 20_000 / seeds;
    }
    for (const [i, weight] of weights.entries()) {
      const off = sums[i]! / (weight / total) - 1;
      t.true(Math.abs(off) < 0.06, `n${i} of weight ${weight} is ${(100 * off).toFixed(1)} % off`);
    }
  });
}

test("similar names balance as well as any", (t) => {
  for (const prefix of ["10.0.0.", "server-00000000", "a".repeat(64)]) {
    const share = shares(new HashRing(named(64, prefix), { virtualNodes: 1024 }));
    t.true(Math.max(...share.values()) * 64 < 1.1);
    t.true(Math.min(...share.values()) * 64 > 0.9);
  }
});

test("ring: the 257th node, which no longer fits a byte, is placed like any other", (t) => {
  const ring = new HashRing(named(256), { virtualNodes: 64, arcs: 65_536 });
  const before = counted(ring, 20_000);
  ring.add("node-256");
  t.deepEqual(
    counted(ring, 20_000),
    counted(new HashRing(named(257).reverse(), { virtualNodes: 64, arcs: 65_536 }), 20_000),
  );
  ring.remove("node-256");
  t.deepEqual(counted(ring, 20_000), before);
});
