import type { Channel, Clock, NodeId, Receiver } from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { type Core, drive, type Effect, type Host, seededRandom } from "../src/index.ts";

type Own = { readonly type: "done"; readonly what: string };
type Echo = Core<string, string, Own>;

/** A host whose parts a test holds in its hands. */
function bench(t: ExecutionContext) {
  let now = 0;
  const wakes: { at: number; fn: () => void }[] = [];
  const sent: string[] = [];
  const reached: string[] = [];
  const failed = new AbortController();
  let receiver: Receiver<string> = () => {};
  const clock: Clock = {
    now: () => now,
    wall: () => now,
    wake(at, fn) {
      const wake = { at, fn };
      wakes.push(wake);
      return () => void (wakes.includes(wake) && wakes.splice(wakes.indexOf(wake), 1));
    },
  };
  const channel: Channel<string> = {
    name: "test",
    send: (to: NodeId, message) => sent.push(`${to}:${message}`) > 0,
    receive: (fn) => {
      receiver = fn;
    },
    drained: async () => {},
    [Symbol.dispose]: () => {},
  };
  const host = {
    clock,
    random: seededRandom(1),
    failed: failed.signal,
    fail: (error: Error) => failed.abort(error),
    reach: (point: string) => void reached.push(point),
  } as unknown as Host;
  const writes: { records: readonly string[]; done: () => void; broken: (error: Error) => void }[] = [];
  const persist = (records: readonly string[]) =>
    new Promise<void>((done, broken) => void writes.push({ records, done, broken }));
  const performed: string[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    host,
    sent,
    reached,
    writes,
    performed,
    wakes,
    turn,
    t,
    pass: (ms: number) => {
      now += ms;
    },
    /** Fires what is due, as a real clock would: in the order of time. */
    fire: () => {
      const due = wakes.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      for (const wake of due) {
        wakes.splice(wakes.indexOf(wake), 1);
        wake.fn();
      }
    },
    receive: (message: string) => receiver("peer", message),
    run: (core: Echo) =>
      drive<string, string, Own>(host, {
        name: "echo",
        core,
        channel,
        persist,
        perform: ({ what }) => void performed.push(what),
      }),
  };
}

class Recorder implements Echo {
  deadline = Number.POSITIVE_INFINITY;
  readonly inputs: string[] = [];
  drains = 0;
  effects: Effect<string, string, Own>[] = [];
  advance(now: number): void {
    this.inputs.push(`advance ${now}`);
    this.deadline = Number.POSITIVE_INFINITY;
  }
  receive(from: NodeId, message: string): void {
    this.inputs.push(`${from} ${message}`);
    this.effects.push({ type: "send", to: from, message: `re ${message}` });
  }
  drain(): readonly Effect<string, string, Own>[] {
    this.drains++;
    return this.effects.splice(0);
  }
}

test("messages of one turn are drained together, at its end", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  using _ = b.run(core);
  await b.turn();
  const before = core.drains;
  for (const message of ["1", "2", "3"]) b.receive(message);
  t.deepEqual(b.sent, []);
  await b.turn();
  t.deepEqual(b.sent, ["peer:re 1", "peer:re 2", "peer:re 3"]);
  t.is(core.drains - before, 2, "one drain, and one that finds nothing more");
});

test("what waits for durability happens only once the write is done, and crash points are passed in order", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  core.effects.push(
    {
      type: "persist",
      records: ["vote"],
      whenDurable: [
        { type: "send", to: "x", message: "granted" },
        { type: "done", what: "stored" },
      ],
    },
    { type: "send", to: "x", message: "at once" },
  );
  using _ = b.run(core);
  await b.turn();
  t.deepEqual(b.sent, ["x:at once"]);
  t.deepEqual(b.reached, ["echo:before-persist", "echo:before-send", "echo:after-send"]);
  b.writes[0]!.done();
  await b.turn();
  t.deepEqual(b.sent, ["x:at once", "x:granted"]);
  t.deepEqual(b.performed, ["stored"]);
  t.deepEqual(b.reached.slice(3), ["echo:after-persist", "echo:before-send", "echo:after-send"]);
});

test("a failed write fails the host, and nothing happens after it", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  core.effects.push({ type: "persist", records: ["x"], whenDurable: [{ type: "done", what: "never" }] });
  using _ = b.run(core);
  await b.turn();
  b.writes[0]!.broken(new Error("the disk is gone"));
  await b.turn();
  t.is(b.host.failed.reason.message, "the disk is gone");
  b.receive("late");
  await b.turn();
  t.deepEqual(core.inputs, []);
  t.deepEqual(b.performed, []);
});

test("a core that throws fails the host", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  core.receive = () => {
    throw new Error("invariant broken");
  };
  using _ = b.run(core);
  b.receive("x");
  await b.turn();
  t.is(b.host.failed.reason.message, "invariant broken");
});

test("time passes for a core at its deadline, not before, and one timer is kept", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  core.deadline = 100;
  using _ = b.run(core);
  await b.turn();
  core.deadline = 150;
  b.receive("moves the deadline");
  await b.turn();
  t.is(b.wakes.length, 1);
  b.pass(100);
  b.fire();
  await b.turn();
  t.deepEqual(core.inputs, ["peer moves the deadline"]);
  b.pass(50);
  b.fire();
  await b.turn();
  t.deepEqual(core.inputs, ["peer moves the deadline", "advance 150"]);
});

test("after a stall the messages that were waiting are read before time passes", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  core.deadline = 100;
  using _ = b.run(core);
  await b.turn();
  b.pass(5_000);
  b.fire();
  t.deepEqual(core.inputs, [], "the first late wake-up only asks for another turn");
  b.receive("had been waiting");
  b.fire();
  t.deepEqual(core.inputs, ["peer had been waiting", "advance 5000"]);
});

test("a disposed driver does nothing more", async (t) => {
  const b = bench(t);
  const core = new Recorder();
  core.deadline = 10;
  const driver = b.run(core);
  await b.turn();
  driver[Symbol.dispose]();
  b.pass(100);
  b.fire();
  b.receive("x");
  await b.turn();
  t.deepEqual(core.inputs, []);
});
