import type { Cancel, Clock } from "../clock.ts";
import { InvalidOptionError } from "../errors.ts";
import { PipelineKind, PipelineMessage } from "../gen/pipeline.ts";
import type { Codec, NodeId, Transport } from "../transport.ts";

export interface WorkerOptions {
  /** The channel that tasks travel on, the same at the pushers. Default: `pipeline`. */
  readonly channel?: string;
  /** Tasks of one pusher that this worker takes at a time, waiting ones included. Default: 16. */
  readonly credit?: number;
  /** The lease that the pushers give; this worker speaks three times as often. Default: 15,000 ms. */
  readonly leaseMs?: number;
}

const nothing = new Uint8Array(0);

/** What is being worked on for one life of a pusher. */
interface Held {
  readonly life: number;
  readonly tasks: Set<number>;
}

/**
 * Works on the tasks of some pushers until it is disposed of. A task is done once the handler has resolved; what
 * it throws reaches the pusher as a `TaskFailedError`. Opens the channel; one per transport and channel name.
 */
export function createWorker<Task>(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  codec: Codec<Task>,
  pushers: readonly NodeId[],
  handler: (task: Task, from: NodeId) => void | Promise<void>,
  options: WorkerOptions = {},
): Disposable {
  const { credit = 16, leaseMs = 15_000 } = options;
  for (const [name, value] of Object.entries({ credit, leaseMs }))
    if (!(value > 0)) throw new InvalidOptionError(`${name} is ${value}: use a number above 0`);
  const channel = transport.open(options.channel ?? "pipeline", PipelineMessage, { lane: "bulk" });
  const empty = { life: 0, id: 0, credit: 0, body: nothing, code: "", message: "", holding: [] };
  const held = new Map<NodeId, Held>();
  let cancelReady: Cancel = () => {};

  const life = Math.floor(clock.wall()) >>> 0;
  const say = (taking: number): void => {
    for (const pusher of pushers) {
      const holding = [...(held.get(pusher)?.tasks ?? [])];
      channel.send(pusher, { ...empty, kind: PipelineKind.READY, life, credit: taking, holding });
    }
  };
  const ready = (): void => {
    say(credit);
    cancelReady = clock.wake(clock.now() + leaseMs / 3, ready);
  };

  /** A pusher that has started again counts its tasks anew. */
  const heldFor = (pusher: NodeId, life: number): Held => {
    const known = held.get(pusher);
    if (known?.life === life) return known;
    const fresh: Held = { life, tasks: new Set() };
    held.set(pusher, fresh);
    return fresh;
  };

  const work = async (from: NodeId, { life, id, body }: PipelineMessage): Promise<void> => {
    const { tasks } = heldFor(from, life);
    tasks.add(id);
    const done = { ...empty, kind: PipelineKind.DONE, life, id };
    try {
      await handler(codec.decode(body), from);
      channel.send(from, done);
    } catch (error) {
      const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
      channel.send(from, {
        ...done,
        code: typeof code === "string" && code !== "" ? code : "ERR_INTERNAL",
        message: (typeof message === "string" ? message : String(error)).slice(0, 4_096),
      });
    } finally {
      tasks.delete(id);
    }
  };

  channel.receive((from, message) => {
    if (message.kind === PipelineKind.TASK && pushers.includes(from)) void work(from, message);
  });
  ready();
  return {
    [Symbol.dispose]() {
      cancelReady();
      say(0);
      channel[Symbol.dispose]();
    },
  };
}
