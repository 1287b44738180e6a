import { createHybridClock, hybridStamp } from "@coterie/clocks";
import { type Driver, drive, type Host, type Wait } from "@coterie/host";
import type { Channel } from "@coterie/transport";
import { compareTimes, type Time } from "../anti-entropy/entry.ts";
import {
  MapFullError,
  MessageTooLargeError,
  OptionError,
  StoppedError,
  TimeoutError,
  UndecodableValueError,
} from "../errors.ts";
import type { Entry, ReplicaRecord } from "../gen/replica.ts";
import { MapCore, type MapMessage, type MapOwn } from "./core.ts";
import { ReplicaJournal } from "./journal.ts";
import { type MapSettings, type ReplicatedMapOptions, settle } from "./options.ts";
import { mapCodec } from "./wire.ts";

/** A key has another value now, or none. */
export interface MapChange<Value> {
  readonly key: string;
  /** `undefined`: the key is gone. */
  readonly value: Value | undefined;
}

/** Which write a key stands at: equal on two nodes if and only if they have the same entry. */
export interface MapVersion {
  readonly wallMs: number;
  readonly logical: number;
  /** The node that wrote, and its epoch. */
  readonly writer: string;
  /** A death certificate. */
  readonly deleted: boolean;
}

/** A map of which every node has a copy. Reads are local and may lag behind; of two writes the later one wins. */
export interface ReplicatedMap<Value> extends AsyncDisposable {
  /** Keys with a value at this node. */
  readonly size: number;
  /** Throws `UndecodableValueError` for a value that the codec cannot read. */
  get(key: string): Value | undefined;
  has(key: string): boolean;
  /** Keys and values. What the codec cannot read is left out, and counted as `undecodable`. */
  entries(): IterableIterator<[string, Value]>;
  /**
   * Gives a key a value, visible here at once. Resolves once it is on this node's disk; everybody else hears of it.
   * Throws `OptionError` for a key that is empty or too long, `MessageTooLargeError`, `MapFullError`, `StoppedError`,
   * `TimeoutError` (it may be durable yet), the signal's reason, or what the codec throws.
   */
  set(key: string, value: Value, wait?: Wait): Promise<void>;
  /** Takes a key away, also one that only other nodes have. Resolves and throws as `set` does. */
  delete(key: string, wait?: Wait): Promise<void>;
  /**
   * Calls `listener` with every change of what is seen at this node. Answers how to stop it. A value that the codec
   * cannot read is left out, and counted as `undecodable`. A listener that throws fails the host.
   */
  watch(listener: (change: MapChange<Value>) => void): () => void;
  /** Which write of the key is the newest here; `undefined` for a key without one, and for a deletion that sleeps. */
  version(key: string): MapVersion | undefined;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}

/**
 * Opens this node's copy of a map. Throws `OptionError`, `ChannelInUseError` for a name in use, and what the disk throws.
 */
export async function createReplicatedMap<Value>(
  host: Host,
  options: ReplicatedMapOptions<Value>,
): Promise<ReplicatedMap<Value>> {
  const settings = settle(options);
  const opened = settings.durable
    ? await ReplicaJournal.open(host, {
        name: settings.name,
        segmentBytes: settings.journalSegmentBytes,
        recordBytesMax: settings.keyLengthMax * 3 + settings.valueBytesMax,
      })
    : { journal: undefined, found: [] };
  try {
    return new MapNode(host, settings, opened.journal, opened.found);
  } catch (error) {
    await opened.journal?.close();
    throw error;
  }
}

interface Waiter {
  readonly ticket: number;
  readonly end: (error?: unknown) => void;
}

class MapNode<Value> implements ReplicatedMap<Value> {
  readonly #host: Host;
  readonly #settings: MapSettings<Value>;
  readonly #journal: ReplicaJournal | undefined;
  readonly #core: MapCore;
  readonly #driver: Driver;
  readonly #listeners: Set<(change: MapChange<Value>) => void> = new Set();
  readonly #waiters: Set<Waiter> = new Set();
  #durable = 0;
  /** How often a value was left out. */
  #undecodable = 0;
  #closed = false;

