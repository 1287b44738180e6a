import { InvalidArgumentError, TooLargeError } from "../errors.ts";
import type { Comparable, Ordering } from "../ordering.ts";
import { assertReplicaId, describe, type ReplicaId, successor } from "../replica.ts";
import { type VersionVector, versionVector } from "../vector/version-vector.ts";
import { createStabilityTracker, type StabilityTracker } from "./stability.ts";

/** The most members of a matrix: its size grows with their square. */
export const matrixMembersMax = 1024;

/** The value of a matrix clock: for each member, which events `owner` knows that member to have seen. Immutable. */
export interface MatrixStamp extends Comparable<MatrixStamp> {
  readonly owner: ReplicaId;
  readonly members: readonly ReplicaId[];
  /** What the owner knows `member` to have seen; nothing for a stranger. The owner's own row is its vector clock. */
  row(member: ReplicaId): VersionVector;
  /** How the owners' own rows compare: as the vector clocks of the two events. */
  compare(other: MatrixStamp): Ordering;
  /** `{ owner, rows: { member: { id: counter } } }`; `matrixStamp` takes it back. */
  toJSON(): MatrixStampJSON;
}

export interface MatrixStampJSON {
  readonly owner: ReplicaId;
  readonly rows: Readonly<Record<ReplicaId, Readonly<Record<ReplicaId, number>>>>;
}

/**
 * One member's matrix clock (Wuu and Bernstein, "Efficient Solutions to the Replicated Log and Dictionary Problems",
 * 1984; Sarin and Lynch 1987): a vector clock, and beside it what every member is known to know. What all are known
 * to know need never be sent or kept again.
 */
export interface MatrixClock {
  readonly id: ReplicaId;
  readonly members: readonly ReplicaId[];
  /** Counts a local event and returns how many there have been. */
  tick(): number;
  /** Counts the sending of a message and returns the stamp it must carry. O(n^2) to encode. */
  send(): MatrixStamp;
  /** Takes over all that a message's sender knew, and counts the arrival. O(n^2). Strangers' rows are left out. */
  receive(stamp: MatrixStamp): void;
  stamp(): MatrixStamp;
  /** Whether `member` is known to have seen the event. */
  knows(member: ReplicaId, id: ReplicaId, counter: number): boolean;
  /** The events that all members are known to have seen. */
  stable(): VersionVector;
  /** Adds a member, which has been handed at least what is stable. */
  join(member: ReplicaId): void;
  /** Stops waiting for a member; says whether it was one. */
  leave(member: ReplicaId): boolean;
}

/** Makes the matrix clock of `id` among `members`, who must include it; `from` is its stamp before a restart. */
export function createMatrixClock(
  id: ReplicaId,
  members: Iterable<ReplicaId>,
  from?: MatrixStamp,
): MatrixClock {
  return new Clock(id, new Set(members), from);
}

/** Makes a stamp from its JSON. Throws `InvalidArgumentError` for anything else. */
export function matrixStamp(from: MatrixStampJSON): MatrixStamp {
  if (from === null || typeof from !== "object" || from.rows === null || typeof from.rows !== "object") {
    throw new InvalidArgumentError(`A matrix stamp is made from { owner, rows }, not ${describe(from)}.`);
  }
  const rows = Object.entries(from.rows).map(([member, row]) => [member, versionVector(row)] as const);
  return stampFrom(from.owner, new Map(rows));
}

/** A stamp of rows that belong to nobody else. */
export function stampFrom(owner: ReplicaId, rows: ReadonlyMap<ReplicaId, VersionVector>): MatrixStamp {
  if (rows.size > matrixMembersMax)
    throw new TooLargeError(`A matrix has at most ${matrixMembersMax} members.`);
  for (const member of rows.keys()) assertReplicaId(member);
  if (!rows.has(owner))
    throw new InvalidArgumentError(`The owner ${describe(owner)} has no row in its matrix.`);
  return new Stamp(owner, rows);
}

/** What a caller handed in; throws when it is no stamp of a matrix clock. */
export function stampOf(stamp: MatrixStamp): MatrixStamp {
  if (typeof stamp?.row === "function") return stamp;
  throw new InvalidArgumentError(
    "A matrix stamp is expected: a matrix clock's stamp, or what matrixStamp() makes.",
  );
}

class Stamp implements MatrixStamp {
  readonly owner: ReplicaId;
  readonly #rows: ReadonlyMap<ReplicaId, VersionVector>;

  constructor(owner: ReplicaId, rows: ReadonlyMap<ReplicaId, VersionVector>) {
    this.owner = owner;
    this.#rows = rows;
  }

  get members(): readonly ReplicaId[] {
    return [...this.#rows.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  row(member: ReplicaId): VersionVector {
    return this.#rows.get(member) ?? versionVector();
  }

  compare(other: MatrixStamp): Ordering {
    return this.row(this.owner).compare(stampOf(other).row(other.owner));
  }

  toJSON(): MatrixStampJSON {
    const rows = Object.create(null) as Record<ReplicaId, Record<ReplicaId, number>>;
    for (const member of this.members) rows[member] = this.row(member).toJSON();
    return { owner: this.owner, rows };
  }
}

class Clock implements MatrixClock {
  readonly id: ReplicaId;
  readonly #rows: StabilityTracker;

  constructor(id: ReplicaId, members: ReadonlySet<ReplicaId>, from: MatrixStamp | undefined) {
    if (!members.has(id))
      throw new InvalidArgumentError(`${describe(id)} is not among the members of its matrix.`);
    assertMembers(members.size);
    this.id = id;
    this.#rows = createStabilityTracker(members);
    if (from !== undefined)
      for (const member of members) this.#rows.observe(member, stampOf(from).row(member));
  }

  get members(): readonly ReplicaId[] {
    return this.#rows.members;
  }

  tick(): number {
    const counter = successor(this.#rows.seenBy(this.id).get(this.id));
    this.#rows.observe(this.id, versionVector([{ id: this.id, counter }]));
    return counter;
  }

  send(): MatrixStamp {
    this.tick();
    return this.stamp();
  }

  receive(stamp: MatrixStamp): void {
    stampOf(stamp);
    for (const member of this.members) this.#rows.observe(member, stamp.row(member));
    this.#rows.observe(this.id, stamp.row(stamp.owner));
    this.tick();
  }

  stamp(): MatrixStamp {
    return stampFrom(this.id, new Map(this.members.map((member) => [member, this.#rows.seenBy(member)])));
  }

  knows(member: ReplicaId, id: ReplicaId, counter: number): boolean {
    return this.#rows.seenBy(member).has(id, counter);
  }

  stable(): VersionVector {
    return this.#rows.stable();
  }

  join(member: ReplicaId): void {
    assertMembers(this.members.length + 1);
    this.#rows.join(member);
  }

  leave(member: ReplicaId): boolean {
    if (member === this.id) throw new InvalidArgumentError("A matrix clock cannot leave its own owner out.");
    return this.#rows.leave(member);
  }
}

function assertMembers(count: number): void {
  if (count > matrixMembersMax) throw new TooLargeError(`A matrix has at most ${matrixMembersMax} members.`);
}
