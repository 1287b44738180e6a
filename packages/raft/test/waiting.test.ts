import type { Clock } from "@coterie/host";
import test from "ava";
import { Waiting, type Without } from "../src/waiting.ts";

/** A clock that a test moves; knows how many wakes are asked for. */
class HandClock implements Clock {
  #now = 0;
  readonly wakes: Set<{ readonly at: number; readonly fn: () => void }> = new Set();
  now = (): number => this.#now;
  wall = (): number => this.#now;
  wake = (at: number, fn: () => void): (() => void) => {
    const wake = { at, fn };
    if (at < Number.POSITIVE_INFINITY) this.wakes.add(wake);
    return () => void this.wakes.delete(wake);
  };

  moveTo(time: number): void {
    for (;;) {
      const due = [...this.wakes].filter(({ at }) => at <= time).sort((a, b) => a.at - b.at)[0];
      this.#now = due ? Math.max(this.#now, due.at) : time;
      if (due === undefined) return;
      this.wakes.delete(due);
      due.fn();
    }
  }
}

/** Notes how each wait has ended, in the order in which they do. */
function room() {
  const clock = new HandClock();
  const waiting = new Waiting<string>(clock);
  const ends: string[] = [];
  const without: Without = {
    timedOut: (number, timeoutMs) => new Error(`${number} waited ${timeoutMs} ms until ${clock.now()}`),
    aborted: (number) => void ends.push(`${number} gives up`),
  };
  const wait = (number: number, timeoutMs: number, signal?: AbortSignal, bytes = 0): void => {
    waiting.wait(number, signal ? { signal } : {}, timeoutMs, without, bytes).then(
      (answer) => ends.push(`${number}: ${answer}`),
      (error: Error) => ends.push(error.message),
    );
  };
  const settled = async (): Promise<string[]> => {
    await new Promise(setImmediate);
    return ends.splice(0);
  };
  return { clock, waiting, wait, settled };
}

test("each wait ends by its own deadline, whatever order they came in, and all share one wake", async (t) => {
  const { clock, waiting, wait, settled } = room();
  wait(1, 1_000);
  wait(2, 50);
  wait(3, 200);
  wait(4, Number.POSITIVE_INFINITY);
  t.is(clock.wakes.size, 1);
  clock.moveTo(49);
  t.deepEqual(await settled(), []);
  clock.moveTo(50);
  t.deepEqual(await settled(), ["2 waited 50 ms until 50"]);
  wait(5, 100);
  t.is(clock.wakes.size, 1);
  clock.moveTo(999);
  t.deepEqual(await settled(), ["5 waited 100 ms until 150", "3 waited 200 ms until 200"]);
  waiting.answer(1, "in time");
  clock.moveTo(10_000);
  t.deepEqual(await settled(), ["1: in time"]);
  t.is(waiting.size, 1);
  t.is(clock.wakes.size, 0);
});

test("a wait ends once: by its answer, its signal or its deadline", async (t) => {
  const { clock, waiting, wait, settled } = room();
  const controller = new AbortController();
  wait(1, 100, controller.signal, 10);
  wait(2, 100, controller.signal, 20);
  wait(3, 100, undefined, 40);
  t.is(waiting.bytes, 70);
  waiting.answer(1, "yes");
  controller.abort(new Error("enough"));
  t.is(waiting.bytes, 40);
  clock.moveTo(100);
  waiting.answer(2, "late");
  waiting.refuse(3, new Error("late"));
  t.deepEqual(await settled(), ["2 gives up", "1: yes", "enough", "3 waited 100 ms until 100"]);
  wait(4, 100, AbortSignal.abort(new Error("before it began")));
  t.deepEqual(await settled(), ["4 gives up", "before it began"]);
  t.is(waiting.size + waiting.bytes, 0);
});

test("when all are refused no wake is left, and whoever waits afterwards is looked after again", async (t) => {
  const { clock, waiting, wait, settled } = room();
  wait(1, 100);
  waiting.refuseAll(() => new Error("closed"));
  t.is(clock.wakes.size, 0);
  wait(2, 200);
  clock.moveTo(200);
  t.deepEqual(await settled(), ["closed", "2 waited 200 ms until 200"]);
});
