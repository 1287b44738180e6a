import type { Host } from "@coterie/host";
import { memoryDisk } from "@coterie/storage";
import test from "ava";
import fc from "fast-check";
import { EntryKind } from "../src/gen/raft.ts";
import { GroupJournal } from "../src/group-journal.ts";
import type { Entry } from "../src/index.ts";

const sizes = { segmentBytes: 16_384, commandBytesMax: 1_024 };
const members = { voters: [{ id: "a", address: "" }], outgoing: [], learners: [] };
const bootstrap = { group: "g", configuration: members };

function hostOn(disk: Host["disk"]): Host {
  return {
    disk,
    fail(error: Error) {
      throw error;
    },
  } as unknown as Host;
}

const writes = fc.array(
  fc.record({
    /** How far back the write begins: 0 appends, more writes entries anew. */
    back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 60 })),
    count: fc.integer({ min: 1, max: 400 }),
    length: fc.integer({ min: 0, max: 200 }),
    kind: fc.constantFrom(EntryKind.COMMAND, EntryKind.COMMAND, EntryKind.NOOP),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Writes as a log would, with a term for every write, and answers what the log holds then. */
async function write(
  journal: GroupJournal,
  list: readonly {
    readonly back: number;
    readonly count: number;
    readonly length: number;
    readonly kind: EntryKind;
  }[],
): Promise<Entry[]> {
  const log: Entry[] = [];
  for (const [i, { back, count, length, kind }] of list.entries()) {
    log.length = Math.max(0, log.length - back);
    const added = Array.from({ length: count }, (_, n) => ({
      index: log.length + 1 + n,
      term: i + 1,
      kind,
      time: i * 1_000 + n,
      origin: `n${i % 3}`,
      id: 2 ** 33 + n,
      data: new Uint8Array(length).fill(n),
    }));
    log.push(...added);
    await journal.persist([{ entries: added }]);
  }
  return log;
}

test("entries are read back as they were written last, from wherever and in whatever pieces", async (t) => {
  const reads = fc.array(
    fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      bytesMax: fc.integer({ min: 1, max: 30_000 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(writes, reads, fc.boolean(), async (list, wanted, restart) => {
      const disk = memoryDisk();
      let { journal } = await GroupJournal.open(hostOn(disk), "g", bootstrap, sizes);
      const log = await write(journal, list);
      if (restart) {
        await journal.close();
        const opened = await GroupJournal.open(hostOn(disk), "g", bootstrap, sizes);
        journal = opened.journal;
        const { log: recovered } = opened.recovery.finish({ index: 0, term: 0, time: 0 }, members, 0);
        t.is(recovered.lastIndex, log.length);
        const places = log.map(({ index }) => Object.values(recovered.position(index)).join());
        t.deepEqual(
          places,
          log.map(({ index, term, time }) => `${index},${term},${time}`),
        );
      }
      for (const { share, bytesMax } of wanted) {
        const from = 1 + Math.floor(share * (log.length - 1));
        const found: Entry[] = [];
        while (found.length < log.length - from + 1) {
          const piece = await journal.read(from + found.length, log.length, bytesMax);
          if (piece.length === 0) break;
          found.push(...piece);
        }
        t.is(
          found.map(plain).join("\n"),
          log
            .slice(from - 1)
            .map(plain)
            .join("\n"),
        );
      }
      await journal.close();
    }),
    { numRuns: 40 },
  );
});

/** All that an entry says, to be compared at once. */
function plain({ data, ...entry }: Entry): string {
  return `${Object.values(entry)} ${Buffer.from(data).toString("base64")}`;
}

test("entries that were given back are not there", async (t) => {
  const { journal } = await GroupJournal.open(hostOn(memoryDisk()), "g", bootstrap, sizes);
  const some = { back: 0, count: 200, length: 100, kind: EntryKind.COMMAND };
  await write(journal, new Array(10).fill(some));
  const compacted = { $case: "compacted" as const, value: { index: 1_900, term: 10, time: 9_099 } };
  await journal.persist([{ record: compacted }]);
  t.deepEqual(await journal.read(1, 2_000, 1_000), []);
  t.is((await journal.read(1_901, 2_000, 1_000))[0]?.index, 1_901);
  t.deepEqual(await journal.read(2_001, 2_001, 1_000), []);
  await journal.close();
});

test("how far a state machine on disk was durable outlives everything that is cut from the log", async (t) => {
  const disk = memoryDisk();
  const { journal } = await GroupJournal.open(hostOn(disk), "g", bootstrap, sizes);
  const mark = { index: 1_950, term: 10, time: 9_149, configuration: members, configurationIndex: 0 };
  t.is(journal.marked, null);
  const some = { back: 0, count: 200, length: 100, kind: EntryKind.COMMAND };
  await write(journal, new Array(10).fill(some));
  await journal.mark({ ...mark, index: 50 });
  await journal.mark(mark);
  const compacted = { $case: "compacted" as const, value: { index: 1_900, term: 10, time: 9_099 } };
  await journal.persist([{ record: compacted }]);
  await journal.close();
  const again = await GroupJournal.open(hostOn(disk), "g", bootstrap, sizes);
  t.like(again.journal.marked, { index: 1_950, term: 10, time: 9_149, configurationIndex: 0 });
  const start = { index: 0, term: 0, time: 0 };
  const { snapshot, log } = again.recovery.finish(start, members, 0);
  t.deepEqual(snapshot, { index: 1_950, term: 10, time: 9_149 });
  t.is(log.base.index, 1_900);
  await again.journal.close();
});
