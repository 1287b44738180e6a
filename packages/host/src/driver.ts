import type { Cancel, Channel } from "@coterie/transport";
import type { Core, Effect, Persist, Send } from "./core.ts";
import type { Host } from "./host.ts";

/**
 * How late a wake-up may come, in milliseconds, before the driver lets the event loop read its sockets once more.
 * After a stall the timers run first: a core would take the silence of its own process for that of its peers.
 */
const stallMs = 20;

export interface DriverParts<Message, Record, Own extends { readonly type: string }> {
  /** Names the crash points: `<name>:before-send`, `:after-send`, `:before-persist`, `:after-persist`. */
  readonly name: string;
  readonly core: Core<Message, Record, Own>;
  readonly channel: Channel<Message>;
  /** Writes records durably, in order. Calls complete in the order they were made; none is retried. */
  readonly persist: (records: readonly Record[]) => Promise<void>;
  /** Carries out the protocol's own effects. */
  readonly perform: (effect: Own) => void;
}

export interface Driver extends Disposable {
  /** Something was fed to the core directly: its effects are carried out at the end of this turn. */
  touch(): void;
}

/**
 * Runs a core on a host: messages and time in, effects out. Everything that is fed in one turn of the event loop is
 * drained once, at its end, so that it shares messages and disk writes. An error of the core or the disk fails the
 * host; nothing more is drained then.
 */
export function drive<Message, Record, Own extends { readonly type: string }>(
  host: Host,
  parts: DriverParts<Message, Record, Own>,
): Driver {
  return new CoreDriver(host, parts);
}

class CoreDriver<Message, Record, Own extends { readonly type: string }> implements Driver {
  readonly #host: Host;
  readonly #parts: DriverParts<Message, Record, Own>;
  readonly #point: (where: "before-send" | "after-send" | "before-persist" | "after-persist") => void;
  #touched = false;
  #stopped = false;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: Cancel = () => {};

  constructor(host: Host, parts: DriverParts<Message, Record, Own>) {
    this.#host = host;
    this.#parts = parts;
    const points = {
      "before-send": `${parts.name}:before-send`,
      "after-send": `${parts.name}:after-send`,
      "before-persist": `${parts.name}:before-persist`,
      "after-persist": `${parts.name}:after-persist`,
    };
    this.#point = (where) => host.reach(points[where]);
    host.failed.addEventListener("abort", this.#stop, { once: true });
    if (host.failed.aborted) this.#stop();
    parts.channel.receive((from, message) => {
      if (this.#stopped) return;
      this.#guard(() => parts.core.receive(from, message, host.clock.now()));
      this.touch();
    });
    this.touch();
  }

  touch(): void {
    if (this.#touched || this.#stopped) return;
    this.#touched = true;
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    this.#touched = false;
    if (this.#stopped) return;
    this.#guard(() => {
      for (;;) {
        const effects = this.#parts.core.drain();
        if (effects.length === 0) break;
        this.#carryOut(effects);
      }
      this.#arm();
    });
  }

  #carryOut(effects: readonly Effect<Message, Record, Own>[]): void {
    for (const effect of effects) {
      if (this.#stopped) return;
      if (isSend(effect)) {
        this.#point("before-send");
        this.#parts.channel.send(effect.to, effect.message);
        this.#point("after-send");
      } else if (isPersist(effect)) this.#persist(effect.records, effect.whenDurable);
      else this.#parts.perform(effect as Own);
    }
  }

  #persist(records: readonly Record[], whenDurable: readonly Effect<Message, Record, Own>[]): void {
    this.#point("before-persist");
    this.#parts.persist(records).then(
      () => {
        if (this.#stopped) return;
        this.#guard(() => {
          this.#point("after-persist");
          this.#carryOut(whenDurable);
        });
        this.touch();
      },
      (error: unknown) => {
        if (!this.#stopped) this.#fail(error);
      },
    );
  }

  /** Keeps one wake-up, for the earliest deadline seen: deadlines mostly move later, and re-arming costs. */
  #arm(): void {
    const { deadline } = this.#parts.core;
    if (deadline >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = deadline;
    this.#disarm = this.#host.clock.wake(deadline, () => this.#wake(false));
  }

  #wake(polled: boolean): void {
    if (this.#stopped) return;
    const { clock } = this.#host;
    const now = clock.now();
    const late = now - this.#armedFor > stallMs;
    if (late && !polled) {
      this.#disarm = clock.wake(now, () => this.#wake(true));
      return;
    }
    this.#armedFor = Number.POSITIVE_INFINITY;
    if (now >= this.#parts.core.deadline) this.#guard(() => this.#parts.core.advance(now));
    this.touch();
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#stop();
    this.#host.fail(error instanceof Error ? error : new Error(String(error)));
  }

  readonly #stop = (): void => {
    this.#stopped = true;
    this.#disarm();
  };

  [Symbol.dispose](): void {
    this.#stop();
    this.#host.failed.removeEventListener("abort", this.#stop);
    this.#parts.channel[Symbol.dispose]();
  }
}

function isSend<M, R, O extends { readonly type: string }>(effect: Effect<M, R, O>): effect is Send<M> {
  return effect.type === "send";
}

function isPersist<M, R, O extends { readonly type: string }>(
  effect: Effect<M, R, O>,
): effect is Persist<M, R, O> {
  return effect.type === "persist";
}
