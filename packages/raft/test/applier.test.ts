import type { Clock } from "@coterie/host";
import {
  bytes,
  encodeCommand,
  type OnDiskStateMachine,
  Replica,
  type ReplicaRecords,
  type StateMachine,
} from "@coterie/state-machine";
import test, { type ExecutionContext } from "ava";
import { Applier } from "../src/applier.ts";
import { logStart } from "../src/core/log.ts";
import { EntryKind } from "../src/gen/raft.ts";
import type { Entry } from "../src/index.ts";

/** A machine whose every command takes a millisecond of a clock that only it moves. */
class Slow implements StateMachine<Uint8Array, Uint8Array, null, number> {
  readonly commands = bytes;
  readonly results = bytes;
  now = 0;
  state = 0;
  restored: (() => void)[] = [];
  apply(command: Uint8Array): Uint8Array {
    if (command[0] === 255) throw new Error("cannot");
    this.now++;
    this.state++;
    return command;
  }
  query(): number {
    return this.state;
  }
  snapshot(): Iterable<Uint8Array> {
    return [];
  }
  async restore(): Promise<void> {
    await new Promise<void>((resolve) => this.restored.push(resolve));
    this.state = 1_000;
  }
}

function scene<Machine extends Slow | SlowlyStored = Slow>(machine = new Slow() as Machine) {
  const wakes: (() => void)[] = [];
  const clock: Clock = {
    now: () => machine.now,
    wall: () => 0,
    wake(_at, fn) {
      wakes.push(fn);
      return () => wakes.splice(wakes.indexOf(fn), 1);
    },
  };
  const seen = { applied: 0, done: [] as number[], failed: [] as string[] };
  const applier = new Applier(
    {
      clock,
      replica: new Replica<Uint8Array, Uint8Array, null, number>(machine) as never,
      applied: () => seen.applied++,
      done: (index) => seen.done.push(index),
      failed: ({ message }) => seen.failed.push(message),
    },
    logStart,
  );
  return { machine, wakes, seen, applier };
}

function commands(from: number, to: number, first = 0): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    index: from + i,
    term: 1,
    kind: EntryKind.COMMAND,
    time: 0,
    origin: "a",
    id: i,
    data: encodeCommand({ kind: "plain", command: Uint8Array.of(first) }),
  }));
}

test("a backlog is applied in turns of some milliseconds, and is done once", (t) => {
  const { wakes, seen, applier, machine } = scene();
  applier.apply(commands(1, 100));
  let turns = 0;
  for (let before = -1; wakes.length > 0; turns++) {
    t.true(seen.applied > before && machine.now - before <= 40, "every turn gets on, and ends soon");
    before = seen.applied;
    t.deepEqual(seen.done, []);
    wakes.shift()!();
  }
  t.true(turns >= 5);
  t.is(seen.applied, 100);
  t.deepEqual(seen.done, [100]);
});

test("reads wait for their index, however the entries come", (t) => {
  const { wakes, applier } = scene();
  const answered: number[] = [];
  applier.whenApplied(30, () => answered.push(30));
  applier.whenApplied(3, () => answered.push(3));
  applier.apply(commands(1, 5));
  t.deepEqual(answered, [3]);
  applier.apply(commands(6, 40));
  while (wakes.length > 0) wakes.shift()!();
  t.deepEqual(answered, [3, 30]);
});

test("a snapshot takes the place of what was not applied yet, and is done with its own index", async (t) => {
  const { wakes, seen, applier, machine } = scene();
  applier.apply(commands(1, 100));
  t.is(wakes.length, 1);
  const restoring = applier.restore({ index: 500, term: 2, time: 9 }, () => snapshotOf(machine));
  t.is(wakes.length, 0, "what was left of the backlog is not applied any more");
  t.throws(() => applier.apply(commands(501, 502)), { message: /restored/ });
  await settle(t, () => machine.restored.length === 1);
  machine.restored[0]!();
  await restoring;
  t.deepEqual(seen.done, [500]);
  t.is(applier.position.index, 500);
  applier.apply(commands(501, 502));
  t.deepEqual(seen.done, [500, 502]);
});

