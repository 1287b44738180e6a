import { causalContext, mutableCausalContext } from "../context/causal-context.ts";
import { gapsMax } from "../context/intervals.ts";
import type { DotRange, MutableCausalContext } from "../context/types.ts";
import { IdentityConflictError, InvalidArgumentError, TooLargeError } from "../errors.ts";
import { assertReplicaId, type Dot, describe, type ReplicaId } from "../replica.ts";
import { cellsOf } from "../vector/cells.ts";
import {
  type MutableVersionVector,
  mutableVersionVector,
  type ReadonlyVersionVector,
  snapshotOf,
  type VersionVector,
  versionVector,
} from "../vector/version-vector.ts";
import { type Held, Holding } from "./holding.ts";

/** A message as it travels. `stamp.get(from)` is its number among its sender's messages, the rest are its causes. */
export interface CausalMessage<Payload> {
  readonly from: ReplicaId;
  readonly stamp: VersionVector;
  readonly payload: Payload;
}

/** A message that is held back, and the messages that must come first. */
export interface Waiting {
  readonly from: ReplicaId;
  readonly counter: number;
  readonly missing: readonly DotRange[];
}

export interface CausalDeliveryOptions {
  /** How many messages may be held back at a time. Default 10,000, at most 16,384. */
  readonly heldMax?: number;
  /** What was delivered before a restart or by state transfer. Default: nothing. */
  readonly delivered?: ReadonlyVersionVector;
}

/**
 * Causal order for messages that are broadcast to all, over a network that loses, repeats and reorders (Birman,
 * Schiper, Stephenson, "Lightweight Causal and Atomic Group Multicast", 1991): a message is delivered after
 * all that its sender had sent or delivered before it. Pure: it opens no socket and asks for nothing by itself;
 * `missing` says what to ask for.
 */
export interface CausalDelivery<Payload> {
  readonly id: ReplicaId;
  /** All messages delivered so far, one's own included. */
  readonly delivered: VersionVector;
  /** How many messages are held back. */
  readonly held: number;
  /** Numbers and stamps a message of one's own. It counts as delivered here at once; send it to all others. */
  broadcast(payload: Payload): CausalMessage<Payload>;
  /**
   * Takes in a message and returns what may be delivered now, in order: nothing, when causes are missing or it is
   * known already; itself, and those that waited for it. Throws `TooLargeError`, keeping what is held, when it would
   * have to be held and `heldMax` are (send it again later), and `IdentityConflictError` when it contradicts another
   * message of the same number, or bears this one's own id.
   */
  receive(message: CausalMessage<Payload>): CausalMessage<Payload>[];
  /** For each held message, in the order of arrival, what it waits for. O(held x replicas). */
  waiting(): Waiting[];
  /** The messages to ask for: needed by those that are held, and not here. Sorted by id. */
  missing(): DotRange[];
  /**
   * Skips to a state got by other means, such as a snapshot: everything in `vector` counts as delivered. Returns the
   * held messages that may be delivered now.
   */
  skipTo(vector: ReadonlyVersionVector): CausalMessage<Payload>[];
}

/** Makes the causal order of one member. */
export function createCausalDelivery<Payload>(
  id: ReplicaId,
  options: CausalDeliveryOptions = {},
): CausalDelivery<Payload> {
  return new Delivery(id, options);
}

class Delivery<Payload> implements CausalDelivery<Payload> {
  readonly id: ReplicaId;
  readonly #heldMax: number;
  readonly #delivered: MutableVersionVector;
  readonly #holding = new Holding<Payload>();

  constructor(id: ReplicaId, { heldMax = 10_000, delivered = versionVector() }: CausalDeliveryOptions) {
    assertReplicaId(id);
    if (!Number.isInteger(heldMax) || heldMax < 0 || heldMax > gapsMax) {
      throw new InvalidArgumentError(
        `heldMax is a whole number from 0 to ${gapsMax}, not ${describe(heldMax)}.`,
      );
    }
    this.id = id;
    this.#heldMax = heldMax;
    this.#delivered = snapshotOf(delivered).toMutable();
  }

  get delivered(): VersionVector {
    return this.#delivered.snapshot();
  }

  get held(): number {
    return this.#holding.size;
  }

