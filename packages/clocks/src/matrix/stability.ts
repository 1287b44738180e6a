import { InvalidArgumentError } from "../errors.ts";
import { assertReplicaId, describe, type ReplicaId } from "../replica.ts";
import { cellsOf } from "../vector/cells.ts";
import {
  type MutableVersionVector,
  mutableVersionVector,
  type ReadonlyVersionVector,
  snapshotOf,
  type VersionVector,
  versionVector,
} from "../vector/version-vector.ts";

/** What a member is known to have seen falls short of an event. */
export interface Laggard {
  readonly member: ReplicaId;
  /** The highest counter of the replica in question that the member is known to have seen. */
  readonly seen: number;
}

/**
 * What everybody has seen, hence what can be forgotten: an event is causally stable once every member is known to
 * have it, because from then on every new message descends from it (Baquero, Almeida, Shoker, "Making
 * Operation-based CRDTs Operation-based", 2014).
 *
 * It stands and falls with the list of members: who is not listed is not waited for, and a listed member that is
 * silent holds everything back (`laggards` names it).
 */
export interface StabilityTracker {
  /** The members that must have seen an event before it is stable, sorted. */
  readonly members: readonly ReplicaId[];
  /**
   * Adds a member that has seen `seen` so far, and at least what is stable: hand it that state first, as what is
   * stable stays so.
   */
  join(member: ReplicaId, seen?: ReadonlyVersionVector): void;
  /** Stops waiting for a member; says whether it was one. */
  leave(member: ReplicaId): boolean;
  /** Takes note that a member has seen `vector`. O(n), and O(members) for an entry that it was the last to hold back. */
  observe(member: ReplicaId, vector: ReadonlyVersionVector): void;
  /** What a member is known to have seen. */
  seenBy(member: ReplicaId): VersionVector;
  /** The events that all members have seen. Never shrinks. */
  stable(): VersionVector;
  /** Whether all members have seen the event. */
  isStable(id: ReplicaId, counter: number): boolean;
  /** The members not known to have seen the event, sorted. */
  laggards(id: ReplicaId, counter: number): Laggard[];
}

/** Makes a tracker of these members, none of whom is known to have seen anything beyond `stable`. */
export function createStabilityTracker(
  members: Iterable<ReplicaId>,
  stable: ReadonlyVersionVector = versionVector(),
): StabilityTracker {
  return new Tracker(members, stable);
}

class Tracker implements StabilityTracker {
  readonly #seen = new Map<ReplicaId, MutableVersionVector>();
  readonly #stable: MutableVersionVector;
  /** For each replica, how many members stand at its stable entry and so hold it back, as far as counted. */
  readonly #holders = new Map<ReplicaId, number>();
  /** Replicas whose stable entry nobody may hold back any more. */
  readonly #stale = new Set<ReplicaId>();

  constructor(members: Iterable<ReplicaId>, stable: ReadonlyVersionVector) {
    if (typeof members === "string" || typeof members?.[Symbol.iterator] !== "function") {
      throw new InvalidArgumentError(`Members are a list of replica ids, not ${describe(members)}.`);
    }
    this.#stable = snapshotOf(stable).toMutable();
    for (const member of members) this.join(member);
  }

  get members(): readonly ReplicaId[] {
    return [...this.#seen.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  join(member: ReplicaId, seen: ReadonlyVersionVector = versionVector()): void {
    assertReplicaId(member);
    // What is stable so far must be settled before a newcomer counts, or it would be taken back.
    this.#settle();
    const known = this.#seen.get(member) ?? mutableVersionVector(this.#stable);
    known.merge(seen);
    this.#seen.set(member, known);
    this.#recountAll();
  }

  leave(member: ReplicaId): boolean {
    if (!this.#seen.delete(member)) return false;
    this.#recountAll();
    return true;
  }

  observe(member: ReplicaId, vector: ReadonlyVersionVector): void {
    const known = this.#require(member);
    cellsOf(vector);
    for (const { id, counter } of vector) {
      const before = known.get(id);
      if (counter <= before) continue;
      if (before <= this.#stable.get(id)) this.#release(id);
      known.observe(id, counter);
    }
  }

  seenBy(member: ReplicaId): VersionVector {
    return this.#require(member).snapshot();
  }

  stable(): VersionVector {
    this.#settle();
    return this.#stable.snapshot();
  }

  isStable(id: ReplicaId, counter: number): boolean {
    this.#settle();
    return this.#stable.has(id, counter);
  }

  laggards(id: ReplicaId, counter: number): Laggard[] {
    return this.members
      .map((member) => ({ member, seen: this.#require(member).get(id) }))
      .filter(({ seen }) => seen < counter);
  }

  /** One member fewer holds the entry back; when it may have been the last, the entry is to be looked at. */
  #release(id: ReplicaId): void {
    const holders = this.#holders.get(id) ?? 1;
    if (holders > 1) this.#holders.set(id, holders - 1);
    else this.#stale.add(id);
  }

  #recountAll(): void {
    for (const vector of this.#seen.values()) for (const id of vector.ids) this.#stale.add(id);
  }

  #settle(): void {
    if (this.#seen.size > 0) for (const id of this.#stale) this.#count(id);
    this.#stale.clear();
  }

  #count(id: ReplicaId): void {
    let least = Number.MAX_SAFE_INTEGER;
    let holders = 0;
    for (const vector of this.#seen.values()) {
      const counter = vector.get(id);
      if (counter < least) {
        least = counter;
        holders = 0;
      }
      if (counter === least) holders++;
    }
    this.#stable.observe(id, least);
    this.#holders.set(id, holders);
  }

  #require(member: ReplicaId): MutableVersionVector {
    const known = this.#seen.get(member);
    if (known === undefined) {
      throw new InvalidArgumentError(`${describe(member)} is not a member: join() it first.`);
    }
    return known;
  }
}
