import { checkCount } from "../arguments.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";
import { checkReplicaId } from "../sequence/replicas.ts";
import { readEntries, text, writeEntries } from "./codec.ts";
import type { Lattice } from "./lattice.ts";

/** One growing total for each replica: only the replica itself counts its own, and the higher total is the newer. */
export type Tally = Map<string, number>;

/** The lattice below the counters: pointwise maximum. */
export const tally: Lattice<Tally> = {
  name: "tally",
  bottom: () => new Map(),
  merge(state, other) {
    for (const [id, total] of other) if (total > (state.get(id) ?? 0)) state.set(id, total);
  },
  delta(state, known) {
    return new Map([...state].filter(([id, total]) => total > (known.get(id) ?? 0)));
  },
  equals: (a, b) => a.size === b.size && [...a].every(([id, total]) => b.get(id) === total),
  write: (writer, state) => writeEntries(writer, state, text, (total) => writer.uint(total)),
  read: (reader) =>
    readEntries(reader, text, () => {
      const total = reader.uint();
      if (total === 0) throw new CorruptBytesError("a total is zero");
      return total;
    }),
};

/** Adds to a replica's total and returns the delta. */
export function count(state: Tally, replica: string, by: number): Tally {
  checkReplicaId(replica);
  checkCount("What is counted", by);
  const total = (state.get(replica) ?? 0) + by;
  if (!Number.isSafeInteger(total)) throw new InvalidArgumentError("The total would pass the safe integers.");
  state.set(replica, total);
  return new Map([[replica, total]]);
}

export function sum(state: Tally): number {
  let total = 0;
  for (const part of state.values()) total += part;
  return total;
}
