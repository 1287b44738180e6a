import { setImmediate as turn } from "node:timers/promises";
import {
  createPusher,
  createWorker,
  memoryNetwork,
  type PusherOptions,
  TaskFailedError,
  type Transport,
} from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { PipelineKind, type PipelineMessage } from "../src/gen/pipeline.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { text } from "./support/text.ts";

async function travel(): Promise<void> {
  for (let i = 0; i < 6; i++) await turn();
}

interface Habit {
  readonly credit: number;
  readonly handler: (task: string) => void | Promise<void>;
}

/** Loses the messages of which `lose` says so. */
function lossy(transport: Transport, lose: (message: PipelineMessage) => boolean): Transport {
  const open: Transport["open"] = (name, codec, options) => {
    const channel = transport.open(name, codec, options);
    return {
      ...channel,
      send: (to, message) => lose(message as unknown as PipelineMessage) || channel.send(to, message),
    };
  };
  return { id: transport.id, open } as Transport;
}

function pipeline(
  t: ExecutionContext,
  habits: Record<string, Habit>,
  options: PusherOptions = {},
  lose: (message: PipelineMessage) => boolean = () => false,
) {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const source = network.transport("source");
  const pusher = createPusher({ transport: lossy(source, lose), clock }, text, options);
  const workers: Record<string, { transport: Transport; worker: Disposable; taken: string[] }> = {};
  for (const [id, { credit, handler }] of Object.entries(habits)) {
    const transport = network.transport(id);
    transport.connect("source", source.address);
    const taken: string[] = [];
    const handle = (task: string) => {
      taken.push(task);
      return handler(task);
    };
    const worker = createWorker({ transport: lossy(transport, lose), clock }, text, ["source"], handle, {
      credit,
      leaseMs: options.leaseMs ?? 15_000,
    });
    workers[id] = { transport, worker, taken };
    t.teardown(() => transport[Symbol.asyncDispose]());
  }
  t.teardown(async () => {
    await pusher[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });
  return { clock, pusher, workers };
}

const quick: Habit = { credit: 4, handler: () => {} };
const stuck: Habit = { credit: 4, handler: () => new Promise(() => {}) };
const tasks = (count: number) => Array.from({ length: count }, (_, i) => `task ${i}`);

test("every task is done once, and pushing resolves after its handler has", async (t) => {
  const done: string[] = [];
  const handler = async (task: string) => {
    await turn();
    done.push(task);
  };
  const { pusher } = pipeline(t, { a: { credit: 2, handler }, b: { credit: 3, handler } });
  await Promise.all(
    tasks(50).map(async (task) => {
      await pusher.push(task);
      t.true(done.includes(task));
    }),
  );
  t.deepEqual(done.sort(), tasks(50).sort());
});

test("fair gives each its turn, least loaded the one with most to spare", async (t) => {
  for (const [policy, shares] of [
    ["fair", [4, 4]],
    ["least-loaded", [2, 6]],
  ] as const) {
    const { pusher, workers } = pipeline(t, { a: stuck, b: { ...stuck, credit: 12 } }, { policy });
    await travel();
    for (const task of tasks(8)) void pusher.push(task).catch(() => undefined);
    await travel();
    t.deepEqual([workers.a!.taken.length, workers.b!.taken.length], [...shares]);
  }
});

test("a slow worker is not buried: it gets no more than its credit", async (t) => {
  const { pusher, workers } = pipeline(t, { slow: stuck, fast: quick });
  await travel();
  const pushed = tasks(100).map((task) => pusher.push(task).catch(() => undefined));
  for (let i = 0; i < 100; i++) await travel();
  t.is(workers.slow!.taken.length, 4);
  t.is(workers.fast!.taken.length, 96);
  t.is(pusher.metrics().tasksHandedOut, 4);
  await Promise.all(pushed.slice(8));
});

test("at most once fails the tasks of a lost worker; at least once gives them to another", async (t) => {
  for (const attemptsMax of [1, 2]) {
    const { clock, pusher, workers } = pipeline(t, { lost: stuck }, { attemptsMax, leaseMs: 9_000 });
    await travel();
    const pushed = pusher.push("precious");
    const failed = attemptsMax === 1 && t.throwsAsync(pushed, { instanceOf: TaskFailedError });
    await travel();
    t.deepEqual(workers.lost!.taken, ["precious"]);
    await workers.lost!.transport[Symbol.asyncDispose]();
    clock.pass(12_000);
    await travel();
    t.is(pusher.metrics().workers, 0);
    t.is(pusher.metrics().tasksWaiting, attemptsMax - 1);
    if (failed) t.is((await failed)?.remoteCode, "ERR_WORKER_LOST");
    else void pushed.catch(() => undefined);
  }
});

test("a task or an answer that was lost on the way is found missing after a lease; what is worked on is not", async (t) => {
  for (const kind of [PipelineKind.TASK, PipelineKind.DONE])
    for (const attemptsMax of [1, 2]) {
      const losses = { left: 1 };
      const { clock, pusher, workers } = pipeline(
        t,
        { a: { credit: 4, handler: (task) => (task === "long" ? new Promise(() => {}) : undefined) } },
        { attemptsMax, leaseMs: 9_000 },
        (message) => message.kind === kind && losses.left-- > 0,
      );
      await travel();
      const lost = pusher.push("lost");
      const failed = attemptsMax === 1 && t.throwsAsync(lost, { instanceOf: TaskFailedError });
      await travel();
      void pusher.push("long").catch(() => undefined);
      for (let waited = 0; waited < 12_000; waited += 1_000) {
        clock.pass(1_000);
        await travel();
      }
      if (failed) t.is((await failed)?.remoteCode, "ERR_TASK_LOST");
      else await lost;
      const ofLost = workers.a!.taken.filter((task) => task === "lost").length;
      t.is(ofLost, attemptsMax - (kind === PipelineKind.TASK ? 1 : 0));
      t.is(workers.a!.taken.filter((task) => task === "long").length, 1);
      t.is(pusher.metrics().tasksHandedOut, 1);
    }
});

test("what a handler throws fails its task alone", async (t) => {
  const handler = (task: string) => {
    if (task === "bad") throw Object.assign(new Error("no"), { code: "ERR_BAD_TASK" });
  };
  const { pusher } = pipeline(t, { a: { credit: 1, handler } });
  const bad = t.throwsAsync(pusher.push("bad"), { instanceOf: TaskFailedError });
  await pusher.push("good");
  t.is((await bad)?.remoteCode, "ERR_BAD_TASK");
});

test("the queue is bounded, and closing fails what waits", async (t) => {
  const { pusher } = pipeline(t, {}, { queueMax: 1 });
  const first = t.throwsAsync(pusher.push("1"), { code: "ERR_TRANSPORT_CLOSED" });
  await t.throwsAsync(pusher.push("2"), { code: "ERR_QUEUE_FULL" });
  await pusher[Symbol.asyncDispose]();
  await first;
});

test("a worker that leaves takes no new tasks", async (t) => {
  const { pusher, workers } = pipeline(t, { a: quick, b: quick });
  await travel();
  t.is(pusher.metrics().workers, 2);
  workers.a!.worker[Symbol.dispose]();
  await travel();
  t.is(pusher.metrics().workers, 1);
  await pusher.push("x");
  t.deepEqual(workers.a!.taken, []);
});

test("a worker that has started again has lost what it was given before", async (t) => {
  const { clock, pusher, workers } = pipeline(t, { a: stuck }, { attemptsMax: 2 });
  await travel();
  const pushed = pusher.push("x");
  await travel();
  workers.a!.worker[Symbol.dispose]();
  clock.pass(10);
  const { transport } = workers.a!;
  const taken: string[] = [];
  createWorker({ transport, clock }, text, ["source"], (task) => void taken.push(task));
  await pushed;
  t.deepEqual(taken, ["x"]);
});
