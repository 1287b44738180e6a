// npm run bench -- journal [--rounds N] [--seconds S] [--folder DIR]
//
// How many records of 128 bytes become durable in a second. Every contender syncs before it answers: sqlite with
// synchronous = FULL, level with sync: true, lmdb without overlapping sync. The raw disk stands beside them. Many
// short rounds, because a disk is never alone for long. sqlite blocks the event loop, so it has only ever one
// record under way, however many callers there are.
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench } from "@coterie/bench";
import { fileDisk, type Journal, openJournal } from "../src/index.ts";
import { type Contest, openPeers } from "./peers.ts";

export const peers: Readonly<Record<string, string>> = {
  "better-sqlite3": "13.2.0",
  "classic-level": "3.0.0",
  lmdb: "3.5.6",
};

interface Effort {
  readonly rounds: number;
  /** Length of a round. */
  readonly ms: number;
}

const recordBytes = 128;
const payload = new Uint8Array(recordBytes).fill(7);

export async function run(bench: Bench): Promise<void> {
  const { values } = parseArgs({
    args: [...bench.args],
    options: {
      rounds: { type: "string", default: "11" },
      seconds: { type: "string", default: "0.25" },
      folder: { type: "string", default: tmpdir() },
    },
  });
  const effort: Effort = { rounds: Number(values.rounds), ms: Number(values.seconds) * 1000 };
  const root = await mkdtemp(join(values.folder, "coterie-bench-"));
  bench.note(`records of ${recordBytes} bytes in ${values.folder}`);
  try {
    const contests = [await openOurs(root), ...(await openPeers(bench, root, payload))];
    await rawDisk(bench, root, effort);
    for (const batch of [1, 64]) await oneAtATime(bench, contests, batch, effort);
    for (const concurrency of [16, 64, 256]) await manyAtOnce(bench, contests, concurrency, effort);
    for (const contest of contests) await contest.close();
    await replay(bench, root);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function openOurs(root: string): Promise<Contest> {
  const journal: Journal = await openJournal(fileDisk(root), { folder: "journal", replay: () => {} });
  return {
    name: "ours",
    append: (records) => journal.append(Array.from({ length: records }, () => payload)),
    close: () => journal[Symbol.asyncDispose](),
  };
}

/** What the disk itself can do: one write of a record in place and one sync, with nothing around them. */
async function rawDisk(bench: Bench, root: string, { rounds, ms }: Effort): Promise<void> {
  const file = openSync(join(root, "raw"), "w+");
  writeSync(file, new Uint8Array(2 ** 20));
  fdatasyncSync(file);
  const syncs = (): number => {
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < ms; count++) {
      writeSync(file, payload, 0, recordBytes, (count * recordBytes) % 2 ** 19);
      fdatasyncSync(file);
    }
    return (count * 1000) / (performance.now() - start);
  };
  await bench.compare({
    case: "raw disk: write in place, fdatasync",
    unit: "syncs/s",
    better: "higher",
    ours: syncs,
    rounds,
    peers: {},
  });
  closeSync(file);
}

async function oneAtATime(
  bench: Bench,
  contests: readonly Contest[],
  batch: number,
  { rounds, ms }: Effort,
): Promise<void> {
  const measure = (contest: Contest) => async (): Promise<number> => {
    const start = performance.now();
    let records = 0;
    for (; performance.now() - start < ms; records += batch) await contest.append(batch);
    return (records * 1000) / (performance.now() - start);
  };
  await contend(bench, `${batch} a time, one after the other`, contests, rounds, measure);
}

async function manyAtOnce(
  bench: Bench,
  contests: readonly Contest[],
  concurrency: number,
  { rounds, ms }: Effort,
): Promise<void> {
  const measure = (contest: Contest) => async (): Promise<number> => {
    const start = performance.now();
    let records = 0;
    const client = async (): Promise<void> => {
      for (; performance.now() - start < ms; records++) await contest.append(1);
    };
    await Promise.all(Array.from({ length: concurrency }, client));
    return (records * 1000) / (performance.now() - start);
  };
  await contend(bench, `1 a time, ${concurrency} under way`, contests, rounds, measure);
}

async function contend(
  bench: Bench,
  name: string,
  contests: readonly Contest[],
  rounds: number,
  measure: (contest: Contest) => () => Promise<number>,
): Promise<void> {
  const [ours, ...others] = contests;
  await bench.compare({
    case: name,
    unit: "records/s",
    better: "higher",
    ours: measure(ours!),
    rounds,
    peers: Object.fromEntries(others.map((contest) => [contest.name, measure(contest)])),
  });
}

/** How long it takes to open a journal of a million records and hand every one of them out. */
async function replay(bench: Bench, root: string): Promise<void> {
  const disk = fileDisk(root);
  const options = { folder: "million" };
  {
    await using journal = await openJournal(disk, { ...options, replay: () => {} });
    const thousand = Array.from({ length: 1000 }, () => payload);
    for (let i = 0; i < 1000; i++) await journal.append(thousand);
  }
  const open = async (): Promise<number> => {
    let records = 0;
    const start = performance.now();
    await using _ = await openJournal(disk, { ...options, replay: () => void records++ });
    if (records !== 1_000_000) throw new Error(`${records} records came back`);
    return performance.now() - start;
  };
  await bench.compare({
    case: "open a journal of 1,000,000 records",
    unit: "ms",
    better: "lower",
    ours: open,
    peers: {},
  });
}