  constructor(
    host: Host,
    settings: MapSettings<Value>,
    journal: ReplicaJournal | undefined,
    found: readonly ReplicaRecord[],
  ) {
    this.#host = host;
    this.#settings = settings;
    this.#journal = journal;
    this.#core = openCore(host, settings, found);
    const channelName = `gossip:${settings.name}`;
    const wire = mapCodec({ keyLengthMax: settings.keyLengthMax, valueBytesMax: settings.valueBytesMax });
    const channel: Channel<MapMessage> = host.transport.open(channelName, wire, {
      droppable: true,
      lane: "bulk",
    });
    this.#driver = drive<MapMessage, ReplicaRecord, MapOwn>(host, {
      name: channelName,
      core: this.#core,
      channel,
      persist: (records) => this.#persist(records),
      perform: (effect) => this.#perform(effect),
    });
    host.failed.addEventListener("abort", this.#stop, { once: true });
  }

  get size(): number {
    return this.#core.replica.live;
  }

  get(key: string): Value | undefined {
    const entry = this.#core.replica.get(key);
    return entry === undefined || entry.deleted ? undefined : this.#decode(entry);
  }

  has(key: string): boolean {
    return this.#core.replica.get(key)?.deleted === false;
  }

  *entries(): IterableIterator<[string, Value]> {
    for (const entry of this.#core.replica.values()) {
      const read = this.#read(entry);
      if (read !== undefined) yield [entry.key, read.value];
    }
  }

  async set(key: string, value: Value, wait: Wait = {}): Promise<void> {
    const bytes = this.#settings.codec.encode(value).finish();
    const { valueBytesMax } = this.#settings;
    if (bytes.length > valueBytesMax) throw new MessageTooLargeError(bytes.length, valueBytesMax);
    await this.#write(key, bytes, wait);
  }

  async delete(key: string, wait: Wait = {}): Promise<void> {
    await this.#write(key, null, wait);
  }

  watch(listener: (change: MapChange<Value>) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  version(key: string): MapVersion | undefined {
    const entry = this.#core.replica.get(key);
    if (entry === undefined) return undefined;
    const { wallMs, logical, writer, deleted } = entry;
    return { wallMs, logical, writer, deleted };
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#core.metrics(), waiting: this.#waiters.size, undecodable: this.#undecodable };
  }

  async #write(key: string, value: Uint8Array | null, { signal, timeoutMs = 10_000 }: Wait): Promise<void> {
    const { keyLengthMax } = this.#settings;
    if (typeof key !== "string" || key === "" || key.length > keyLengthMax)
      throw new OptionError(`A key has 1 to ${keyLengthMax} characters.`);
    signal?.throwIfAborted();
    if (this.#closed) throw new StoppedError({ cause: this.#host.failed.reason });
    const { replica } = this.#core;
    if (replica.full && replica.get(key) === undefined) throw new MapFullError(this.#settings.entriesMax);
    const ticket = this.#core.write(key, value, this.#host.clock.now());
    this.#driver.touch();
    await this.#untilDurable(ticket, signal, timeoutMs);
  }

  #untilDurable(ticket: number, signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
    const { clock } = this.#host;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        ticket,
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
        waiter.end(new TimeoutError("The write was not on disk", timeoutMs)),
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  async #persist(records: readonly ReplicaRecord[]): Promise<void> {
    const { replica } = this.#core;
    const now = this.#host.clock.now();
    await this.#journal?.persist(records, { size: replica.stored, records: () => replica.records(now) });
  }

  #perform(effect: MapOwn): void {
    if (effect.type === "changed") return this.#tell(effect.entry);
    this.#durable = Math.max(this.#durable, effect.ticket);
    for (const waiter of [...this.#waiters]) if (waiter.ticket <= this.#durable) waiter.end();
  }

  #tell(entry: Entry): void {
    if (this.#listeners.size === 0) return;
    const read = entry.deleted ? { value: undefined } : this.#read(entry);
    if (read === undefined) return;
    const change = { key: entry.key, value: read.value };
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** What another member wrote is no fault of this one: what cannot be read is counted, and nothing fails. */
  #read(entry: Entry): { readonly value: Value } | undefined {
    try {
      return { value: this.#decode(entry) };
    } catch {
      this.#undecodable++;
      return undefined;
    }
  }

  #decode({ key, value, writer }: Entry): Value {
    try {
      return this.#settings.codec.decode(value);
    } catch (cause) {
      throw new UndecodableValueError(key, writer, { cause });
    }
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
    await this.#journal?.close();
  }
}

/** A core on what the disk held. */
function openCore<Value>(host: Host, settings: MapSettings<Value>, found: readonly ReplicaRecord[]): MapCore {
  const random = host.random.fork(`gossip/${settings.name}`);
  const now = host.clock.now();
  const { wallMs, logical } = latestOf(found);
  const { driftMaxMs } = settings;
  const clock = createHybridClock(host.clock, { driftMaxMs, last: hybridStamp(wallMs, logical) });
  const identity = { id: host.id, writer: `${host.id}#${host.epoch}`, epoch: host.epoch };
  const heardMax = 10_000;
  const store = storeOf(found);
  const core = new MapCore(
    {
      ...settings,
      ...identity,
      heardMax,
      store: store ?? `${host.id}.${random.fork("store").uint32().toString(16)}`,
    },
    { clock, random, now },
  );
  for (const record of found) core.replica.restore(record, now, host.clock.wall());
  if (store === undefined) core.begin();
  return core;
}

function storeOf(found: readonly ReplicaRecord[]): string | undefined {
  for (const { record } of found) if (record?.$case === "store") return record.value;
  return undefined;
}

/** The greatest time on the disk: this node's clock goes on behind it. */
function latestOf(found: readonly ReplicaRecord[]): Time {
  let latest: Time = { wallMs: 0, logical: 0 };
  for (const { record } of found) {
    const time =
      record?.$case === "entry"
        ? record.value.entry
        : record?.$case === "forgotten"
          ? { wallMs: record.value.horizonWallMs, logical: record.value.horizonLogical }
          : undefined;
    if (time && compareTimes(time, latest) > 0) latest = time;
  }
  return latest;
}