  broadcast(payload: Payload): CausalMessage<Payload> {
    this.#delivered.increment(this.id);
    return { from: this.id, stamp: this.#delivered.snapshot(), payload };
  }

  receive(message: CausalMessage<Payload>): CausalMessage<Payload>[] {
    const counter = numberOf(message);
    if (this.#delivered.has(message.from, counter)) return [];
    if (message.from === this.id) throw ownId(this.id, counter);
    const twin = this.#holding.find(message.from, counter);
    if (twin !== undefined) {
      assertAlike(twin, message);
      return [];
    }
    const entry: Held<Payload> = { message, counter, scanned: 0 };
    if (this.#holding.size >= this.#heldMax && firstMissing(entry, this.#delivered) !== undefined) {
      throw new TooLargeError(
        `${this.#heldMax} messages are held back already: fetch what missing() lists, then send this one again.`,
      );
    }
    return this.#admit([entry]);
  }

  /** Delivers what can be, and whatever that sets free; holds back the rest. */
  #admit(entries: readonly Held<Payload>[]): CausalMessage<Payload>[] {
    const result: CausalMessage<Payload>[] = [];
    const ready = entries.toReversed();
    for (let entry = ready.pop(); entry !== undefined; entry = ready.pop()) {
      const cause = firstMissing(entry, this.#delivered);
      if (cause !== undefined) {
        this.#holding.hold(entry, cause);
        continue;
      }
      const { message, counter } = entry;
      this.#holding.remove(entry);
      this.#delivered.observe(message.from, counter);
      result.push(message);
      ready.push(...this.#holding.release({ id: message.from, counter }));
    }
    return result;
  }

  skipTo(vector: ReadonlyVersionVector): CausalMessage<Payload>[] {
    this.#delivered.merge(vector);
    // A cause may have been skipped without ever arriving, so that all who wait are looked at again.
    const entries = this.#holding.removeAll();
    return this.#admit(entries.filter(({ message, counter }) => !this.#delivered.has(message.from, counter)));
  }

  waiting(): Waiting[] {
    const here = this.#here();
    return this.#holding.all().map(({ message, counter }) => ({
      from: message.from,
      counter,
      missing: [...causalContext(message.stamp).subtract(here).ranges()],
    }));
  }

  missing(): DotRange[] {
    const needed = mutableVersionVector();
    for (const { message } of this.#holding.all()) needed.merge(message.stamp);
    return [...causalContext(needed).subtract(this.#here()).ranges()];
  }

  /** The messages that are delivered or held. */
  #here(): MutableCausalContext {
    const here = mutableCausalContext(this.#delivered);
    for (const { message, counter } of this.#holding.all()) here.add(message.from, counter);
    return here;
  }
}

function numberOf(message: CausalMessage<unknown>): number {
  if (message === null || typeof message !== "object") {
    throw new InvalidArgumentError(`A message is { from, stamp, payload }, not ${describe(message)}.`);
  }
  const { from, stamp } = message;
  assertReplicaId(from);
  const { roster, counters } = cellsOf(stamp);
  const slot = roster.slot(from);
  if (slot >= 0) return counters[slot]!;
  throw new InvalidArgumentError(`The stamp of a message from ${describe(from)} must count that message.`);
}

/**
 * The first cause of a message that is not delivered. The search goes on where it last stopped, as what is delivered
 * stays so: all searches for one message together are one pass over its stamp.
 */
function firstMissing(entry: Held<unknown>, delivered: ReadonlyVersionVector): Dot | undefined {
  const { roster, counters } = entry.message.stamp.cells;
  for (; entry.scanned < counters.length; entry.scanned++) {
    const id = roster.ids[entry.scanned]!;
    // Of its own sender a message needs the one before it.
    const counter = counters[entry.scanned]! - (id === entry.message.from ? 1 : 0);
    if (delivered.get(id) < counter) return { id, counter };
  }
  return undefined;
}

function assertAlike({ message, counter }: Held<unknown>, other: CausalMessage<unknown>): void {
  if (message.stamp.compare(other.stamp) === "equal") return;
  throw new IdentityConflictError(
    `Two messages are number ${counter} of ${describe(other.from)}: two members share that id, or one lost its state.`,
  );
}

function ownId(id: ReplicaId, counter: number): IdentityConflictError {
  return new IdentityConflictError(
    `Message ${counter} bears this member's own id ${describe(id)}, which has sent fewer: another member has the ` +
      "same id, or this one lost its state. Give it a new id.",
  );
}
