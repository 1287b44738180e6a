import { type Ordering, orderingOf } from "../ordering.ts";
import { successor } from "../replica.ts";
import type { Id } from "./id.ts";

/**
 * What has been counted where: a number for a whole interval, or a base for both halves and what each half has on
 * top. Always in normal form: one half's base is 0, and equal leaves are folded into their parent (the paper's norm).
 */
export type Event = number | Tree;

interface Tree {
  readonly base: number;
  readonly left: Event;
  readonly right: Event;
}

/** The tree in normal form. */
export function tree(base: number, left: Event, right: Event): Event {
  if (typeof left === "number" && left === right) return base + left;
  const least = Math.min(baseOf(left), baseOf(right));
  return { base: base + least, left: lift(left, -least), right: lift(right, -least) };
}

/** The least count anywhere in the interval: in normal form it stands at the root. */
function baseOf(event: Event): number {
  return typeof event === "number" ? event : event.base;
}

/** The highest count anywhere in the interval. */
export function maxOf(event: Event): number {
  return typeof event === "number" ? event : event.base + Math.max(maxOf(event.left), maxOf(event.right));
}

function lift(event: Event, by: number): Event {
  if (by === 0) return event;
  return typeof event === "number" ? event + by : { ...event, base: event.base + by };
}

function halves(event: Event): Tree {
  return typeof event === "number" ? { base: event, left: 0, right: 0 } : event;
}

/** Pointwise comparison over the interval (the paper's leq, asked both ways). */
export function compareEvents(a: Event, b: Event): Ordering {
  return orderingOf(!atMost(b, a, 0), !atMost(a, b, 0));
}

/** Whether a, raised by `lead`, is at most b everywhere. */
function atMost(a: Event, b: Event, lead: number): boolean {
  if (a === b && lead <= 0) return true;
  if (baseOf(a) + lead > baseOf(b)) return false;
  if (typeof a === "number") return true;
  const { base, left, right } = halves(b);
  const ahead = lead + a.base - base;
  return atMost(a.left, left, ahead) && atMost(a.right, right, ahead);
}

/** Pointwise maximum (the paper's join). */
export function joinEvents(a: Event, b: Event): Event {
  if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
  const [low, high] = baseOf(a) <= baseOf(b) ? [halves(a), halves(b)] : [halves(b), halves(a)];
  const lead = high.base - low.base;
  return tree(
    low.base,
    joinEvents(low.left, lift(high.left, lead)),
    joinEvents(low.right, lift(high.right, lead)),
  );
}

/** One more event for who owns `id`: simplify if that counts, else count where it costs least (the paper's event). */
export function count(id: Id, event: Event): Event {
  const filled = fill(id, event);
  return filled === event ? grow(id, event).event : filled;
}

/** Raises what `id` owns so that the tree gets simpler, and returns the very same tree where it cannot. */
function fill(id: Id, event: Event): Event {
  if (id === 0 || typeof event === "number") return event;
  if (id === 1) return maxOf(event);
  const { base, left, right } = event;
  let filledLeft = fill(id[0], left);
  let filledRight = fill(id[1], right);
  // Who owns a whole half may raise it to what the other half has everywhere: one number less to keep.
  if (id[0] === 1) filledLeft = Math.max(maxOf(left), baseOf(filledRight));
  else if (id[1] === 1) filledRight = Math.max(maxOf(right), baseOf(filledLeft));
  return filledLeft === left && filledRight === right ? event : tree(base, filledLeft, filledRight);
}

interface Grown {
  readonly event: Event;
  /** New leaves weigh more than any depth: the tree grows in width last. */
  readonly cost: number;
}

const leafCost = 2 ** 20;

/** Adds one where `id` owns the interval, at least cost to the tree's size. */
function grow(id: Id, event: Event): Grown {
  if (typeof event === "number") {
    if (id === 1) return { event: successor(event), cost: 0 };
    const grown = grow(id, halves(event));
    return { event: grown.event, cost: grown.cost + leafCost };
  }
  const [idLeft, idRight] = id as readonly [Id, Id];
  const { base, left, right } = event;
  const growLeft = idLeft === 0 ? undefined : grow(idLeft, left);
  const growRight = idRight === 0 ? undefined : grow(idRight, right);
  if (growRight === undefined || (growLeft !== undefined && growLeft.cost < growRight.cost)) {
    return { event: { base, left: growLeft!.event, right }, cost: growLeft!.cost + 1 };
  }
  return { event: { base, left, right: growRight.event }, cost: growRight.cost + 1 };
}
