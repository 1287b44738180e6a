import test from "ava";
import fc from "fast-check";
import {
  type CellPlacement,
  HashRing,
  InvalidOptionError,
  JumpHash,
  Maglev,
  Migration,
  type MigrationOptions,
  MismatchedHashError,
  NoNodesError,
  Partitions,
  planKeys,
  planMigration,
  Rendezvous,
  StalePlanError,
  type Step,
  shares,
  UnknownStepError,
} from "../src/index.ts";
import { named } from "./strategies.ts";

const small = { virtualNodes: 64, arcs: 8192 };
const ring = (ids: Iterable<string>): HashRing => new HashRing(ids, small);
const keys = Array.from({ length: 3000 }, (_, i) => `key:${i}`);

const pairs: Record<string, readonly [CellPlacement, CellPlacement]> = {
  "a node joins a ring": [ring(named(9)), ring(named(10))],
  "three nodes leave a ring": [ring(named(9)), ring(named(6))],
  "rings of different fineness": [ring(named(5)), new HashRing(named(6), { virtualNodes: 32, arcs: 1024 })],
  "from ring to Maglev": [ring(named(5)), new Maglev(named(5), { table: 1009 })],
  "Maglev tables of two sizes": [new Maglev(named(5), { table: 251 }), new Maglev(named(6), { table: 509 })],
  "partitions of two strategies": [
    new Partitions(new Rendezvous(named(5)), { partitions: 700 }),
    new Partitions(new JumpHash(named(6)), { partitions: 700 }),
  ],
};

for (const [name, [before, after]] of Object.entries(pairs)) {
  test(`${name}: a hash is in a range exactly when it moves, from its old owner to its new one`, (t) => {
    const plan = planMigration(before, after);
    const flow = (hash: number) =>
      plan.moves.filter(({ ranges }) => ranges.some(({ start, end }) => start <= hash && hash < end));
    const edges = plan.moves.flatMap(({ ranges }) =>
      ranges.slice(0, 50).flatMap(({ start, end }) => [start, end - 1]),
    );
    for (const hash of [
      ...edges.slice(0, 500),
      ...keys.slice(0, 500).map((key) => before.hash(key)),
      0,
      2 ** 32 - 1,
    ]) {
      const [from, to] = [before.ownerAt(hash), after.ownerAt(hash)];
      t.deepEqual(
        flow(hash).map((move) => [move.from, move.to]),
        from === to ? [] : [[from, to]],
      );
    }
  });

  test(`${name}: shares add up, and no less than the least moves`, (t) => {
    const plan = planMigration(before, after);
    const [old, now] = [shares(before), shares(after)];
    const near = (a: number, b: number) => t.true(Math.abs(a - b) < 1e-9, `${a} and ${b}`);
    for (const id of new Set([...old.keys(), ...now.keys()])) {
      const sum = (side: "from" | "to") =>
        plan.moves.filter((move) => move[side] === id).reduce((total, { share }) => total + share, 0);
      near((old.get(id) ?? 0) + sum("to") - sum("from"), now.get(id) ?? 0);
    }
    for (const { ranges, share } of plan.moves) {
      near(ranges.reduce((sum, { start, end }) => sum + (end - start), 0) / 2 ** 32, share);
      for (const [i, { start, end }] of ranges.entries())
        t.true(start < end && start > (ranges[i - 1]?.end ?? -1));
    }
    near(
      plan.share,
      plan.moves.reduce((sum, { share }) => sum + share, 0),
    );
    t.true(plan.share >= plan.least - 1e-12);
    t.true(plan.moves.every(({ from, to }) => from !== to));
  });
}

test("a ring moves the least possible: K / N, exactly what its newcomers gain and its leavers had", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(1000),
      (count, more, seed) => {
        const make = (ids: string[]) => new HashRing(ids, { virtualNodes: 512, arcs: 16_384, seed });
        const [few, many] = [make(named(count)), make(named(count + more))];
        const [join, leave] = [planMigration(few, many), planMigration(many, few)];
        t.is(join.share, join.least);
        t.is(leave.share, leave.least);
        t.is(leave.share, join.share);
        // The bound of the paper, with the ring's own unevenness of 1 / sqrt(1024) or so for each node.
        const bound = more / (count + more);
        t.true(join.share < 1.2 * bound, `${join.share} for ${bound}`);
      },
    ),
    { numRuns: 25 },
  );
});

