import { InvalidArgumentError } from "../errors.ts";
import type { Comparable, Ordering } from "../ordering.ts";
import { assertReplicaId, type ReplicaId, successor } from "../replica.ts";
import {
  type MutableVersionVector,
  type ReadonlyVersionVector,
  snapshotOf,
  type VersionVector,
  versionVector,
} from "./version-vector.ts";

/**
 * One process's vector clock (Fidge 1988; Mattern, "Virtual Time and Global States of Distributed Systems", 1989).
 * Its stamps are version vectors: `compare` of two stamps answers whether one event could have caused the other.
 */
export interface VectorClock extends Comparable<VectorClock> {
  /** The process that this clock belongs to. */
  readonly id: ReplicaId;
  /** Counts a local event and returns how many there have been. O(1). */
  tick(): number;
  /** Counts the sending of a message and returns the stamp it must carry. */
  send(): VersionVector;
  /** Takes over the stamp of a message and counts its arrival. O(n + m). */
  receive(stamp: ReadonlyVersionVector): void;
  /** The stamp of the last event. O(n) when there was one since the last stamp. */
  stamp(): VersionVector;
  compare(other: VectorClock): Ordering;
}

/**
 * Makes the clock of process `id`, at zero or where `from` left it: persist `stamp()` and hand it in after a
 * restart, or take a new id. A clock that starts at zero again under its old id names new events like old ones.
 */
export function createVectorClock(id: ReplicaId, from: ReadonlyVersionVector = versionVector()): VectorClock {
  return new ProcessClock(id, from);
}

class ProcessClock implements VectorClock {
  readonly id: ReplicaId;
  /** What is known of others, and of this process as of the last stamp. */
  readonly #vector: MutableVersionVector;
  /** This process's own events: apart from the vector, so that counting one touches nothing else. */
  #counter: number;

  constructor(id: ReplicaId, from: ReadonlyVersionVector) {
    assertReplicaId(id);
    this.id = id;
    this.#vector = snapshotOf(from).toMutable();
    // A number from a typed array is a boxed one, and would stay one: counting is faster on a small integer.
    const counter = this.#vector.get(id);
    this.#counter = counter <= 0x3fffffff ? counter | 0 : counter;
  }

  tick(): number {
    const counter = this.#counter + 1;
    if (counter > Number.MAX_SAFE_INTEGER) return successor(this.#counter);
    this.#counter = counter;
    return counter;
  }

  send(): VersionVector {
    this.tick();
    return this.stamp();
  }

  receive(stamp: ReadonlyVersionVector): void {
    this.#vector.merge(stamp);
    // Who met events of its own that it has forgotten must not count them again.
    this.#counter = Math.max(this.#counter, this.#vector.get(this.id));
    this.tick();
  }

  stamp(): VersionVector {
    this.#vector.observe(this.id, this.#counter);
    return this.#vector.snapshot();
  }

  compare(other: VectorClock): Ordering {
    if (typeof other?.stamp !== "function")
      throw new InvalidArgumentError("A vector clock compares to a vector clock.");
    return this.stamp().compare(other.stamp());
  }
}
