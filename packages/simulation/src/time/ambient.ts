/**
 * Ambient time and chance, taken away while the events of a world run and given back in between.
 *
 * A world runs its events in batches, each inside one turn of the real event loop, so nothing but the world's own
 * code and its microtasks ever meets the replacements: a test runner's timers keep working.
 */
import { AmbientUseError } from "../errors.ts";

/** The real things, for the simulator's own use: yielding to the event loop and measuring wall time. */
export const real: {
  readonly setImmediate: typeof setImmediate;
  readonly nextTick: typeof process.nextTick;
  readonly now: () => number;
} = {
  setImmediate: globalThis.setImmediate,
  nextTick: process.nextTick.bind(process),
  now: performance.now.bind(performance),
};

interface Replacement {
  readonly target: object;
  readonly key: string;
  readonly original: PropertyDescriptor | undefined;
  readonly value: unknown;
}

function thrower(name: string): () => never {
  return () => {
    throw new AmbientUseError(name);
  };
}

/** `new Date(ms)` stays, as arithmetic; a Date of now, made in any way, throws. */
function guardedDate(): DateConstructor {
  return new Proxy(Date, {
    construct(target, parameters, newTarget): Date {
      if (parameters.length === 0) throw new AmbientUseError("new Date()");
      return Reflect.construct(target, parameters, newTarget) as Date;
    },
    apply: thrower("Date()"),
    get(target, key, receiver): unknown {
      if (key === "now") return thrower("Date.now");
      return Reflect.get(target, key, receiver);
    },
  });
}

function replace(target: object, key: string, value: unknown): Replacement {
  return { target, key, original: Object.getOwnPropertyDescriptor(target, key), value };
}

function replacements(): Replacement[] {
  const timers = ["setTimeout", "setInterval", "setImmediate"];
  return [
    ...timers.map((name) => replace(globalThis, name, thrower(name))),
    replace(globalThis, "Date", guardedDate()),
    replace(performance, "now", thrower("performance.now")),
    replace(
      process,
      "hrtime",
      Object.assign(thrower("process.hrtime"), { bigint: thrower("process.hrtime") }),
    ),
    replace(Math, "random", thrower("Math.random")),
    replace(crypto, "randomUUID", thrower("crypto.randomUUID")),
    replace(crypto, "getRandomValues", thrower("crypto.getRandomValues")),
    replace(AbortSignal, "timeout", thrower("AbortSignal.timeout")),
  ];
}

let prepared: readonly Replacement[] | undefined;

/** Makes every ambient source of time and chance throw. */
export function forbidAmbient(): void {
  prepared ??= replacements();
  for (const { target, key, value } of prepared)
    Object.defineProperty(target, key, { value, configurable: true, writable: true, enumerable: true });
}

/** Gives them back. */
export function allowAmbient(): void {
  for (const { target, key, original } of prepared ?? []) {
    if (original) Object.defineProperty(target, key, original);
    else Reflect.deleteProperty(target, key);
  }
}
