// Moves data from a ring of three nodes to one of four, step by step, while keys stay readable all the time.
import { HashRing, Migration, planMigration } from "@coterie/hashing";

const before = new HashRing(["a", "b", "c"]);
const after = new HashRing(["a", "b", "c", "d"]);
const stores = new Map(["a", "b", "c", "d"].map((id) => [id, new Map<string, string>()]));
const keys = Array.from({ length: 10_000 }, (_, i) => `user:${i}`);
for (const key of keys) stores.get(before.owner(key))!.set(key, `value of ${key}`);

const plan = planMigration(before, after);
console.log(
  `${(100 * plan.share).toFixed(2)} % is to move; at least ${(100 * plan.least).toFixed(2)} % must`,
);

const migration = new Migration(plan, after, {
  stepShareMax: 1 / 100,
  stepsPerNodeMax: 4,
  sharePerSecond: 1 / 20,
});
for (let now = 0; !migration.done; now = Math.max(now, migration.deadline)) {
  for (const step of migration.next(now)) {
    for (const [key, value] of stores.get(step.from)!) {
      const hash = after.hash(key);
      if (step.ranges.some(({ start, end }) => start <= hash && hash < end))
        stores.get(step.to)!.set(key, value);
    }
    migration.complete(step);
  }
  const lost = keys.filter((key) => !stores.get(migration.owner(key))!.has(key));
  const { completed, steps } = migration.progress();
  console.log(
    `at ${(now / 1000).toFixed(1)} s: ${completed} of ${steps} steps, ${lost.length} keys unreadable`,
  );
}
