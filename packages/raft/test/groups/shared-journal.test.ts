import type { Host } from "@coterie/host";
import { type Journal, memoryDisk } from "@coterie/storage";
import test from "ava";
import fc from "fast-check";
import { SharedJournal } from "../../src/groups/shared-journal.ts";

const options = { folder: "shared", segmentBytes: 16_384, recordBytesMax: 2_000, bytesMax: 40_000 };

/** A journal on a disk in memory, with the shares that are open, as a host would have it. */
class Room {
  readonly host = {
    id: "a",
    epoch: 1,
    disk: memoryDisk(),
    reach: () => {},
    fail: (error: Error) => {
      throw error;
    },
  } as unknown as Host;
  journal!: SharedJournal;
  readonly shares: Map<string, Journal> = new Map();

  static async open(): Promise<Room> {
    const room = new Room();
    await room.start();
    return room;
  }

  async start(): Promise<void> {
    this.journal = await SharedJournal.open(this.host, options);
    this.shares.clear();
  }

  /** Opens a share; answers what it replays. */
  async openShare(group: string): Promise<{ record: string; position: number }[]> {
    const replayed: { record: string; position: number }[] = [];
    const open = this.journal.opener(group, () => this.shares.delete(group));
    const replay = (record: Uint8Array, position: number): void =>
      void replayed.push({ record: text(record), position });
    this.shares.set(group, await open(this.host.disk, { folder: "", replay }));
    return replayed;
  }

  share(group: string): Journal {
    return this.shares.get(group)!;
  }

  append(group: string, ...records: string[]): Promise<number> {
    return this.share(group).append(records.map(bytes));
  }

  async restart(): Promise<void> {
    await this.journal[Symbol.asyncDispose]();
    await this.start();
  }
}

const bytes = (word: string): Uint8Array => new TextEncoder().encode(word);
const text = (record: Uint8Array): string => new TextDecoder().decode(record);
const long = (word: string): string => word.padEnd(900, ".");

test("each group gets its own records back, in order, at the positions it was told", async (t) => {
  const room = await Room.open();
  await room.openShare("a");
  await room.openShare("b");
  const [first, other, second] = await Promise.all([
    room.append("a", "a1", "a2"),
    room.append("b", "b1"),
    room.append("a", "a3"),
  ]);
  await room.restart();
  t.deepEqual(room.journal.groups.sort(), ["a", "b"]);
  t.deepEqual(await room.openShare("a"), [
    { record: "a1", position: first },
    { record: "a2", position: first },
    { record: "a3", position: second },
  ]);
  t.deepEqual(await room.openShare("b"), [{ record: "b1", position: other }]);
});

test("a share that is closed and opened again in the same process reads its records from the disk", async (t) => {
  const room = await Room.open();
  await room.openShare("a");
  await room.append("a", "a1");
  await room.append("a", "a2");
  t.is(room.journal.epoch("a"), 1);
  await room.share("a")[Symbol.asyncDispose]();
  t.deepEqual(
    (await room.openShare("a")).map(({ record }) => record),
    ["a1", "a2"],
  );
  t.is(room.journal.epoch("a"), 2, "it is another life of the group");
  await room.restart();
  t.is(room.journal.epoch("a"), 2, "which no later start may take for the last");
});

test("appends complete in the order they were made, however many records they become", async (t) => {
  const room = await Room.open();
  await room.openShare("a");
  const order: number[] = [];
  const appends = [
    [long("x"), long("y"), long("z")],
    [],
    ["one"],
    [],
    [long("x"), long("y"), long("z")],
    ["two"],
  ];
  await Promise.all(
    appends.map(async (records, i) => {
      await room.append("a", ...records);
      order.push(i);
    }),
  );
  t.deepEqual(order, [0, 1, 2, 3, 4, 5]);
});

test("a share reads back what it holds, from any position, past the records of others", async (t) => {
  const room = await Room.open();
  await room.openShare("a");
  await room.openShare("b");
  const positions: number[] = [];
  for (let i = 0; i < 30; i++) {
    positions.push(await room.append("a", `a${i}`));
    await room.append("b", long(`b${i}`));
  }
  const share = room.share("a");
  const read: string[] = [];
  for (let at = positions[3]!; at < share.end; ) {
    const excerpt = (await share.read(at, 10))!;
    read.push(...excerpt.records.map(text));
    at = excerpt.next;
  }
  t.deepEqual(
    read,
    Array.from({ length: 27 }, (_, i) => `a${i + 3}`),
  );
  t.deepEqual(await share.read(share.end, 100), { records: [], next: share.end });
  await share.trim(positions[10]!);
  t.is(await share.read(positions[9]!, 100), undefined);
  t.deepEqual((await share.read(positions[10]!, 1))!.records.map(text), ["a10"]);
});

