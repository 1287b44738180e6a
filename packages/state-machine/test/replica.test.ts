import test from "ava";
import fc from "fast-check";
import {
  AnswerForgottenError,
  CommandFormatError,
  decodeCommand,
  encodeCommand,
  json,
  type LoggedCommand,
  NoJsonError,
  Replica,
  SessionExpiredError,
  SnapshotFormatError,
  type StateMachine,
} from "../src/index.ts";

/** Adds numbers up: a command applied twice shows. */
class Sum implements StateMachine<number, number, null, number> {
  readonly commands = json<number>();
  readonly results = json<number>();
  total = 0;
  apply(command: number): number {
    if (Number.isNaN(command)) throw new Error("not a number");
    this.total += command;
    return this.total;
  }
  query(): number {
    return this.total;
  }
  snapshot(): Iterable<Uint8Array> {
    return [this.results.encode(this.total)];
  }
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts = [];
    for await (const chunk of chunks) parts.push(...chunk);
    this.total = this.results.decode(Uint8Array.from(parts));
  }
}

const codec = json<number>();

function replica(options = {}) {
  const sum = new Sum();
  const made = new Replica(sum, options);
  let index = 0;
  return {
    sum,
    replica: made,
    log: (command: LoggedCommand, time = 0) => made.apply(encodeCommand(command), { index: ++index, time }),
    once: (session: number, sequence: number, value: number, answered = 0, time = 0) =>
      made.apply(encodeCommand({ kind: "once", session, sequence, answered, command: codec.encode(value) }), {
        index: ++index,
        time,
      }),
  };
}

const open = { kind: "open" } as const;
const start = { index: 0, term: 0, time: 0 };

test("a plain command happens as often as it is logged", (t) => {
  const { sum, log } = replica();
  log({ kind: "plain", command: codec.encode(2) });
  t.deepEqual(log({ kind: "plain", command: codec.encode(2) }), { type: "result", result: 4 });
  t.is(sum.total, 4);
});

test("a command of a session happens once, and every copy gets the same answer", (t) => {
  const { sum, log, once } = replica();
  t.deepEqual(log(open), { type: "session", session: 1 });
  t.deepEqual(once(1, 1, 5), { type: "result", result: 5 });
  t.deepEqual(once(1, 2, 5), { type: "result", result: 10 });
  t.deepEqual(once(1, 1, 5), { type: "result", result: 5 });
  t.is(sum.total, 10);
});

test("an answer that has arrived is forgotten, and its command still does not happen again", (t) => {
  const { sum, log, once } = replica();
  log(open);
  once(1, 1, 5);
  once(1, 2, 5, 1);
  const again = once(1, 1, 5);
  t.true(again.type === "refused" && again.error instanceof AnswerForgottenError);
  t.is(sum.total, 10);
});

test("no command happens in a session that is unknown, closed or expired", (t) => {
  const { sum, log, once } = replica({ sessionTimeoutMs: 100 });
  const refused = (outcome: ReturnType<typeof once>) =>
    t.true(outcome.type === "refused" && outcome.error instanceof SessionExpiredError);
  refused(once(9, 1, 5));
  log(open);
  log({ kind: "close", session: 2 });
  refused(once(2, 1, 5));
  log(open, 1_000);
  t.is(once(4, 1, 1, 0, 1_101).type, "refused");
  log(open, 2_000);
  refused(once(6, 1, 5, 0, 2_101));
  t.is(sum.total, 0);
});

test("activity keeps a session alive, by log time alone", (t) => {
  const { once, log, replica: made } = replica({ sessionTimeoutMs: 100 });
  log(open, 0);
  for (let i = 1; i <= 5; i++) t.is(once(1, i, 1, i - 1, i * 90).type, "result");
  t.is(made.sessions, 1);
});

test("the session idle longest makes room for a new one", (t) => {
  const { log, once } = replica({ sessionsMax: 2 });
  log(open);
  log(open);
  t.is(once(1, 1, 1).type, "result");
  log(open);
  t.is(once(2, 1, 1).type, "refused");
  t.is(once(1, 2, 1).type, "result");
});

test("answers beyond the bound are forgotten, oldest first", (t) => {
  const { log, once } = replica({ answersMax: 3 });
  log(open);
  for (let i = 1; i <= 5; i++) once(1, i, 1);
  t.is(once(1, 2, 1).type, "refused");
  t.deepEqual(once(1, 4, 1), { type: "result", result: 4 });
});

test("what the state machine throws is thrown, not remembered as an answer", (t) => {
  const { replica: made } = replica();
  const bad = { commands: { encode: () => new Uint8Array(), decode: () => Number.NaN } };
  const machine = Object.assign(new Sum(), bad);
  const broken = new Replica(machine);
  broken.apply(encodeCommand(open), { index: 1, time: 0 });
  const command = encodeCommand({
    kind: "once",
    session: 1,
    sequence: 1,
    answered: 0,
    command: new Uint8Array(),
  });
  t.throws(() => broken.apply(command, { index: 2, time: 0 }), { message: "not a number" });
  t.throws(() => broken.apply(command, { index: 3, time: 0 }), { message: "not a number" });
  t.throws(() => made.apply(Uint8Array.of(9), { index: 1, time: 0 }), { instanceOf: CommandFormatError });
});

