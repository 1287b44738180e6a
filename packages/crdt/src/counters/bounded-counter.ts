import { checkCount } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import { readEntries, text, writeEntries } from "../kernel/codec.ts";
import type { Lattice } from "../kernel/lattice.ts";
import { count, sum, type Tally, tally } from "../kernel/tally.ts";
import { checkReplicaId } from "../sequence/replicas.ts";

export interface BoundedCounter {
  /** By giver, what it gave to whom, in all; what a replica counted up stands as given to itself. */
  readonly given: Map<string, Tally>;
  readonly spent: Tally;
}

export interface BoundedCounterType extends Lattice<BoundedCounter> {
  /** Counts up and gives `replica` the right to count as much down again; returns the delta. */
  increment(state: BoundedCounter, replica: string, by?: number): BoundedCounter;
  /** Counts down. Throws InvalidArgumentError when `replica` has not the rights: another may transfer some. */
  decrement(state: BoundedCounter, replica: string, by?: number): BoundedCounter;
  /** Gives another replica rights to count down. Throws InvalidArgumentError when there are not so many. */
  transfer(state: BoundedCounter, from: string, to: string, amount: number): BoundedCounter;
  /** How far `replica` may count down without asking anyone. */
  rights(state: BoundedCounter, replica: string): number;
  value(state: BoundedCounter): number;
}

/**
 * A counter that never falls below zero, without coordination: the right to count down is a currency that replicas earn
 * by counting up and pass on (Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric
 * Invariants", 2015). Stock of tickets, seats, credit.
 */
export const boundedCounter: BoundedCounterType = {
  name: "bounded-counter",
  bottom: () => ({ given: new Map(), spent: new Map() }),
  merge(state, other) {
    for (const [giver, theirs] of other.given) tally.merge(rowOf(state, giver), theirs);
    tally.merge(state.spent, other.spent);
  },
  delta(state, known) {
    const given = [...state.given].map(
      ([giver, row]) => [giver, tally.delta(row, known.given.get(giver) ?? new Map())] as const,
    );
    return {
      given: new Map(given.filter(([, row]) => row.size > 0)),
      spent: tally.delta(state.spent, known.spent),
    };
  },
  equals: (a, b) =>
    tally.equals(a.spent, b.spent) &&
    a.given.size === b.given.size &&
    [...a.given].every(([giver, row]) => tally.equals(row, b.given.get(giver) ?? new Map())),
  write(writer, state) {
    writeEntries(writer, state.given, text, (row) => tally.write(writer, row));
    tally.write(writer, state.spent);
  },
  read: (reader) => ({
    given: readEntries(reader, text, () => tally.read(reader)),
    spent: tally.read(reader),
  }),
  increment: (state, replica, by = 1) => give(state, replica, replica, by),
  decrement(state, replica, by = 1) {
    checkRights(state, replica, by);
    return { given: new Map(), spent: count(state.spent, replica, by) };
  },
  transfer(state, from, to, amount) {
    if (from === to) throw new InvalidArgumentError("Rights are transferred to another replica.");
    checkReplicaId(to);
    checkRights(state, from, amount);
    return give(state, from, to, amount);
  },
  rights,
  value(state) {
    let earned = 0;
    for (const [giver, row] of state.given) earned += row.get(giver) ?? 0;
    return earned - sum(state.spent);
  },
};

function rights(state: BoundedCounter, replica: string): number {
  let balance = -(state.spent.get(replica) ?? 0);
  for (const [giver, row] of state.given) {
    balance += row.get(replica) ?? 0;
    if (giver === replica) for (const [to, amount] of row) if (to !== replica) balance -= amount;
  }
  return balance;
}

function checkRights(state: BoundedCounter, replica: string, amount: number): void {
  checkCount("What is counted", amount);
  const have = rights(state, replica);
  if (amount > have)
    throw new InvalidArgumentError(
      `${replica} has the right to count down by ${have}, not by ${amount}: ask for a transfer.`,
    );
}

function give(state: BoundedCounter, from: string, to: string, amount: number): BoundedCounter {
  return { given: new Map([[from, count(rowOf(state, from), to, amount)]]), spent: new Map() };
}

function rowOf(state: BoundedCounter, giver: string): Tally {
  let row = state.given.get(giver);
  if (row === undefined) {
    row = new Map();
    state.given.set(giver, row);
  }
  return row;
}
