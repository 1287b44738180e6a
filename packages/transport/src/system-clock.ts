import { performance } from "node:perf_hooks";
import type { Cancel, Clock } from "./clock.ts";

/** Node fires a timer above 2^31 - 1 ms at once. Longer waits are made of several of these. */
const timerMsMax = 0x4000_0000;

export interface SystemClockOptions {
  /**
   * Whether a pending wake keeps the process running. Default: true, because a protocol that waits for its time
   * is at work even when it holds no socket; whoever asked for the wake cancels it when it closes.
   */
  readonly keepAlive?: boolean;
}

/**
 * The machine's own clock.
 *
 * A wake passes through the loop's poll phase before it is called: what had already arrived when its time came
 * is delivered first. Without that, a stalled loop runs a probe's timer before it reads the answer that has been
 * waiting in the socket, and every healthy peer looks dead.
 */
export function systemClock(options: SystemClockOptions = {}): Clock {
  const keepAlive = options.keepAlive ?? true;
  const now = (): number => performance.now();
  return {
    now,
    wall: () => Date.now(),
    wake(at, fn): Cancel {
      let timer: NodeJS.Timeout | undefined;
      let immediate: NodeJS.Immediate | undefined;
      const arm = (): void => {
        const left = at - now();
        if (left > 0) {
          // Node rounds a delay down, so a timer may come early: it is armed again until the time has come.
          timer = setTimeout(arm, Math.min(Math.ceil(left), timerMsMax));
          if (!keepAlive) timer.unref();
        } else {
          immediate = setImmediate(fn);
          if (!keepAlive) immediate.unref();
        }
      };
      if (at < Infinity) arm();
      return () => {
        clearTimeout(timer);
        clearImmediate(immediate);
      };
    },
  };
}
