import test from "ava";
import fc from "fast-check";
import type { Journal } from "../src/index.ts";
import { CrashDisk, chance, type Faults } from "./support/crash-disk.ts";
import { openNumbered, record } from "./support/records.ts";

/** What a run of appends and trims did before it ended. */
interface History {
  /** Records handed over, numbered 0, 1, ... */
  appended: number;
  /** Records whose append resolved: all below this number. */
  acknowledged: number;
  /** Records below this number may be gone. */
  trimmed: number;
}

/** Appends batches of records, several at a time, trims now and then, and stops at the first failure. */
async function work(
  journal: Journal,
  history: History,
  batches: readonly (readonly number[])[],
): Promise<void> {
  let failed = false;
  const starts: { number: number; position: number }[] = [];
  for (const [i, sizes] of batches.entries()) {
    const first = history.appended;
    const records = sizes.map((size) => record(history.appended++, size));
    const appended = journal.append(records).then(
      (position) => {
        history.acknowledged = Math.max(history.acknowledged, first + records.length);
        starts.push({ number: first, position });
      },
      () => {
        failed = true;
      },
    );
    if (i % 3 !== 0) await appended;
    if (failed) return;
    const oldest = starts.at(-20);
    if (i % 10 === 9 && oldest) {
      history.trimmed = oldest.number;
      await journal.trim(oldest.position).catch(() => {
        failed = true;
      });
    }
  }
  await journal.append([]).catch(() => {});
}

/** What the journal gives back must be one unbroken run that holds everything acknowledged and not trimmed. */
function check(numbers: readonly number[], history: History): void {
  const first = numbers[0] ?? history.appended;
  numbers.forEach((number, i) => {
    if (number !== first + i) throw new Error(`record ${number} follows ${numbers[i - 1]}`);
  });
  const behind = numbers.length > 0 ? numbers.at(-1)! + 1 : 0;
  if (numbers.length > 0 && first > history.trimmed)
    throw new Error(`${first} is first, ${history.trimmed} was kept`);
  if (behind < history.acknowledged)
    throw new Error(`${behind - 1} is last, ${history.acknowledged - 1} was durable`);
  if (behind > history.appended) throw new Error(`record ${behind - 1} was never appended`);
}

/** Opens what a crash left, checks it, and takes what is there for appended and durable: the open said so. */
async function reopen(disk: CrashDisk, history: History): Promise<Journal> {
  const { journal, numbers } = await openNumbered(disk);
  check(numbers, history);
  history.appended = history.acknowledged = numbers.length > 0 ? numbers.at(-1)! + 1 : 0;
  return journal;
}

async function runUntil(
  faults: Faults,
  seed: number,
  batches: readonly (readonly number[])[],
): Promise<{ disk: CrashDisk; history: History }> {
  const disk = new CrashDisk(chance(seed), faults);
  const history: History = { appended: 0, acknowledged: 0, trimmed: 0 };
  try {
    const { journal } = await openNumbered(disk);
    await work(journal, history, batches);
    await journal[Symbol.asyncDispose]();
  } catch (error) {
    if ((error as { code?: string }).code !== "DISK_FAILED") throw error;
  }
  return { disk, history };
}

const fewBatches = Array.from(
  { length: 14 },
  (_, i) => [[40, 700], [8], [2000], [5, 5, 5], [900, 900]][i % 5]!,
);

test("a crash at any operation loses nothing acknowledged and replays nothing torn", async (t) => {
  const { disk } = await runUntil({}, 0, fewBatches);
  t.true(disk.operations > 60);
  for (let crashAt = 0; crashAt < disk.operations; crashAt++) {
    for (let seed = 0; seed < 6; seed++) {
      const run = await runUntil({ crashAt }, seed, fewBatches);
      const after = run.disk.restart();
      const journal = await reopen(after, run.history);
      await work(journal, run.history, fewBatches.slice(0, 5));
      await reopen(after.restart(), run.history);
    }
  }
});

test("recovery may itself be interrupted at any operation, again and again", async (t) => {
  let interrupted = 0;
  for (let seed = 0; seed < 60; seed++) {
    const run = await runUntil({ crashAt: 60 + seed }, seed, fewBatches);
    for (let crashAt = 0; ; crashAt++) {
      run.disk = run.disk.restart({ faults: { crashAt } });
      try {
        const journal = await reopen(run.disk, run.history);
        run.disk.faults = {};
        await work(journal, run.history, fewBatches.slice(0, 3));
        await reopen(run.disk.restart(), run.history);
        break;
      } catch (error) {
        if ((error as { code?: string }).code !== "DISK_FAILED") throw error;
        interrupted++;
      }
    }
  }
  t.true(interrupted > 500);
});

