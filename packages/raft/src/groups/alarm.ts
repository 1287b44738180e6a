import type { Cancel, Clock } from "@coterie/host";

interface Wake {
  readonly at: number;
  /** Tells apart wakes of the same instant: first asked, first called. */
  readonly number: number;
  fn: (() => void) | null;
}

/** Cancelled wakes are swept once they are this many and more than those that wait. */
const sweptFrom = 1_024;

/** One timer for everybody who waits: a clock whose wakes stand in a heap, of which the host knows only the first. */
export class Alarm implements Clock, Disposable {
  readonly #clock: Clock;
  /** Binary heap by time, then number. */
  #heap: Wake[] = [];
  #cancelled = 0;
  #next = 1;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  wall(): number {
    return this.#clock.wall();
  }

  /** O(log n). Cancelling is O(1). */
  wake(at: number, fn: () => void): Cancel {
    if (at === Number.POSITIVE_INFINITY) return () => {};
    const wake: Wake = { at, number: this.#next++, fn };
    this.#push(wake);
    this.#arm();
    return () => {
      if (wake.fn === null) return;
      wake.fn = null;
      this.#cancelled++;
      if (this.#cancelled >= sweptFrom && this.#cancelled * 2 > this.#heap.length) this.#sweep();
    };
  }

  /** Wakes that wait, cancelled ones among them until they are swept. */
  get size(): number {
    return this.#heap.length;
  }

  /** Keeps one wake-up of the host's clock, for the earliest. One that comes too early does nothing. */
  #arm(): void {
    const at = this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
    if (at >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = at;
    this.#disarm = this.#clock.wake(at, () => this.#ring());
  }

  #ring(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.now();
    const due: Wake[] = [];
    while (this.#heap.length > 0 && (this.#heap[0]!.at <= now || this.#heap[0]!.fn === null))
      due.push(this.#pop());
    this.#arm();
    for (const wake of due) {
      const { fn } = wake;
      wake.fn = null;
      if (fn === null) this.#cancelled--;
      else fn();
    }
  }

  #push(wake: Wake): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(wake);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(wake, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = wake;
  }

  #pop(): Wake {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, 0, last);
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ fn }) => fn !== null);
    this.#cancelled = 0;
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) sink(this.#heap, at, this.#heap[at]!);
  }

  [Symbol.dispose](): void {
    this.#disarm();
    this.#heap = [];
  }
}

function before(a: Wake, b: Wake): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

/** Puts `wake` at `at` or below, where no child comes before it. */
function sink(heap: Wake[], from: number, wake: Wake): void {
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, wake)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = wake;
}
