import {
  AnonymousClockError,
  CounterOverflowError,
  IdentityConflictError,
  InvalidArgumentError,
  TooLargeError,
} from "../errors.ts";
import type { Comparable, Ordering } from "../ordering.ts";
import { assertCounter, describe } from "../replica.ts";
import { compareEvents, count, type Event, joinEvents, maxOf, tree } from "./event.ts";
import { depthOfId, type Id, pair, split, sum } from "./id.ts";

/** How often one identity can be halved in a row. Joining what is no longer used makes room again. */
export const depthMax = 512;

/** An identity as JSON: 0, 1, or its two halves. */
export type IdJSON = 0 | 1 | readonly [IdJSON, IdJSON];
/** A count as JSON: a number, or base, left half and right half. */
export type EventJSON = number | readonly [number, EventJSON, EventJSON];

/**
 * An interval tree clock (Almeida, Baquero, Fonte, "Interval Tree Clocks: A Logical Clock for Dynamic Systems",
 * 2008): causality among participants that come and go, without any list of them and without global names. One
 * participant starts as the seed; all others are forked from those that exist. Immutable.
 *
 * Whoever forks, joins or counts must go on with the value returned and drop the old one: two holders of one identity
 * make the clock lie.
 */
export interface IntervalTreeClock extends Comparable<IntervalTreeClock> {
  /** Whether it has no identity and can therefore not count (made by `peek`). */
  readonly isAnonymous: boolean;
  /** Two clocks that know the same and share the identity between them: one for oneself, one for the newcomer. */
  fork(): [IntervalTreeClock, IntervalTreeClock];
  /**
   * A clock with the identity and the knowledge of both: to receive a message, or to take over from one who leaves.
   * Throws `IdentityConflictError` when the identities overlap.
   */
  join(other: IntervalTreeClock): IntervalTreeClock;
  /** With one event more. Throws `AnonymousClockError` without identity. */
  event(): IntervalTreeClock;
  /** What is known, without identity: what a message carries. */
  peek(): IntervalTreeClock;
  /** How what is known here stands to what is known there; identities play no part. */
  compare(other: IntervalTreeClock): Ordering;
  /** The paper's notation, such as `((1, 0), (1, 2, 0))`. */
  toString(): string;
  /** `{ id, event }` in nested arrays; `intervalTreeClock` takes it back. */
  toJSON(): { id: IdJSON; event: EventJSON };
}

/** Makes the seed, or a clock from its JSON. Throws `InvalidArgumentError` for anything else. */
export function intervalTreeClock(from?: {
  readonly id: IdJSON;
  readonly event: EventJSON;
}): IntervalTreeClock {
  if (from === undefined) return new Stamp(1, 0);
  if (from === null || typeof from !== "object") {
    throw new InvalidArgumentError(
      `An interval tree clock is made from { id, event }, not ${describe(from)}.`,
    );
  }
  return new Stamp(idFrom(from.id, 0), assertCounts(eventFrom(from.event, 0)));
}

function idFrom(json: IdJSON, depth: number): Id {
  if (json === 0 || json === 1) return json;
  if (!Array.isArray(json) || json.length !== 2 || depth >= depthMax) {
    throw new InvalidArgumentError(
      `An identity is 0, 1 or a pair, at most ${depthMax} deep, not ${describe(json)}.`,
    );
  }
  return pair(idFrom(json[0], depth + 1), idFrom(json[1], depth + 1));
}

function eventFrom(json: EventJSON, depth: number): Event {
  if (!Array.isArray(json)) {
    assertCounter(json as number, 0);
    return json as number;
  }
  if (json.length !== 3 || depth >= depthMax) {
    throw new InvalidArgumentError(`A count is a number or [base, left, right], at most ${depthMax} deep.`);
  }
  assertCounter(json[0], 0);
  return tree(json[0], eventFrom(json[1], depth + 1), eventFrom(json[2], depth + 1));
}

/** Throws when the sums along a path leave the safe integers. */
export function assertCounts(event: Event): Event {
  if (maxOf(event) <= Number.MAX_SAFE_INTEGER) return event;
  throw new CounterOverflowError("An interval has counted beyond the safe integers (2^53 - 1).");
}

/** Exported within the package, for the codec. */
export class Stamp implements IntervalTreeClock {
  readonly id: Id;
  readonly events: Event;

  constructor(id: Id, events: Event) {
    this.id = id;
    this.events = events;
  }

  get isAnonymous(): boolean {
    return this.id === 0;
  }

  fork(): [IntervalTreeClock, IntervalTreeClock] {
    if (depthOfId(this.id) >= depthMax) {
      throw new TooLargeError(
        `The identity has been halved ${depthMax} times: join clocks that are no longer used.`,
      );
    }
    const [left, right] = split(this.id);
    return [new Stamp(left, this.events), new Stamp(right, this.events)];
  }

  join(other: IntervalTreeClock): IntervalTreeClock {
    const { id, events } = stampOf(other);
    const joined = sum(this.id, id);
    if (joined === undefined) {
      throw new IdentityConflictError(
        "Both clocks own a part of the same identity: one was copied instead of forked, or used again after a fork. " +
          "Messages carry peek(), not the clock itself.",
      );
    }
    return new Stamp(joined, joinEvents(this.events, events));
  }

  event(): IntervalTreeClock {
    if (this.id === 0)
      throw new AnonymousClockError("An anonymous clock cannot count: fork one that has an identity.");
    return new Stamp(this.id, assertCounts(count(this.id, this.events)));
  }

  peek(): IntervalTreeClock {
    return this.id === 0 ? this : new Stamp(0, this.events);
  }

  compare(other: IntervalTreeClock): Ordering {
    return compareEvents(this.events, stampOf(other).events);
  }

  toString(): string {
    return `(${idText(this.id)}, ${eventText(this.events)})`;
  }

  toJSON(): { id: IdJSON; event: EventJSON } {
    return { id: this.id, event: eventJSON(this.events) };
  }
}

/** What stands behind a clock that a caller handed in; throws when it is none. */
export function stampOf(clock: IntervalTreeClock): Stamp {
  const stamp = clock as Stamp;
  if (stamp?.id === undefined || stamp.events === undefined) {
    throw new InvalidArgumentError("An interval tree clock is expected: make one with intervalTreeClock().");
  }
  return stamp;
}

function idText(id: Id): string {
  return typeof id === "number" ? String(id) : `(${idText(id[0])}, ${idText(id[1])})`;
}

function eventText(event: Event): string {
  if (typeof event === "number") return String(event);
  return `(${event.base}, ${eventText(event.left)}, ${eventText(event.right)})`;
}

function eventJSON(event: Event): EventJSON {
  if (typeof event === "number") return event;
  return [event.base, eventJSON(event.left), eventJSON(event.right)];
}
