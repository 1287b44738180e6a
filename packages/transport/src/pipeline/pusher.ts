import type { Cancel, Clock } from "../clock.ts";
import { InvalidOptionError, QueueFullError, TaskFailedError, TransportClosedError } from "../errors.ts";
import { PipelineKind, PipelineMessage } from "../gen/pipeline.ts";
import type { Codec, NodeId, Transport } from "../transport.ts";
import { FastWriter } from "../wire/writer.ts";

export interface PusherOptions {
  /** The channel that tasks travel on, the same at the workers. Default: `pipeline`. */
  readonly channel?: string;
  /**
   * Whom the next task goes to: `least-loaded` is the worker that has the smallest share of its credit in use,
   * `fair` is each in turn. A worker without credit left is passed over. Default: `least-loaded`.
   */
  readonly policy?: "least-loaded" | "fair";
  /**
   * How often a task is handed out at most. 1 is at most once: a task whose worker is lost, or that was lost on the
   * way, has failed. More is at least once: it is handed out again, and may then be carried out twice. Default: 1.
   */
  readonly attemptsMax?: number;
  /** A worker that was silent that long is lost. Workers speak three times as often. Default: 15,000 ms. */
  readonly leaseMs?: number;
  /** Tasks that may wait for a worker. Default: 10,000. */
  readonly queueMax?: number;
}

/** Hands tasks to whoever works on them. */
export interface Pusher<Task> extends AsyncDisposable {
  /**
   * Queues a task: submitted when this returns, done when the promise resolves, which is after its handler has
   * resolved. Rejects with `TaskFailedError`, `QueueFullError` or `TransportClosedError`.
   */
  push(task: Task): Promise<void>;
  /** A snapshot of gauges: tasks that wait, tasks handed out, workers. */
  metrics(): Readonly<Record<string, number>>;
}

interface Job {
  readonly id: number;
  readonly body: Uint8Array;
  attempts: number;
  handedOutAt: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Worker {
  /** A worker that has started again has forgotten what it was given. */
  readonly life: number;
  credit: number;
  leaseEnds: number;
  readonly jobs: Map<number, Job>;
}

/** Opens the channel as the pushing side; one per transport and channel name. */
export function createPusher<Task>(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  codec: Codec<Task>,
  options: PusherOptions = {},
): Pusher<Task> {
  const { policy = "least-loaded", attemptsMax = 1, leaseMs = 15_000, queueMax = 10_000 } = options;
  for (const [name, value] of Object.entries({ attemptsMax, leaseMs, queueMax }))
    if (!(value > 0)) throw new InvalidOptionError(`${name} is ${value}: use a number above 0`);
  const channel = transport.open(options.channel ?? "pipeline", PipelineMessage, { lane: "bulk" });
  const life = Math.floor(clock.wall()) >>> 0;
  const writer = new FastWriter();
  const workers = new Map<NodeId, Worker>();
  let queue: Job[] = [];
  let lastId = 0;
  let cancelCheck: Cancel = () => {};
  let closed = false;

  const pick = (): [NodeId, Worker] | undefined => {
    let best: [NodeId, Worker] | undefined;
    let bestLoad = 1;
    for (const [id, worker] of workers) {
      const load = worker.jobs.size / worker.credit;
      // A worker that takes nothing more has a load of 1 / 0, or 0 / 0.
      if (!(load < bestLoad)) continue;
      best = [id, worker];
      bestLoad = load;
      if (policy === "fair") break;
    }
    return best;
  };

  const dispatch = (): void => {
    while (queue.length > 0) {
      const chosen = pick();
      if (chosen === undefined) return;
      const [id, worker] = chosen;
      const job = queue.shift()!;
      job.attempts++;
      job.handedOutAt = clock.now();
      worker.jobs.set(job.id, job);
      // The map's order is the order of turns: whoever got one goes to the end.
      workers.delete(id);
      workers.set(id, worker);
      const { id: task, body } = job;
      const kind = PipelineKind.TASK;
      if (!channel.send(id, { kind, life, id: task, credit: 0, body, code: "", message: "", holding: [] }))
        lose(id, worker);
    }
  };

  /** What was lost is handed out again, before what was never handed out. */
  const again = (jobs: Iterable<Job>, code: string, why: string): void => {
    const retried: Job[] = [];
    for (const job of jobs) {
      if (job.attempts < attemptsMax) retried.push(job);
      else job.reject(new TaskFailedError(code, why));
    }
    queue = [...retried, ...queue];
  };

  const lose = (id: NodeId, worker: Worker): void => {
    workers.delete(id);
    again(worker.jobs.values(), "ERR_WORKER_LOST", `its worker "${id}" was lost`);
  };

  /** A task that its worker still does not hold after a lease was lost on the way, or its answer was. */
  const reconcile = (id: NodeId, worker: Worker, holding: readonly number[]): void => {
    const held = new Set(holding);
    const lost = [...worker.jobs.values()].filter(
      (job) => !held.has(job.id) && job.handedOutAt + leaseMs <= clock.now(),
    );
    for (const job of lost) worker.jobs.delete(job.id);
    again(lost, "ERR_TASK_LOST", `it was lost on the way to "${id}", or its answer on the way back`);
  };

  const check = (): void => {
    for (const [id, worker] of [...workers]) if (worker.leaseEnds <= clock.now()) lose(id, worker);
    dispatch();
    cancelCheck = clock.wake(clock.now() + leaseMs / 3, check);
  };

  channel.receive((from, message) => {
    if (message.kind === PipelineKind.READY) {
      const known = workers.get(from);
      if (known !== undefined && known.life !== message.life) lose(from, known);
      const worker = workers.get(from) ?? { life: message.life, credit: 0, leaseEnds: 0, jobs: new Map() };
      worker.credit = message.credit;
      worker.leaseEnds = clock.now() + leaseMs;
      reconcile(from, worker, message.holding);
      if (message.credit > 0) workers.set(from, worker);
      else if (worker.jobs.size === 0) workers.delete(from);
    } else if (message.kind === PipelineKind.DONE && message.life === life) {
      const worker = workers.get(from);
      const job = worker?.jobs.get(message.id);
      if (worker === undefined || job === undefined) return;
      worker.jobs.delete(message.id);
      if (message.code === "") job.resolve();
      else job.reject(new TaskFailedError(message.code, message.message));
    }
    dispatch();
  });
  check();

  return {
    push(task) {
      if (closed) return Promise.reject(new TransportClosedError(transport.id));
      if (queue.length >= queueMax) return Promise.reject(new QueueFullError(queueMax));
      return new Promise((resolve, reject) => {
        codec.encode(task, writer);
        lastId = (lastId + 1) >>> 0;
        queue.push({ id: lastId, body: writer.finish(), attempts: 0, handedOutAt: 0, resolve, reject });
        dispatch();
      });
    },
    metrics() {
      let handedOut = 0;
      for (const { jobs } of workers.values()) handedOut += jobs.size;
      return { tasksWaiting: queue.length, tasksHandedOut: handedOut, workers: workers.size };
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      cancelCheck();
      const error = new TransportClosedError(transport.id);
      for (const job of queue) job.reject(error);
      for (const { jobs } of workers.values()) for (const job of jobs.values()) job.reject(error);
      channel[Symbol.dispose]();
    },
  };
}