test("a crash while several segments are removed leaves no gap", async (t) => {
  for (let seed = 0; seed < 20; seed++) {
    for (let crashAt = 0, done = false; !done; crashAt++) {
      const disk = new CrashDisk(chance(seed));
      const { journal } = await openNumbered(disk);
      let last = 0;
      for (let i = 0; i < 20; i++) last = await journal.append([record(i, 1000)]);
      disk.faults = { crashAt: disk.operations + crashAt };
      done = await journal.trim(last).then(
        () => true,
        () => false,
      );
      const { numbers } = await openNumbered(disk.restart());
      t.is(numbers.at(-1), 19);
      t.true(numbers.every((number, i) => number === numbers[0]! + i));
    }
  }
});

test("random appends, crashes and restarts", async (t) => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2048 })), {
    maxLength: 6,
  });
  const lives = fc.array(
    fc.record({
      batches: fc.array(sizes, { maxLength: 25 }),
      crashAt: fc.integer({ min: 0, max: 250 }),
      power: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(lives, fc.nat(), async (plan, seed) => {
      let disk = new CrashDisk(chance(seed));
      const history: History = { appended: 0, acknowledged: 0, trimmed: 0 };
      for (const { batches, crashAt, power } of plan) {
        disk.faults = { crashAt: disk.operations + crashAt };
        try {
          await work(await reopen(disk, history), history, batches);
        } catch (error) {
          if ((error as { code?: string }).code !== "DISK_FAILED") throw error;
        }
        disk = disk.restart({ power });
      }
      await reopen(disk, history);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("an operation that fails, at any point, costs nothing acknowledged and hangs nothing", async (t) => {
  const { disk } = await runUntil({}, 0, fewBatches);
  for (let failAt = 0; failAt < disk.operations; failAt++) {
    for (let seed = 0; seed < 4; seed++) {
      const run = await runUntil({ failAt }, seed, fewBatches);
      // The process starts again and relies on what it reads; then the power fails.
      const after = run.disk.restart({ power: true });
      const journal = await reopen(after, run.history);
      await work(journal, run.history, fewBatches.slice(0, 3));
      await reopen(after.restart(), run.history);
    }
  }
  t.pass();
});

test("a failed sync is final: nothing is tried again", async (t) => {
  const disk = new CrashDisk(chance(1));
  const { journal } = await openNumbered(disk);
  await journal.append([record(0)]);
  disk.faults = { failing: "sync" };
  const error = await t.throwsAsync(journal.append([record(1)]), { code: "JOURNAL_FAILED" });
  t.like(error?.cause, { code: "DISK_FAILED" });
  disk.faults = {};
  const operations = disk.operations;
  await t.throwsAsync(journal.append([record(2)]), { code: "JOURNAL_FAILED" });
  await t.throwsAsync(journal.append([]), { code: "JOURNAL_FAILED" });
  await t.throwsAsync(journal.trim(1), { code: "JOURNAL_FAILED" });
  await journal[Symbol.asyncDispose]();
  t.is(disk.operations, operations);
});

test("a full disk refuses appends without harm, and they succeed when there is room again", async (t) => {
  const disk = new CrashDisk(chance(1));
  const { journal } = await openNumbered(disk);
  disk.faults = { fullFrom: 0 };
  let kept = 0;
  while (true) {
    const outcome = await journal.append([record(kept, 1000)]).catch((error) => error);
    if (typeof outcome !== "number") {
      t.is(outcome.code, "JOURNAL_FULL");
      break;
    }
    kept++;
  }
  t.is(kept, 4);
  await t.throwsAsync(journal.append([record(kept, 1000)]), { code: "JOURNAL_FULL" });
  t.deepEqual([...disk.names.keys()], ["journal/0000000000000000.journal"]);
  disk.faults = {};
  await journal.append([record(kept, 1000), record(kept + 1, 1000)]);
  await journal[Symbol.asyncDispose]();
  const { numbers } = await openNumbered(disk.restart());
  t.deepEqual(numbers, [0, 1, 2, 3, 4, 5]);
});

test("a disk that was full when the next segment was prepared, and has room when it is needed, harms nothing", async (t) => {
  const disk = new CrashDisk(chance(1), {});
  const { journal } = await openNumbered(disk);
  disk.faults = { fullFrom: 0 };
  await journal.append([record(0, 1500)]);
  for (let turn = 0; turn < 50; turn++) await null;
  disk.faults = {};
  await journal.append([record(1, 2000)]);
  await journal.append([record(2, 2000)]);
  t.is(journal.metrics().segments, 2);
});