test("a group that writes seldom does not hold on to what others have written since", async (t) => {
  const room = await Room.open();
  for (const group of ["slow", "busy", "closed"]) await room.openShare(group);
  await room.append("slow", "s1");
  await room.append("slow", "s2");
  await room.append("closed", "c1");
  await room.share("closed")[Symbol.asyncDispose]();
  for (let i = 0; i < 400; i++) {
    const position = await room.append("busy", long(`b${i}`));
    if (i % 10 === 0) await room.share("busy").trim(position);
  }
  const { keptBytes, movedBytes, moved } = room.journal.metrics();
  t.true(keptBytes! < options.bytesMax + 3 * options.segmentBytes, `${keptBytes} bytes are kept of 360,000`);
  t.true(moved! >= 3 && movedBytes! < 36_000, `${moved} records of ${movedBytes} bytes were written again`);
  t.deepEqual((await room.share("slow").read(1, 100))!.records.map(text), ["s1", "s2"]);
  await room.restart();
  t.deepEqual(
    (await room.openShare("slow")).map(({ record }) => record),
    ["s1", "s2"],
  );
  t.deepEqual(
    (await room.openShare("closed")).map(({ record }) => record),
    ["c1"],
  );
});

test("what is needed is moved seldom, when nearly everything is", async (t) => {
  const room = await Room.open();
  await room.openShare("hoarder");
  for (let i = 0; i < 500; i++) await room.append("hoarder", long(`h${i}`));
  const { movedBytes, bytes: written } = room.journal.metrics();
  t.true(movedBytes! > 0 && movedBytes! <= written! / 2, `${movedBytes} of ${written} bytes were moved`);
  await room.restart();
  t.deepEqual(
    (await room.openShare("hoarder")).map(({ record }) => record),
    Array.from({ length: 500 }, (_, i) => long(`h${i}`)),
  );
});

test("a destroyed group is gone, after a start too, and may begin anew", async (t) => {
  const room = await Room.open();
  await room.openShare("a");
  await room.append("a", "old");
  await room.share("a")[Symbol.asyncDispose]();
  await room.journal.destroy("a");
  t.deepEqual(room.journal.groups, []);
  await room.restart();
  t.deepEqual(room.journal.groups, []);
  t.deepEqual(room.journal.destroyed, ["a"], "until somebody has cleared away what else there is of it");
  room.journal.forget("a");
  t.deepEqual(await room.openShare("a"), []);
  await room.append("a", "new");
  await room.restart();
  t.deepEqual(
    (await room.openShare("a")).map(({ record }) => record),
    ["new"],
  );
});

test("through any history of appends, trims, restarts and destructions each group keeps exactly what it needs", async (t) => {
  const group = fc.constantFrom("a", "b", "c");
  const step = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant("append" as const),
        group,
        count: fc.nat(3),
        bytes: fc.nat(1_500),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("trim" as const),
        group,
        share: fc.float({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const), group }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("destroy" as const), group }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 150 }), async (steps) => {
      const room = await Room.open();
      const kept = new Map<string, { record: string; position: number }[]>();
      let number = 0;
      // What is needed must be there, as the end of what is replayed: old records may come back, none may be missing.
      const opened = async (name: string): Promise<void> => {
        const replayed = await room.openShare(name);
        const needed = kept.get(name) ?? [];
        const tail = replayed.slice(replayed.length - needed.length);
        t.deepEqual(
          tail.map(({ record }) => record),
          needed.map(({ record }) => record),
        );
      };
      for (const name of ["a", "b", "c"]) await opened(name);
      for (const made of steps) {
        if (made.do === "append") {
          const records = Array.from({ length: made.count }, () => `${++number}`.padEnd(made.bytes, "."));
          const position = await room.append(made.group, ...records);
          if (records.length > 0 && records.join("").length < 2_000)
            kept.set(made.group, [
              ...(kept.get(made.group) ?? []),
              ...records.map((record) => ({ record, position })),
            ]);
          else
            await room
              .share(made.group)
              .trim(room.share(made.group).end)
              .then(() => kept.set(made.group, []));
        } else if (made.do === "trim") {
          const needed = kept.get(made.group) ?? [];
          const position = needed[Math.floor(made.share * needed.length)]?.position;
          if (position === undefined) continue;
          await room.share(made.group).trim(position);
          kept.set(
            made.group,
            needed.filter((one) => one.position >= position),
          );
        } else if (made.do === "restart") {
          await room.restart();
          for (const name of ["a", "b", "c"]) await opened(name);
        } else if (made.do === "reopen") {
          await room.share(made.group)[Symbol.asyncDispose]();
          await opened(made.group);
        } else {
          await room.share(made.group)[Symbol.asyncDispose]();
          await room.journal.destroy(made.group);
          kept.set(made.group, []);
          t.deepEqual(await room.openShare(made.group), []);
        }
      }
    }),
    { numRuns: 60 },
  );
});