test("with replicas, each new owner gets the range once, from an owner that had it", (t) => {
  const [before, after] = [ring(named(6)), ring([...named(5), "new"])];
  const plan = planMigration(before, after, { replicas: 3 });
  for (const key of keys.slice(0, 400)) {
    const hash = before.hash(key);
    const [old, now] = [before.owners(key, 3), after.owners(key, 3)];
    const moves = plan.moves.filter(({ ranges }) =>
      ranges.some(({ start, end }) => start <= hash && hash < end),
    );
    t.deepEqual(moves.map(({ to }) => to).sort(), now.filter((id) => !old.includes(id)).sort());
    t.true(moves.every(({ from }) => old.includes(from)));
    const lost = old.filter((id) => !now.includes(id));
    if (lost.length === moves.length) t.deepEqual(moves.map(({ from }) => from).sort(), lost.sort());
  }
  t.true(plan.share >= plan.least - 1e-12 && plan.least > 0);
});

test("what has no cells, or is no placement or plan at all, is refused", (t) => {
  const [flat, cells] = [new Rendezvous(["a"]) as unknown as CellPlacement, ring(["b"])];
  const plan = planMigration(ring(["a"]), cells);
  const move = plan.moves[0]!;
  const bad: (() => unknown)[] = [
    () => planMigration(flat, cells),
    () => planMigration(cells, flat),
    () => planMigration(null as never, cells),
    () => planMigration({} as never, cells),
    () => planKeys(cells, undefined as never, []),
    () => shares(flat),
    () => new Migration(null as never, cells),
    () => new Migration({ ...plan, moves: 3 as never }, cells),
    () => new Migration({ ...plan, moves: [null as never] }, cells),
    () => new Migration({ ...plan, moves: [{ ...move, ranges: [{ start: 5, end: 5 }] }] }, cells),
    () => new Migration({ ...plan, moves: [{ ...move, ranges: [{ start: 0, end: 2 ** 33 }] }] }, cells),
    () => new Migration(plan, {} as never),
  ];
  for (const call of bad) t.throws(call, { instanceOf: InvalidOptionError });
  t.notThrows(() => new Migration(JSON.parse(JSON.stringify(plan)), cells));
});

test("nothing moves between equal placements", (t) => {
  const plan = planMigration(ring(named(4)), ring(named(4).reverse()));
  t.deepEqual(plan, { hashing: "murmur3-32,seed=0", moves: [], share: 0, least: 0 });
  t.true(new Migration(plan, ring(named(4))).done);
});

test("keys: what moves between any two strategies", (t) => {
  const [before, after] = [new JumpHash(named(5)), new Rendezvous(named(5))];
  const plan = planKeys(before, after, keys);
  for (const { from, to, keys: moved } of plan.moves) {
    for (const key of moved) t.deepEqual([before.owner(key), after.owner(key)], [from, to]);
  }
  const moved = plan.moves.reduce((sum, move) => sum + move.keys.length, 0);
  t.is(plan.share, moved / keys.length);
  t.is(moved, keys.filter((key) => before.owner(key) !== after.owner(key)).length);
  t.true(plan.least <= plan.share);
  t.is(planKeys(before, after, []).share, 0);
});

test("placements that read keys differently, or that are empty, cannot be compared", (t) => {
  const other = new HashRing(named(3), { ...small, seed: 1 });
  t.throws(() => planMigration(ring(named(3)), other), { instanceOf: MismatchedHashError });
  t.throws(() => planKeys(ring(named(3)), other, keys), { instanceOf: MismatchedHashError });
  t.throws(() => new Migration(planMigration(other, other), ring(["a"])), {
    instanceOf: MismatchedHashError,
  });
  t.throws(() => planMigration(ring([]), ring(["a"])), { instanceOf: NoNodesError });
  t.throws(() => planMigration(ring(["a"]), ring([])), { instanceOf: NoNodesError });
  t.throws(() => planMigration(ring(["a"]), ring(["b"]), { replicas: 0 }), {
    instanceOf: InvalidOptionError,
  });
});

function migrate(options: MigrationOptions): { before: HashRing; after: HashRing; migration: Migration } {
  const [before, after] = [ring(named(5)), ring(named(7))];
  return { before, after, migration: new Migration(planMigration(before, after), after, options) };
}

