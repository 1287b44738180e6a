import fc from "fast-check";
import type { Operation } from "../src/history/operation.ts";

/**
 * Any small history of these calls: times collide often, answers are mostly wrong, some are never seen. A process
 * waits at least `waitMin` before its next call.
 */
export function smallHistory<I, O>(
  call: fc.Arbitrary<{ input: I; output: O }>,
  maxLength = 6,
  waitMin = 0,
): fc.Arbitrary<Operation<I, O>[]> {
  const step = fc.record({
    process: fc.nat(2),
    wait: fc.integer({ min: waitMin, max: 2 }),
    lasts: fc.nat(4),
    outcome: fc.constantFrom("ok", "ok", "ok", "ok", "unknown", "failed"),
    call,
  });
  return fc.array(step, { maxLength }).map((steps) => {
    const free = [0, 0, 0];
    return steps.map(({ process, wait, lasts, outcome, call: { input, output } }): Operation<I, O> => {
      const invokedAt = free[process]! + wait;
      const completedAt = invokedAt + lasts;
      free[process] = completedAt;
      return outcome === "ok"
        ? { process, invokedAt, completedAt, input, output, outcome }
        : { process, invokedAt, input, outcome: outcome as "unknown" | "failed" };
    });
  });
}

/** A stream of chance for tests that make large histories (sfc32 is not needed for that). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
