import { InvalidArgumentError } from "../errors.ts";
import { assertReplicaId, describe, type ReplicaId } from "../replica.ts";
import { type ReadonlyVersionVector, snapshotOf } from "../vector/version-vector.ts";
import { fromSets, fromVector, noDots } from "./contexts.ts";
import { type Intervals, normalise } from "./intervals.ts";
import { assertRange } from "./replica-sets.ts";
import type { CausalContext, MutableCausalContext } from "./types.ts";

/**
 * Makes a causal context: empty, of all events a vector covers, or from `{ id: [from, to, from, to, ...] }` (what
 * `toJSON` gives; the intervals in any order). Throws `InvalidArgumentError` for anything else.
 */
export function causalContext(
  from?: ReadonlyVersionVector | Readonly<Record<ReplicaId, readonly number[]>>,
): CausalContext {
  if (from === undefined) return noDots;
  if (from === null || typeof from !== "object") {
    throw new InvalidArgumentError(
      `A causal context is made from { id: [from, to] }, not ${describe(from)}.`,
    );
  }
  if (isVector(from)) return fromVector(snapshotOf(from));
  return fromSets(Object.entries(from).map(([id, set]) => [id, checkedSet(id, set)]));
}

function checkedSet(id: ReplicaId, set: readonly number[]): Intervals {
  assertReplicaId(id);
  if (!Array.isArray(set) || set.length % 2 !== 0) {
    throw new InvalidArgumentError(
      `The dots of ${describe(id)} are [from, to, from, to, ...], not ${describe(set)}.`,
    );
  }
  for (let i = 0; i < set.length; i += 2) assertRange(set[i]!, set[i + 1]!);
  return normalise(set);
}

/** A replica may be named "cells" too: then its dots stand there. */
function isVector(
  from: ReadonlyVersionVector | Readonly<Record<ReplicaId, readonly number[]>>,
): from is ReadonlyVersionVector {
  return "cells" in from && !Array.isArray(from.cells);
}

/** Makes a mutable causal context, from what `causalContext` takes. */
export function mutableCausalContext(
  from?: ReadonlyVersionVector | Readonly<Record<ReplicaId, readonly number[]>>,
): MutableCausalContext {
  return causalContext(from).toMutable();
}
