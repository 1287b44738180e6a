import { checkCount, checkOptions, told } from "../arguments.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import { copy, decode, encode, type Lattice } from "../kernel/lattice.ts";

export interface DeltaSyncOptions {
  /**
   * Grows with every start of this replica: acknowledgements of an earlier life mean nothing in this one, and peers do
   * not take for granted that what an earlier life had is still there.
   */
  readonly incarnation: number;
  /** Deltas kept for peers that have not acknowledged them; who is further behind gets the state. Default 1,024. */
  readonly deltasMax?: number;
  /** Peers whose acknowledgements are remembered. Default 1,024. */
  readonly peersMax?: number;
}

/** Replicates one state to peers by deltas: no sockets, no timers; give the messages to any road that may lose them. */
export interface DeltaSync<State> {
  /** To be read, and changed by `change` alone. */
  readonly state: State;
  /**
   * Changes the state by one of its mutators, and keeps the delta that this returns for the peers. Throws
   * InvalidArgumentError when `mutate` returns none: what it has changed then is not sent.
   */
  change(mutate: (state: State) => State): void;
  /**
   * What to send to a peer now: the deltas it has not acknowledged, as one, or the whole state; undefined when it has
   * everything. Call it again after a while as long as there is something: messages may be lost.
   */
  messageFor(peer: string): Uint8Array | undefined;
  /**
   * Takes a peer's message; returns the acknowledgement to send back, if it is one that wants it. Throws
   * CorruptBytesError and changes nothing when it is bad, InvalidArgumentError when there are too many peers.
   */
  receive(from: string, message: Uint8Array): Uint8Array | undefined;
  /** Forgets a peer that has left. */
  forget(peer: string): void;
  /** Deltas that are kept. */
  readonly buffered: number;
}

interface Kept<State> {
  readonly delta: State;
  /** The peer it came from, in that life, which need not get it back. */
  readonly origin: string | undefined;
}

interface Peer {
  readonly incarnation: number;
  /** The number up to which it has everything. */
  readonly acknowledged: number;
}

const MESSAGE = 0xc5;
const STATE = 0;
const ACKNOWLEDGEMENT = 1;
const DELTA = 2;

/**
 * Delta-based anti-entropy (Almeida, Shoker, Baquero 2018, section 6, Algorithm 2), with the two refinements of Enes et
 * al., "Efficient Synchronization of State-based CRDTs" (2019): a delta does not go back to where it came from, and only
 * what was new in a received one is passed on.
 */
export function createDeltaSync<State>(
  type: Lattice<State>,
  options: DeltaSyncOptions,
  state: State = type.bottom(),
): DeltaSync<State> {
  return new Deltas(type, options, state);
}

class Deltas<State> implements DeltaSync<State> {
  readonly state: State;
  readonly #type: Lattice<State>;
  readonly #incarnation: number;
  readonly #deltasMax: number;
  readonly #peersMax: number;
  #kept: Kept<State>[] = [];
  /** Number of the first kept delta. What was there at the start counts as number 0: everyone begins with the state. */
  #first = 1;
  readonly #peers = new Map<string, Peer>();

  constructor(type: Lattice<State>, options: DeltaSyncOptions, state: State) {
    checkOptions(options, ["incarnation", "deltasMax", "peersMax"]);
    const { incarnation, deltasMax = 1024, peersMax = 1024 } = options;
    for (const [name, value] of Object.entries({ incarnation, deltasMax, peersMax }))
      checkCount(name, value, 0);
    this.#type = type;
    this.state = state;
    this.#incarnation = incarnation;
    this.#deltasMax = deltasMax;
    this.#peersMax = peersMax;
  }

  get buffered(): number {
    return this.#kept.length;
  }

  change(mutate: (state: State) => State): void {
    const delta: unknown = mutate(this.state);
    if (delta === null || typeof delta !== "object")
      throw new InvalidArgumentError(
        `What is given to change returns the delta, as in change((tags) => type.add(tags, "ann", "draft")), and not ` +
          `${told(delta)}. What it changed stays here, and is not sent.`,
      );
    this.#keep(delta as State, undefined);
  }

