import type { ProcessId } from "../history/operation.ts";
import type { Model, PartKey } from "./model.ts";
import type { Judgement } from "./search.ts";
import { type Call, States } from "./states.ts";

/** A write and the reads that found it. */
interface Cluster {
  /** Undefined for the state before the first write, and for a value that nobody wrote. */
  readonly write: Placed | undefined;
  readonly reads: readonly Placed[];
  /** When the first of them was over: from then on the value is, or has been, there. */
  readonly firstEnd: number;
  /** When the last of them was called: until then the value is, or will be, there. */
  readonly lastCall: number;
}

interface Placed {
  readonly index: number;
  readonly process: ProcessId;
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly freeAt: number;
  readonly type: "read" | "write";
  /** The number of the state it found or left. */
  readonly state: number;
}

const INITIAL = 0;

/**
 * Judges reads and writes of distinct values in O(n log n) by the theorem of Gibbons and Korach (1997):
 * as each read names its write, a write and its reads form a cluster. Where a cluster's first end lies
 * before its last call, the value fills that stretch (its zone); else it can be put at any one point between.
 * The history is linearizable exactly when no two zones overlap and no other cluster lies wholly inside one.
 *
 * An illegal answer blames nobody: `blame` does. Undefined when it does not apply: an operation that does more
 * than read or write, a state written twice, or spans that touch within one process, which zones cannot see.
 * Then the search must decide.
 */
export function judgeByZones<State, Input, Output>(
  model: Model<State, Input, Output>,
  part: PartKey | undefined,
  calls: readonly Call<Input, Output>[],
): Judgement | undefined {
  const placed = placeAll(model, part, calls);
  if (placed === undefined) return undefined;
  const order = linearize(placed);
  const verdict = order ? "linearizable" : "illegal";
  if (order && !(respectsTime(order) && respectsTurns(order, placed))) return undefined;
  const indexes = (order ?? []).map((operation) => operation.index);
  return { part, verdict, order: indexes, blocked: undefined, steps: calls.length };
}

function placeAll<State, Input, Output>(
  model: Model<State, Input, Output>,
  part: PartKey | undefined,
  calls: readonly Call<Input, Output>[],
): Placed[] | undefined {
  if (model.access === undefined) return undefined;
  const states = new States(model, part);
  const written = new Set([INITIAL]);
  const placed: Placed[] = [];
  for (const { input, output, ...call } of calls) {
    const access = model.access(input, output);
    if (access === undefined) return undefined;
    // What need not have happened and changed nothing says nothing.
    if (call.completedAt === Number.POSITIVE_INFINITY && !("leaves" in access)) continue;
    if ("finds" in access === "leaves" in access) return undefined;
    const type = "finds" in access ? "read" : "write";
    const state = states.number(("finds" in access ? access.finds : access.leaves)!);
    if (type === "write" && written.size === written.add(state).size) return undefined;
    placed.push({ ...call, type, state });
  }
  return placed;
}

/** A linearization of all completed operations, undefined when there is none. */
function linearize(placed: readonly Placed[]): Placed[] | undefined {
  const zones: Cluster[] = [];
  const points: Cluster[] = [];
  for (const cluster of clustersOf(placed)) {
    const { write, reads, firstEnd, lastCall } = cluster;
    if (write === undefined && reads.length > 0 && reads[0]!.state !== INITIAL) return undefined;
    if (write && reads.some((read) => read.completedAt < write.invokedAt)) return undefined;
    if (firstEnd < lastCall) zones.push(cluster);
    else if (reads.length > 0 || write!.completedAt !== Number.POSITIVE_INFINITY) points.push(cluster);
  }
  zones.sort((a, b) => a.firstEnd - b.firstEnd);
  if (zones.some((zone, i) => i > 0 && zone.firstEnd < zones[i - 1]!.lastCall)) return undefined;

  const steps = zones.map((cluster) => ({ cluster, at: cluster.firstEnd, zone: true }));
  for (const cluster of points) {
    const at = pointOutside(zones, cluster);
    if (at === undefined) return undefined;
    steps.push({ cluster, at, zone: false });
  }
  // At the point where a zone begins, another cluster still comes before it.
  steps.sort((a, b) => (a.at === b.at ? Number(a.zone) - Number(b.zone) : a.at - b.at));
  return steps.flatMap(({ cluster: { write, reads } }) => (write ? [write, ...reads] : reads));
}

/** The first point of a cluster's span that lies inside no zone. */
function pointOutside(zones: readonly Cluster[], { firstEnd, lastCall }: Cluster): number | undefined {
  let low = 0;
  let high = zones.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (zones[middle]!.lastCall > lastCall) high = middle;
    else low = middle + 1;
  }
  const zone = zones[low];
  if (zone === undefined || lastCall <= zone.firstEnd) return lastCall;
  return firstEnd < zone.lastCall ? undefined : zone.lastCall;
}

function clustersOf(placed: readonly Placed[]): Cluster[] {
  const clusters: Cluster[] = [];
  for (const [state, operations] of Map.groupBy(placed, (operation) => operation.state)) {
    const write = operations.find((operation) => operation.type === "write");
    const reads = operations.filter((operation) => operation.type === "read").sort(byCall);
    // What nobody wrote was there before everything.
    const beginning = state === INITIAL ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const firstEnd = operations.reduce((least, { completedAt }) => Math.min(least, completedAt), beginning);
    const lastCall = operations.reduce(
      (most, { invokedAt }) => Math.max(most, invokedAt),
      Number.NEGATIVE_INFINITY,
    );
    clusters.push({ write, reads, firstEnd, lastCall });
  }
  return clusters;
}

/** Whether nothing stands behind what was called only after it was over. */
function respectsTime(order: readonly Placed[]): boolean {
  let lastCall = Number.NEGATIVE_INFINITY;
  return order.every(({ invokedAt, completedAt }) => {
    lastCall = Math.max(lastCall, invokedAt);
    return completedAt >= lastCall;
  });
}

/** Whether each process does in its turn, and does not leave out, what it did before a call that touches it. */
function respectsTurns(order: readonly Placed[], placed: readonly Placed[]): boolean {
  const position = new Map(order.map((operation, at) => [operation, at]));
  const latest = new Map<ProcessId, Placed>();
  for (const operation of [...placed].sort((a, b) => a.index - b.index)) {
    const before = latest.get(operation.process);
    if (operation.freeAt < Number.POSITIVE_INFINITY) latest.set(operation.process, operation);
    const at = position.get(operation);
    if (at === undefined || before?.freeAt !== operation.invokedAt) continue;
    if ((position.get(before) ?? Number.POSITIVE_INFINITY) > at) return false;
  }
  return true;
}

function byCall(a: Placed, b: Placed): number {
  return a.invokedAt - b.invokedAt || a.index - b.index;
}