test("step by step: each key is served by who has it, and at the end by its new owner", (t) => {
  const { before, after, migration } = migrate({ stepShareMax: 1 / 100 });
  const data = new Map(keys.map((key) => [key, before.owner(key)]));
  const copy = (step: Step): void => {
    for (const [key, at] of data) {
      const hash = before.hash(key);
      if (!step.ranges.some(({ start, end }) => start <= hash && hash < end)) continue;
      if (after.owner(key) !== step.to) continue;
      t.is(at, step.from);
      data.set(key, step.to);
    }
  };
  let last = 0;
  for (let now = 0; !migration.done; now++) {
    for (const step of migration.next(now)) {
      t.true(step.share <= 1 / 100 + 1e-12);
      for (const [key, at] of [...data].slice(0, 300)) t.is(migration.owner(key), at);
      copy(step);
      migration.complete(step);
    }
    for (const [key, at] of data) t.is(migration.owner(key), at);
    t.true(migration.progress().part > last);
    last = migration.progress().part;
  }
  t.is(last, 1);
  t.is(migration.deadline, Infinity);
  for (const key of keys) t.is(migration.owner(key), after.owner(key));
});

test("throttle: no more steps at once than allowed, in all and for each node", (t) => {
  const { migration } = migrate({ stepShareMax: 1 / 500, stepsMax: 5, stepsPerNodeMax: 2 });
  const underWay: Step[] = [];
  let most = 0;
  for (let turn = 0; !migration.done; turn++) {
    underWay.push(...migration.next(turn));
    t.true(underWay.length <= 5);
    most = Math.max(most, underWay.length);
    for (const id of named(7))
      t.true(underWay.filter(({ from, to }) => from === id || to === id).length <= 2);
    t.is(migration.progress().underWay, underWay.length);
    t.is(migration.deadline, Infinity);
    migration.complete(underWay.splice(turn % underWay.length, 1)[0]!);
  }
  t.is(most, 4);
});

test("throttle: no faster than the rate, and deadline says when to come back", (t) => {
  const { migration } = migrate({
    stepShareMax: 1 / 1000,
    stepsMax: 100,
    stepsPerNodeMax: 100,
    sharePerSecond: 1 / 100,
  });
  let now = 50_000;
  let share = 0;
  while (!migration.done) {
    const steps = migration.next(now);
    t.is(steps.length, 1);
    share += steps[0]!.share;
    t.deepEqual(migration.next(now), []);
    migration.complete(steps[0]!);
    if (!migration.done) {
      t.true(migration.deadline > now);
      t.deepEqual(migration.next(migration.deadline - 0.001), []);
      now = migration.deadline;
    }
  }
  t.true((now - 50_000) / 1000 > (share - 1 / 1000) * 100 - 1e-6);
  t.true((now - 50_000) / 1000 < share * 100 + 1e-6);
});

test("a step that fails is handed out again, later than the others; until then nothing has moved", (t) => {
  const { before, migration } = migrate({ stepsMax: 1 });
  const [first] = migration.next(0);
  migration.fail(first!);
  t.true(keys.every((key) => migration.owner(key) === before.owner(key)));
  const order: number[] = [];
  for (let now = 1; !migration.done; now++) {
    const [step] = migration.next(now);
    order.push(step!.number);
    migration.complete(step!);
  }
  t.is(order.at(-1), first!.number);
  t.is(order.length, migration.progress().steps);
});

test("hostile callers: typed errors, and the migration goes on", (t) => {
  const { after, migration } = migrate({});
  const [step] = migration.next(0);
  const strangers = [undefined, null, {}, { ...step }, { number: 1e9 }, { number: -1 }] as Step[];
  for (const stranger of strangers) {
    t.throws(() => migration.complete(stranger), { instanceOf: UnknownStepError });
    t.throws(() => migration.fail(stranger), { instanceOf: UnknownStepError });
  }
  migration.complete(step!);
  t.throws(() => migration.complete(step!), { instanceOf: UnknownStepError });
  t.throws(() => migration.next(Number.NaN), { instanceOf: InvalidOptionError });
  const plan = planMigration(ring(["a"]), ring(["b"]));
  for (const options of [
    { stepShareMax: 0 },
    { stepShareMax: 2 },
    { stepsMax: 0 },
    { stepsPerNodeMax: 1.5 },
    { sharePerSecond: -1 },
  ]) {
    t.throws(() => new Migration(plan, ring(["b"]), options), { instanceOf: InvalidOptionError });
  }
  after.add("late");
  t.throws(() => migration.owner("k"), { instanceOf: StalePlanError });
});
