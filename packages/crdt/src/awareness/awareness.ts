import { checkCount, checkDuration, checkOptions } from "../arguments.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import { type Codec, checkedCodec } from "../kernel/codec.ts";
import { takeIn } from "../kernel/writable.ts";
import { checkReplicaId } from "../sequence/replicas.ts";

export interface AwarenessOptions {
  readonly replica: string;
  /** Who has not been heard of for so long is taken to be gone. Default 30,000. */
  readonly timeoutMs?: number;
  /** Replicas that are remembered; further ones are ignored. Default 1,024. */
  readonly replicasMax?: number;
}

/** Who came, changed and went, by replica id. */
export interface AwarenessChange {
  readonly joined: readonly string[];
  readonly updated: readonly string[];
  readonly left: readonly string[];
}

/**
 * Who is here and what they are doing: names, cursors, selections. Each replica writes its own state, the newest one
 * counts, and nothing is kept of those who are gone. `nowMs` is any clock that does not go back, read by the caller.
 */
export interface Awareness<T> {
  /** The states of those who are here, this replica included. */
  readonly states: ReadonlyMap<string, T>;
  /** Writes the own state, or leaves with undefined; returns the message for all others. */
  set(state: T | undefined, nowMs: number): Uint8Array;
  /**
   * Forgets who was silent for too long. Call it now and then, at least twice in a timeout, and send `message` when there
   * is one: it says that this replica is still here.
   */
  tick(nowMs: number): { readonly left: readonly string[]; readonly message: Uint8Array | undefined };
  /** All that is known, for somebody who joins. */
  snapshot(): Uint8Array;
  /** Takes a message. Throws CorruptBytesError, and changes nothing, when it is bad. */
  apply(message: Uint8Array, nowMs: number): AwarenessChange;
}

interface Entry<T> {
  /** Counts the writings of a replica; of two, the higher one is newer. */
  readonly clock: number;
  /** undefined for one who has left and is remembered so that an old message does not bring it back. */
  readonly state: T | undefined;
  readonly heardMs: number;
}

const MESSAGE = 0xc6;
/** Far from the end of the safe integers, so that a replica can always write after what it has heard of itself. */
const CLOCK_MAX = 2 ** 52;

export function createAwareness<T>(codec: Codec<T>, options: AwarenessOptions): Awareness<T> {
  return new Presence(codec, options);
}

class Presence<T> implements Awareness<T> {
  readonly #codec: Codec<T>;
  readonly #replica: string;
  readonly #timeoutMs: number;
  readonly #replicasMax: number;
  readonly #entries = new Map<string, Entry<T>>();
  #saidMs = 0;

  constructor(codec: Codec<T>, options: AwarenessOptions) {
    checkOptions(options, ["replica", "timeoutMs", "replicasMax"]);
    const { replica, timeoutMs = 30_000, replicasMax = 1024 } = options;
    checkReplicaId(replica);
    checkDuration("timeoutMs", timeoutMs);
    checkCount("replicasMax", replicasMax);
    this.#codec = checkedCodec(codec);
    this.#replica = replica;
    this.#timeoutMs = timeoutMs;
    this.#replicasMax = replicasMax;
  }

  get states(): ReadonlyMap<string, T> {
    const states = new Map<string, T>();
    for (const [replica, { state }] of this.#entries) if (state !== undefined) states.set(replica, state);
    return states;
  }

  set(state: T | undefined, nowMs: number): Uint8Array {
    const clock = (this.#entries.get(this.#replica)?.clock ?? 0) + 1;
    const entry = { clock, state: state === undefined ? state : takeIn(this.#codec, state), heardMs: nowMs };
    const message = this.#encode([[this.#replica, entry]]);
    this.#entries.set(this.#replica, entry);
    this.#saidMs = nowMs;
    return message;
  }

  tick(nowMs: number): { readonly left: readonly string[]; readonly message: Uint8Array | undefined } {
    const left: string[] = [];
    for (const [replica, { state, heardMs }] of this.#entries) {
      if (replica === this.#replica || nowMs - heardMs < this.#timeoutMs) continue;
      this.#entries.delete(replica);
      if (state !== undefined) left.push(replica);
    }
    const own = this.#entries.get(this.#replica)?.state;
    const due = own !== undefined && nowMs - this.#saidMs >= this.#timeoutMs / 2;
    return { left, message: due ? this.set(own, nowMs) : undefined };
  }

  snapshot(): Uint8Array {
    return this.#encode([...this.#entries]);
  }

  apply(message: Uint8Array, nowMs: number): AwarenessChange {
    const change = { joined: [] as string[], updated: [] as string[], left: [] as string[] };
    for (const [replica, entry] of this.#decode(message, nowMs)) {
      const before = this.#entries.get(replica);
      if (before !== undefined && entry.clock <= before.clock) continue;
      if (replica === this.#replica) this.#outdo(entry.clock, nowMs);
      else if (before !== undefined || this.#entries.size < this.#replicasMax) {
        this.#entries.set(replica, entry);
        if (before?.state === undefined && entry.state !== undefined) change.joined.push(replica);
        else if (before?.state !== undefined)
          (entry.state === undefined ? change.left : change.updated).push(replica);
      }
    }
    return change;
  }

  /** Somebody remembers a later writing of this replica, from an earlier life: what it writes next must come after. */
  #outdo(clock: number, nowMs: number): void {
    const state = this.#entries.get(this.#replica)?.state;
    this.#entries.set(this.#replica, { clock, state, heardMs: nowMs });
    // Said again at the next tick, under a higher clock.
    this.#saidMs = Number.NEGATIVE_INFINITY;
  }

  #encode(entries: readonly (readonly [string, Entry<T>])[]): Uint8Array {
    const writer = new Writer();
    writer.byte(MESSAGE);
    writer.uint(entries.length);
    for (const [replica, { clock, state }] of entries) {
      writer.text(replica);
      writer.uint(clock);
      writer.byte(state === undefined ? 0 : 1);
      if (state !== undefined) this.#codec.write(writer, state);
    }
    return writer.sealed();
  }

  #decode(message: Uint8Array, heardMs: number): [string, Entry<T>][] {
    const reader = Reader.sealed(message);
    if (reader.byte() !== MESSAGE) throw new CorruptBytesError("they are not an awareness message");
    const entries: [string, Entry<T>][] = [];
    for (let left = reader.count(3); left > 0; left--) {
      const replica = reader.text();
      const clock = reader.uint();
      const here = reader.byte();
      if (replica === "" || clock > CLOCK_MAX || here > 1)
        throw new CorruptBytesError("an entry is impossible");
      entries.push([replica, { clock, state: here === 1 ? this.#codec.read(reader) : undefined, heardMs }]);
    }
    reader.finish();
    return entries;
  }
}