  messageFor(peer: string): Uint8Array | undefined {
    const next = this.#first + this.#kept.length;
    const known = this.#peers.get(peer);
    const from = known?.acknowledged ?? 0;
    if (from >= next) return undefined;
    if (known === undefined || from < this.#first) return this.#stateMessage(next);
    const life = lifeOf(peer, known.incarnation);
    const missing = this.#kept.slice(from - this.#first).filter(({ origin }) => origin !== life);
    if (missing.length === 0) {
      // It has all of them from before: they came from it.
      this.#peers.set(peer, { ...known, acknowledged: next });
      this.#drop();
      return undefined;
    }
    const joined = this.#type.bottom();
    for (const { delta } of missing) this.#type.merge(joined, delta);
    return this.#deltaMessage(next, known.incarnation, joined);
  }

  receive(from: string, message: Uint8Array): Uint8Array | undefined {
    const reader = Reader.sealed(message);
    if (reader.byte() !== MESSAGE) throw new CorruptBytesError("they are not a message of this kind");
    const kind = reader.byte();
    const incarnation = reader.uint();
    const number = reader.uint();
    if (kind === ACKNOWLEDGEMENT) {
      const own = reader.uint();
      reader.finish();
      if (own === this.#incarnation) this.#acknowledge(from, incarnation, number);
      return undefined;
    }
    if (kind !== STATE && kind !== DELTA) throw new CorruptBytesError("they are not a message of this kind");
    // What was meant for an earlier life goes on from what that one had: taken in, but not acknowledged.
    const isComplete = kind === STATE || reader.uint() === this.#incarnation;
    const received = decode(this.#type, reader.block());
    reader.finish();
    this.#hear(from, incarnation);
    const fresh = this.#type.delta(received, this.state);
    if (!this.#type.equals(fresh, this.#type.bottom())) {
      this.#type.merge(this.state, fresh);
      this.#keep(fresh, lifeOf(from, incarnation));
    }
    return isComplete ? this.#acknowledgement(number, incarnation) : undefined;
  }

  forget(peer: string): void {
    this.#peers.delete(peer);
    this.#drop();
  }

  /** Who begins a new life may have lost everything: it gets the whole state, as at the first time. */
  #hear(peer: string, incarnation: number): void {
    const known = this.#peers.get(peer);
    if (known ? known.incarnation < incarnation : this.#peers.size < this.#peersMax)
      this.#peers.set(peer, { incarnation, acknowledged: 0 });
  }

  #keep(delta: State, origin: string | undefined): void {
    this.#kept.push({ delta: copy(this.#type, delta), origin });
    this.#drop();
  }

  #acknowledge(peer: string, incarnation: number, number: number): void {
    if (number > this.#first + this.#kept.length) return;
    const known = this.#peers.get(peer);
    if (known !== undefined && known.incarnation > incarnation) return;
    if (known === undefined && this.#peers.size >= this.#peersMax)
      throw new InvalidArgumentError(
        `There are already ${this.#peersMax} peers: forget those that have left.`,
      );
    const before = known?.incarnation === incarnation ? known.acknowledged : 0;
    this.#peers.set(peer, { incarnation, acknowledged: Math.max(number, before) });
    this.#drop();
  }

  /** Lets go of what all known peers have, and of the oldest beyond the bound. */
  #drop(): void {
    let least = Number.POSITIVE_INFINITY;
    for (const { acknowledged } of this.#peers.values()) least = Math.min(least, acknowledged);
    const done = Number.isFinite(least) ? Math.max(0, least - this.#first) : 0;
    const count = Math.min(this.#kept.length, Math.max(done, this.#kept.length - this.#deltasMax));
    if (count === 0) return;
    this.#kept = this.#kept.slice(count);
    this.#first += count;
  }

  #stateMessage(number: number): Uint8Array {
    const writer = this.#begin(STATE, number);
    writer.block(encode(this.#type, this.state));
    return writer.sealed();
  }

  /** Goes on from what the peer has acknowledged in that life. */
  #deltaMessage(number: number, incarnation: number, delta: State): Uint8Array {
    const writer = this.#begin(DELTA, number);
    writer.uint(incarnation);
    writer.block(encode(this.#type, delta));
    return writer.sealed();
  }

  #acknowledgement(number: number, incarnation: number): Uint8Array {
    const writer = this.#begin(ACKNOWLEDGEMENT, number);
    writer.uint(incarnation);
    return writer.sealed();
  }

  #begin(kind: number, number: number): Writer {
    const writer = new Writer();
    writer.byte(MESSAGE);
    writer.byte(kind);
    writer.uint(this.#incarnation);
    writer.uint(number);
    return writer;
  }
}

function lifeOf(peer: string, incarnation: number): string {
  return `${incarnation} ${peer}`;
}
