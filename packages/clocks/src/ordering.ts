import { InvalidArgumentError } from "./errors.ts";

/**
 * How two points of a distributed execution stand to each other: Lamport's happened-before relation, with a name
 * for each of its four outcomes ("Time, Clocks, and the Ordering of Events in a Distributed System", 1978).
 */
export type Ordering = "before" | "after" | "equal" | "concurrent";

/** What every clock value of this package can do. `Self` is the kind of clock: only the same kind compares. */
export interface Comparable<Self> {
  /** How `this` stands to `other`. */
  compare(other: Self): Ordering;
}

/**
 * The one question all clocks answer: `compare(a, b) === "before"` means that a happened before b.
 *
 * Scalar clocks (Lamport, hybrid) never say `"concurrent"`: they order everything, also what is causally unrelated.
 * The others say `"before"` exactly when there is a causal path.
 */
export function compare<Clock extends Comparable<Clock>>(a: Clock, b: Clock): Ordering {
  if (typeof a?.compare !== "function" || typeof b?.compare !== "function") {
    throw new InvalidArgumentError(
      "compare() takes two clock values of the same kind, made by this package.",
    );
  }
  return a.compare(b);
}

/** The ordering seen from the other side: what `compare(b, a)` says when `compare(a, b)` said `ordering`. */
export function reverse(ordering: Ordering): Ordering {
  if (ordering === "before") return "after";
  return ordering === "after" ? "before" : ordering;
}

/** From "some component of a is less" and "some component of a is greater" to the ordering of a and b. */
export function orderingOf(less: boolean, greater: boolean): Ordering {
  if (less) return greater ? "concurrent" : "before";
  return greater ? "after" : "equal";
}

/** The product order: how pairs stand when their first parts stand as `a` and their second parts as `b`. */
export function both(a: Ordering, b: Ordering): Ordering {
  if (a === b || b === "equal") return a;
  return a === "equal" ? b : "concurrent";
}
