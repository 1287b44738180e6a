import test from "ava";
import fc from "fast-check";
import {
  type AppliedPosition,
  encodeCommand,
  json,
  type LoggedCommand,
  type OnDiskStateMachine,
  RecordFormatError,
  Replica,
  type ReplicaChanges,
  type ReplicaRecords,
  type StateMachine,
} from "../src/index.ts";

const codec = json<number>();

/** Adds numbers up: a command applied twice, or not at all, shows. */
class Sum implements StateMachine<number, number, null, number> {
  readonly commands = codec;
  readonly results = codec;
  total = 0;
  apply(command: number): number {
    this.total += command;
    return this.total;
  }
  query(): number {
    return this.total;
  }
  snapshot(): Iterable<Uint8Array> {
    return [codec.encode(this.total)];
  }
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) this.total = codec.decode(chunk);
  }
}

/** What outlives a process: a total and its records, which only change together. */
interface Stored {
  total: number;
  records: Map<string, Uint8Array>;
  /** How many records were changed so far. */
  changed: number;
}

class StoredSum implements OnDiskStateMachine<number, number, null, number> {
  readonly isOnDisk = true;
  readonly commands = codec;
  readonly results = codec;
  readonly #stored: Stored;
  #total = 0;
  constructor(stored: Stored) {
    this.#stored = stored;
  }
  async open(): Promise<ReplicaRecords> {
    this.#total = this.#stored.total;
    return new Map(this.#stored.records);
  }
  apply(command: number): number {
    this.#total += command;
    return this.#total;
  }
  query(): number {
    return this.#total;
  }
  store(changes: ReplicaChanges): void {
    this.#stored.total = this.#total;
    this.#stored.changed += changes.size;
    for (const [key, value] of changes) {
      if (value === null) this.#stored.records.delete(key);
      else this.#stored.records.set(key, value);
    }
  }
  async sync(): Promise<void> {}
  snapshot(): Iterable<Uint8Array> {
    return [codec.encode(this.#total)];
  }
  async restore(chunks: AsyncIterable<Uint8Array>, records: ReplicaRecords): Promise<void> {
    for await (const chunk of chunks) this.#total = codec.decode(chunk);
    this.#stored.total = this.#total;
    this.#stored.records = new Map(records);
  }
  async close(): Promise<void> {}
}

const nothing = (): Stored => ({ total: 0, records: new Map(), changed: 0 });
const options = { sessionTimeoutMs: 50, sessionsMax: 3, answersMax: 2 };

const stateOf = async (replica: Replica<number, number, null, number>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of replica.snapshot()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("hex");
};

async function* through(replica: Replica<number, number, null, number>): AsyncIterable<Uint8Array> {
  yield* replica.snapshot();
}

const at = (index: number): AppliedPosition => ({ index, term: 1, time: index * 10 });

/** Commands of few sessions, so that they expire, are pushed out, and answer from memory. */
const logged: fc.Arbitrary<LoggedCommand> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: "open" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), session: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.nat(9).map((n) => ({ kind: "plain" as const, command: codec.encode(n) })) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("once" as const),
      session: fc.integer({ min: 1, max: 12 }),
      sequence: fc.integer({ min: 1, max: 6 }),
      answered: fc.nat(3),
      command: fc.nat(9).map((n) => codec.encode(n)),
    }),
  },
);

/** After an entry: nothing, what is applied is stored, the process dies, or another member takes over by a snapshot. */
const then = fc.constantFrom("go on", "go on", "store", "store", "die", "move");

