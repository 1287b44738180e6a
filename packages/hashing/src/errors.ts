/** What every failure of this package has: a stable `code`, and a message that says what to do. */
export abstract class HashingError extends Error {
  /** Stable across versions; match on this, not on the message. */
  abstract readonly code: string;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** A key was asked for while no node is there to own it. */
export class NoNodesError extends HashingError {
  readonly code = "HASHING_NO_NODES";

  constructor() {
    super("There is no node to own a key: add a node before asking for owners.");
  }
}

/** A node with that id is already placed. */
export class DuplicateNodeError extends HashingError {
  readonly code = "HASHING_DUPLICATE_NODE";
  readonly id: string;

  constructor(id: string) {
    super(`Node "${id}" is already placed: remove it first to change its weight or zone.`);
    this.id = id;
  }
}

/** The node to remove is not placed. */
export class UnknownNodeError extends HashingError {
  readonly code = "HASHING_UNKNOWN_NODE";
  readonly id: string;

  constructor(id: string) {
    super(`Node "${id}" is not placed: ask has(id) before removing a node that may have left.`);
    this.id = id;
  }
}

/** A node's id, weight or zone is not one that can be placed. */
export class InvalidNodeError extends HashingError {
  readonly code = "HASHING_INVALID_NODE";
}

/** A key is none of: string, Uint8Array, safe integer. */
export class InvalidKeyError extends HashingError {
  readonly code = "HASHING_INVALID_KEY";
}

/** An option or argument is out of its range. */
export class InvalidOptionError extends HashingError {
  readonly code = "HASHING_INVALID_OPTION";
}

/** More nodes than the strategy has room for. */
export class CapacityError extends HashingError {
  readonly code = "HASHING_CAPACITY";
}

/** Two placements that cannot be compared, because they read keys with different hash functions or seeds. */
export class MismatchedHashError extends HashingError {
  readonly code = "HASHING_MISMATCHED_HASH";
}

/** The placement that a plan leads to has changed since: what the plan says is no longer what is wanted. */
export class StalePlanError extends HashingError {
  readonly code = "HASHING_STALE_PLAN";

  constructor() {
    super("The placement has changed since the migration was planned: plan again, from what is placed now.");
  }
}

/** A step was reported to a migration that did not hand it out. */
export class UnknownStepError extends HashingError {
  readonly code = "HASHING_UNKNOWN_STEP";

  constructor(step: number) {
    super(`Step ${step} is not under way: report each step that next() handed out once.`);
  }
}
