import { allowAmbient, forbidAmbient, real } from "./ambient.ts";

/** How many turns are taken before the real event loop gets one: a fixed number, so the same in every run. */
const turnsPerBreath = 4096;

const settled: Promise<void> = Promise.resolve();

/** Who takes unhandled rejections: whose breath ran last. Listens while any world runs. */
const orphanage = {
  runs: 0,
  adopt: (_reason: unknown): void => {},
  relay: (reason: unknown): void => orphanage.adopt(reason),
  enter(): void {
    if (this.runs++ === 0) process.on("unhandledRejection", this.relay);
  },
  leave(): void {
    if (--this.runs === 0) process.off("unhandledRejection", this.relay);
  },
};

/**
 * Calls `turn` until it answers `false`, so that every microtask of one turn has run before the next begins.
 *
 * How: Node runs a `nextTick` callback that was asked for by a microtask only once the microtask queue is empty, and
 * runs all of both before anything else. One microtask that asks for the next tick is therefore a complete drain, at
 * a tenth of the price of a `setImmediate`. (A `process.nextTick` of the code under test may run one turn late, the
 * same way in every run.)
 *
 * During a breath ambient time and chance throw. A rejection that nobody handled is given to `orphan`.
 */
export function inTurns(turn: () => boolean, orphan: (reason: unknown) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = 0;

  const breathe = (): void => {
    left = turnsPerBreath;
    orphanage.adopt = orphan;
    forbidAmbient();
    next();
  };
  const next = (): void => {
    if (left-- === 0) rest(breathe);
    else if (more()) void settled.then(tick);
    else rest(end);
  };
  const more = (): boolean => {
    try {
      return turn();
    } catch (error) {
      reject(error);
      return false;
    }
  };
  const tick = (): void => real.nextTick(next);
  const rest = (then: () => void): void => {
    allowAmbient();
    real.setImmediate(then);
  };
  // Node reports unhandled rejections after the last tick of a breath: the end is one more immediate away.
  const end = (): void => {
    orphanage.leave();
    resolve();
  };

  orphanage.enter();
  real.setImmediate(breathe);
  return promise;
}