test("a snapshot carries the sessions: a retry after it is still answered, not applied", async (t) => {
  const before = replica();
  before.log(open);
  before.once(1, 1, 5);
  before.once(1, 2, 5);
  const after = replica();
  const chunks = before.replica.snapshot();
  before.once(1, 3, 5);
  await after.replica.restore(chunks, start);
  t.is(after.sum.total, 10);
  t.deepEqual(after.once(1, 2, 5), { type: "result", result: 10 });
  t.is(after.sum.total, 10);
});

test("a snapshot is restored whatever its chunk borders are", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 40 }),
      async (values, size) => {
        const before = replica();
        before.log(open);
        values.forEach((value, i) => void before.once(1, i + 1, value));
        const whole: number[] = [];
        for await (const chunk of before.replica.snapshot()) whole.push(...chunk);
        const after = replica();
        await after.replica.restore(
          (async function* () {
            for (let at = 0; at < whole.length; at += size) yield Uint8Array.from(whole.slice(at, at + size));
          })(),
          start,
        );
        t.is(after.sum.total, before.sum.total);
        values.forEach(
          (value, i) => void t.deepEqual(after.once(1, i + 1, value), before.once(1, i + 1, value)),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test("a snapshot that ends too early is refused", async (t) => {
  const { replica: made } = replica();
  const short = async function* () {
    yield Uint8Array.of(200, 0, 0, 0, 1, 2, 3);
  };
  await t.throwsAsync(made.restore(short(), start), { instanceOf: SnapshotFormatError });
});

test("every logged command survives its encoding; garbage is refused or read, never thrown as something else", (t) => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const counter = fc.maxSafeNat();
  const command = fc.oneof(
    fc.record({ kind: fc.constant("plain" as const), command: bytes }),
    fc.record({
      kind: fc.constant("once" as const),
      session: counter,
      sequence: counter,
      answered: counter,
      command: bytes,
    }),
    fc.constant(open),
    fc.record({ kind: fc.constant("close" as const), session: counter }),
  );
  fc.assert(fc.property(command, (value) => void t.deepEqual(decodeCommand(encodeCommand(value)), value)));
  fc.assert(
    fc.property(bytes, (garbage) => {
      try {
        decodeCommand(garbage);
      } catch (error) {
        t.true(error instanceof CommandFormatError);
      }
    }),
  );
});

test("whoever gives the chunks learns that nobody reads on", async (t) => {
  const before = replica();
  before.log(open);
  let closed = false;
  const chunks = async function* () {
    try {
      yield* before.replica.snapshot();
      yield new Uint8Array(10);
    } finally {
      closed = true;
    }
  };
  const idle = Object.assign(new Sum(), { restore: async () => {} });
  await new Replica(idle).restore(chunks(), start);
  t.true(closed);
});

test("what could not be read back is not written", (t) => {
  const once = { kind: "once", session: 1, sequence: 1, answered: 0, command: codec.encode(1) } as const;
  const writes = (command: LoggedCommand) => t.notThrows(() => decodeCommand(encodeCommand(command)));
  const refuses = (command: LoggedCommand) =>
    t.throws(() => encodeCommand(command), { instanceOf: CommandFormatError });
  writes(once);
  for (const value of [-1, 1.5, Number.NaN, 2 ** 53, undefined as unknown as number]) {
    for (const name of ["session", "sequence", "answered"]) refuses({ ...once, [name]: value });
    refuses({ kind: "close", session: value });
  }
});

test("what JSON has nothing for is refused", (t) => {
  const { encode, decode } = json<unknown>();
  for (const value of [undefined, () => 1, Symbol("s"), { toJSON: () => undefined }])
    t.throws(() => encode(value), { instanceOf: NoJsonError, code: "STATE_MACHINE_NO_JSON" });
  for (const value of [null, 0, "", false, [], {}]) t.deepEqual(decode(encode(value)), value);
});

test("a state machine that answers nothing works in sessions: its answers are null", (t) => {
  class Silent extends Sum {
    override apply(command: number): number {
      super.apply(command);
      return undefined as unknown as number;
    }
  }
  const silent = new Silent();
  const made = new Replica(silent);
  made.apply(encodeCommand(open), { index: 1, time: 0 });
  const add = encodeCommand({ kind: "once", session: 1, sequence: 1, answered: 0, command: codec.encode(5) });
  for (const index of [2, 3])
    t.deepEqual(made.apply(add, { index, time: 0 }), { type: "result", result: null as unknown as number });
  t.is(silent.total, 5);
});