test("of snapshots that overtake each other the last is restored, and those between are not even read", async (t) => {
  const { seen, applier, machine } = scene();
  const read: number[] = [];
  const restore = (index: number) =>
    applier.restore({ index, term: 1, time: 0 }, () => {
      read.push(index);
      return snapshotOf(machine);
    });
  const [first, second, third] = [restore(10), restore(20), restore(30)];
  t.deepEqual(await Promise.all([first, second]), [false, false]);
  await settle(t, () => machine.restored.length > 0);
  machine.restored.shift()!();
  t.true(await third);
  t.deepEqual(read, [30]);
  t.deepEqual(seen.done, [30]);
});

test("a member that is closed while it restores stops reading the snapshot, and waits until that is so", async (t) => {
  const { seen, applier } = scene();
  let chunks = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    try {
      for (;;) {
        chunks++;
        yield new Uint8Array(1);
      }
    } finally {
      chunks = -1;
    }
  }
  const restoring = applier.restore({ index: 10, term: 1, time: 0 }, endless);
  await settle(t, () => chunks > 3);
  await applier.close();
  await t.throwsAsync(restoring);
  t.is(chunks, -1);
  t.deepEqual(seen.done, []);
});

/** A machine on disk whose every `store` takes until it is released. */
class SlowlyStored implements OnDiskStateMachine<Uint8Array, Uint8Array, null, number> {
  readonly isOnDisk = true;
  readonly commands = bytes;
  readonly results = bytes;
  now = 0;
  state = 0;
  stored: { readonly state: number; readonly release: () => void }[] = [];
  restored = 0;
  async open(): Promise<ReplicaRecords> {
    return new Map();
  }
  apply(command: Uint8Array): Uint8Array {
    this.now++;
    this.state++;
    return command;
  }
  query(): number {
    return this.state;
  }
  store(): Promise<void> {
    return new Promise((release) => this.stored.push({ state: this.state, release }));
  }
  async sync(): Promise<void> {}
  snapshot(): Iterable<Uint8Array> {
    return [];
  }
  async restore(): Promise<void> {
    this.restored++;
    this.state = 1_000;
  }
  async close(): Promise<void> {}
}

test("a slice is done once it is stored, and what waits for the state between two entries gets it then", async (t) => {
  const { wakes, seen, applier, machine } = scene(new SlowlyStored());
  const taken: number[] = [];
  applier.whenStored(() => taken.push(machine.state));
  t.deepEqual(taken, [0], "nothing is under way");
  applier.apply(commands(1, 40));
  applier.whenStored(() => taken.push(machine.state));
  while (wakes.length > 0) wakes.shift()!();
  applier.whenStored(() => taken.push(machine.state));
  t.is(machine.stored.length, 1);
  t.is(machine.stored[0]!.state, 40);
  t.is(seen.applied, 40, "answers do not wait for it: the log has them");
  t.deepEqual([taken, seen.done], [[0], []]);
  machine.stored[0]!.release();
  await settle(t, () => seen.done.length > 0);
  t.deepEqual([taken, seen.done], [[0, 40, 40], [40]]);
});

test("a snapshot is restored once what was being stored is", async (t) => {
  const { seen, applier, machine } = scene(new SlowlyStored());
  applier.apply(commands(1, 3));
  const restoring = applier.restore({ index: 500, term: 2, time: 9 }, () => snapshotOf(machine));
  await settle(t, () => machine.stored.length === 1);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  t.is(machine.restored, 0);
  machine.stored[0]!.release();
  t.true(await restoring);
  t.deepEqual([machine.restored, seen.done, applier.position.index], [1, [500], 500]);
});

test("what the state machine throws is told, and nothing is done after it", (t) => {
  const { seen, applier } = scene();
  applier.apply(commands(1, 3, 255));
  t.deepEqual(seen.failed, ["cannot"]);
  t.deepEqual(seen.done, []);
});

async function* snapshotOf(machine: Slow | SlowlyStored): AsyncIterable<Uint8Array> {
  yield* new Replica<Uint8Array, Uint8Array, null, number>(machine).snapshot();
}

async function settle(t: ExecutionContext, until: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !until(); i++) await Promise.resolve();
  t.true(until());
}
