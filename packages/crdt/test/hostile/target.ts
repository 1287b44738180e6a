import fc from "fast-check";
import { CrdtError } from "../../src/index.ts";
import { type Mutation, mutations } from "../worlds/mutations.ts";

/** What became of bytes that nobody wrote: nothing new came of them, or something else that is valid. */
export type Outcome = "equal" | "other";

/** One kind of bytes, and who takes them in. */
export interface Target {
  readonly name: string;
  /** The bytes as somebody hostile would send them. */
  mutate(changes: readonly Mutation[]): Uint8Array;
  /**
   * Takes bytes in and checks that all holds afterwards. Throws a CrdtError when they are refused, and another error when
   * they did what they must not: were applied by half, or left something that does not work.
   */
  take(bytes: Uint8Array): Outcome;
}

export interface Counts {
  refused: number;
  equal: number;
  other: number;
}

/** Thrown when refused bytes have changed something, or accepted ones left what does not work. */
export class Broken extends Error {}

export function hold(condition: boolean, what: string): void {
  if (!condition) throw new Broken(what);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Runs a change that must happen whole or not at all; `read` tells what is there, as bytes. */
export function wholeOrNot(read: () => Uint8Array, change: () => void): void {
  const before = read();
  try {
    change();
  } catch (error) {
    hold(sameBytes(read(), before), "what was refused has changed something");
    throw error;
  }
}

/** Tries mutations on a target; `tried` is told after each. Throws when one of them broke something. */
export function attack(target: Target, runs: number, seed: number, tried = (_: Counts): void => {}): Counts {
  const counts = { refused: 0, equal: 0, other: 0 };
  fc.assert(
    fc.property(mutations, (changes) => {
      try {
        counts[target.take(target.mutate(changes))]++;
      } catch (error) {
        if (!(error instanceof CrdtError)) throw error;
        counts.refused++;
      }
      tried(counts);
    }),
    { numRuns: runs, seed, includeErrorInReport: true },
  );
  return counts;
}
