import { type Driver, drive, type Host, type NodeId, type Wait } from "@coterie/host";
import { type AtomicFile, openAtomicFile } from "@coterie/storage";
import type { Channel } from "@coterie/transport";
import { GossipCore, type OwnEffect } from "./core/core.ts";
import { OptionError, StoppedError, TimeoutError } from "./errors.ts";
import { Message, Stored } from "./gen/gossip.ts";

/** Options of `createGossip`. Durations in milliseconds. */
export interface GossipOptions {
  /** Every node, this one too. */
  readonly nodes: readonly NodeId[];
  /** How long a peer may leave a message unanswered before it is sent again. Default: 200. */
  readonly resendIntervalMs?: number;
  /** How long `raise` waits when it is not told. Default: 10,000. */
  readonly timeoutMs?: number;
}

/** One node of the protocol. */
export interface Gossip extends AsyncDisposable {
  /** The greatest number that this node knows of. */
  readonly value: number;
  /**
   * Makes the number at least `value` on every node. Resolves once every node has it on disk. `value` is a safe
   * integer of at least 0. Throws `OptionError`, `TimeoutError`, `StoppedError`, or the signal's reason.
   */
  raise(value: number, wait?: Wait): Promise<void>;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}

/** Starts this host's node on what its disk holds. Throws `OptionError`, and what the disk throws. */
export async function createGossip(host: Host, options: GossipOptions): Promise<Gossip> {
  const { nodes, resendIntervalMs = 200, timeoutMs = 10_000 } = options;
  if (!nodes.includes(host.id)) throw new OptionError(`nodes (${nodes.join(", ")}) does not name ${host.id}`);
  for (const [name, value] of Object.entries({ resendIntervalMs, timeoutMs }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new OptionError(`${name} must be a positive number, not ${value}`);
  const file = await openAtomicFile(host.disk, "gossip/value");
  const peers = nodes.filter((id) => id !== host.id);
  const value = file.value ? Stored.decode(file.value).value : 0;
  const core = new GossipCore({ peers, resendIntervalMs, value });
  return new GossipNode(host, core, file, timeoutMs);
}

interface Waiter {
  readonly value: number;
  readonly end: (error?: unknown) => void;
}

class GossipNode implements Gossip {
  readonly #host: Host;
  readonly #core: GossipCore;
  readonly #driver: Driver;
  readonly #timeoutMs: number;
  readonly #waiters: Set<Waiter> = new Set();
  #everywhere = 0;
  #raises = 0;
  #closed = false;

  constructor(host: Host, core: GossipCore, file: AtomicFile, timeoutMs: number) {
    this.#host = host;
    this.#core = core;
    this.#timeoutMs = timeoutMs;
    const channel: Channel<Message> = host.transport.open("gossip", Message);
    this.#driver = drive<Message, Stored, OwnEffect>(host, {
      name: "gossip",
      core,
      channel,
      // Numbers only rise: the last record stands for all before it.
      persist: (records) => file.replace(Stored.encode(records.at(-1)!).finish()),
      perform: (effect) => this.#perform(effect),
    });
    host.failed.addEventListener("abort", this.#stop, { once: true });
  }

  get value(): number {
    return this.#core.value;
  }

  #perform(effect: OwnEffect): void {
    if (effect.type === "stored") return this.#core.stored(effect.value);
    this.#everywhere = effect.value;
    for (const waiter of [...this.#waiters]) if (waiter.value <= effect.value) waiter.end();
  }

  async raise(value: number, wait: Wait = {}): Promise<void> {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new OptionError(`${value} is no safe integer of at least 0`);
    if (this.#closed) throw new StoppedError({ cause: this.#host.failed.reason });
    wait.signal?.throwIfAborted();
    this.#raises++;
    this.#core.raise(value, this.#host.clock.now());
    this.#driver.touch();
    if (value > this.#everywhere) await this.#untilEverywhere(value, wait);
  }

  #untilEverywhere(value: number, { signal, timeoutMs = this.#timeoutMs }: Wait): Promise<void> {
    const { clock } = this.#host;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        value,
        end: (error) => {
          this.#waiters.delete(waiter);
          callOff();
          signal?.removeEventListener("abort", abort);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const abort = (): void => waiter.end(signal?.reason);
      const callOff = clock.wake(clock.now() + timeoutMs, () =>
        waiter.end(new TimeoutError(value, timeoutMs)),
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      value: this.#core.value,
      everywhere: this.#everywhere,
      waiting: this.#waiters.size,
      raises_total: this.#raises,
    };
  }

  readonly #stop = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.failed.removeEventListener("abort", this.#stop);
    for (const waiter of [...this.#waiters])
      waiter.end(new StoppedError({ cause: this.#host.failed.reason }));
    this.#driver[Symbol.dispose]();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
  }
}
