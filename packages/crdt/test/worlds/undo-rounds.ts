import type { ExecutionContext } from "ava";
import type { Undo } from "../../src/index.ts";

/** Goes back through all states and forth again, over and over; the last one is where it begins and ends. */
export function backAndForth<State>(
  t: ExecutionContext,
  undo: Undo,
  states: readonly State[],
  read: () => State,
  rounds = 2,
): void {
  for (let round = 0; round < rounds; round++) {
    for (let at = states.length - 2; at >= 0; at--) {
      t.true(undo.undo());
      t.deepEqual(read(), states[at]);
    }
    t.false(undo.undo());
    for (let at = 1; at < states.length; at++) {
      t.true(undo.redo());
      t.deepEqual(read(), states[at]);
    }
    t.false(undo.redo());
  }
}