test("wherever the process dies: state, sessions and position are as of the last store, as if they had been in memory", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(logged, then), { minLength: 1, maxLength: 40 }), async (steps) => {
      let stored = nothing();
      let replica = new Replica(new StoredSum(stored), options);
      t.is(await replica.open(), null);
      const log: Uint8Array[] = [];
      for (const [command, next] of steps) {
        log.push(encodeCommand(command));
        replica.apply(log.at(-1)!, at(log.length));
        if (next === "store") await replica.store(at(log.length));
        if (next === "move") {
          stored = nothing();
          const other = new Replica(new StoredSum(stored), options);
          await other.restore(through(replica), at(log.length));
          replica = other;
        }
        if (next !== "die") continue;
        replica = new Replica(new StoredSum(stored), options);
        const { index } = (await replica.open()) ?? at(0);
        // The log hands out again what was not stored.
        for (let i = index + 1; i <= log.length; i++) replica.apply(log[i - 1]!, at(i));
      }
      const twin = new Replica(new Sum(), options);
      log.forEach((entry, i) => void twin.apply(entry, at(i + 1)));
      t.is(await stateOf(replica), await stateOf(twin));
      await replica.store(at(log.length));
      const reopened = new Replica(new StoredSum(stored), options);
      t.deepEqual(await reopened.open(), at(log.length));
      t.is(await stateOf(reopened), await stateOf(twin));
    }),
    { numRuns: 300 },
  );
});

test("what is stored is what has changed, however many sessions there are", async (t) => {
  const stored = nothing();
  const replica = new Replica(new StoredSum(stored));
  await replica.open();
  for (let i = 1; i <= 1_000; i++) replica.apply(encodeCommand({ kind: "open" }), at(i));
  await replica.store(at(1_000));
  t.is(stored.records.size, 1_001);
  stored.changed = 0;
  const command = codec.encode(1);
  for (let i = 1; i <= 10; i++) {
    const once = { kind: "once", session: 500, sequence: i, answered: i - 1, command } as const;
    replica.apply(encodeCommand(once), at(1_000 + i));
  }
  await replica.store(at(1_010));
  // The position, one session, and its answers, of which all but the last are forgotten again.
  t.is(stored.changed, 12);
  t.is(stored.records.size, 1_002);
});

test("a snapshot of a state machine in memory begins one on disk, and the other way round", async (t) => {
  const memory = new Replica(new Sum());
  memory.apply(encodeCommand({ kind: "open" }), at(1));
  const once = { kind: "once", session: 1, sequence: 1, answered: 0, command: codec.encode(5) } as const;
  memory.apply(encodeCommand(once), at(2));
  const stored = nothing();
  await new Replica(new StoredSum(stored)).restore(through(memory), at(2));
  const disk = new Replica(new StoredSum(stored));
  t.deepEqual(await disk.open(), at(2));
  t.deepEqual(disk.apply(encodeCommand(once), at(3)), { type: "result", result: 5 });
  t.is(disk.query(null), 5, "it happened once");
  const back = new Replica(new Sum());
  await back.restore(through(disk), at(3));
  t.deepEqual(back.apply(encodeCommand(once), at(4)), { type: "result", result: 5 });
});

test("records that are not as they were given are refused, not guessed at", async (t) => {
  const given = nothing();
  const replica = new Replica(new StoredSum(given));
  replica.apply(encodeCommand({ kind: "open" }), at(1));
  const once = { kind: "once", session: 1, sequence: 1, answered: 0, command: codec.encode(5) } as const;
  replica.apply(encodeCommand(once), at(2));
  await replica.store(at(2));
  const opened = (change: (records: Map<string, Uint8Array>) => void) => {
    const records = new Map(given.records);
    change(records);
    return new Replica(new StoredSum({ ...given, records })).open();
  };
  t.deepEqual(await opened(() => {}), at(2));
  for (const key of given.records.keys())
    await t.throwsAsync(
      opened((records) => records.set(key, new Uint8Array(3))),
      {
        instanceOf: RecordFormatError,
      },
    );
  await t.throwsAsync(
    opened((records) => records.set("position", new Uint8Array(24).fill(255))),
    {
      instanceOf: RecordFormatError,
    },
  );
  await t.throwsAsync(
    opened((records) => records.delete("session/1")),
    { instanceOf: RecordFormatError },
  );
});
