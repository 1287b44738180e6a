import { Configuration } from "./configuration.ts";
import { Memo } from "./memo.ts";
import type { Model, PartKey } from "./model.ts";
import { Outlook } from "./outlook.ts";
import { type Call, States } from "./states.ts";
import { Timeline } from "./timeline.ts";

/** What a search has found so far. */
export type Verdict = "linearizable" | "illegal" | "unknown";

/** What is known of one part of a history. Operations are named by their index in the history. */
export interface Judgement {
  readonly part: PartKey | undefined;
  readonly verdict: Verdict;
  /** The best order found: a whole linearization once the verdict says so. */
  readonly order: readonly number[];
  /**
   * The operation before whose completion `order` came to stand. Once the verdict is illegal, the history up to
   * just before that completion is linearizable, and with it, it is not (where the budget ended before the first
   * such completion was found, it is a later one). With the verdict unknown it is only how far the search came.
   */
  readonly blocked: number | undefined;
  /** How many calls were looked at. */
  readonly steps: number;
}

/**
 * The search of Wing and Gong (1993) with the memo of Lowe (2017), on one part of a history: linearize an
 * operation that nothing pending must precede, go on from there, go back where no operation is legal. It can be
 * stopped after any number of steps and taken up again.
 *
 * Each place of the search is gone through twice. *Observing* linearizes at once every read-only operation that
 * is legal: doing it now can spoil nothing, so nothing else needs to be tried instead. *Choosing* then tries
 * the others one after another.
 */
export class Search<State, Input, Output> implements Judgement {
  readonly part: PartKey | undefined;
  readonly states: States<State, Input, Output>;
  steps = 0;
  verdict: Verdict = "unknown";

  readonly #calls: readonly Call<Input, Output>[];
  readonly #readOnly: Uint8Array;
  readonly #timeline: Timeline;
  readonly #configuration: Configuration;
  readonly #memo: Memo;
  readonly #outlook: Outlook | undefined;
  #entry: number;
  #observing = true;
  #state = 0;
  #requiredLeft: number;

  // The operations linearized so far, the state each was linearized in, and whether it was without alternative.
  readonly #stack: Int32Array;
  readonly #stateBefore: Int32Array;
  readonly #forced: Uint8Array;
  #depth = 0;

  // The latest return that could not be passed, and the longest order that came to stand before it.
  #farthest = 0;
  #farthestDepth = 0;
  readonly #farthestStack: Int32Array;

  /** `calls` in the order of the history. Failed operations are not among them. */
  constructor(
    model: Model<State, Input, Output>,
    part: PartKey | undefined,
    calls: readonly Call<Input, Output>[],
  ) {
    const isReadOnly = (call: Call<Input, Output>): boolean => changesNothing(model, call);
    // A read that need not have happened says nothing about the state and leaves none behind.
    const kept = calls.filter((call) => isCompleted(call) || !isReadOnly(call));
    const byCall = kept.sort((a, b) => a.invokedAt - b.invokedAt || a.completedAt - b.completedAt);
    const required = byCall.filter(isCompleted);
    const optional = byCall.filter((call) => !isCompleted(call));
    this.part = part;
    this.states = new States(model, part);
    this.#calls = [...required, ...optional];
    this.#readOnly = Uint8Array.from(this.#calls, (call) => (isReadOnly(call) ? 1 : 0));
    this.#timeline = new Timeline(this.#calls, required.length);
    this.#configuration = new Configuration(this.#timeline);
    this.#memo = new Memo(this.#timeline);
    this.#outlook = Outlook.of(model, this.#calls, required.length, this.states);
    this.#entry = this.#timeline.next[0]!;
    this.#requiredLeft = required.length;
    this.#stack = new Int32Array(this.#calls.length);
    this.#stateBefore = new Int32Array(this.#calls.length);
    this.#forced = new Uint8Array(this.#calls.length);
    this.#farthestStack = new Int32Array(this.#calls.length);
    if (this.#requiredLeft === 0) this.verdict = "linearizable";
  }

  /** Whether `blocked` is the first completion that breaks it: looking ahead gives up before it gets there. */
  get blamesExactly(): boolean {
    return this.#outlook === undefined;
  }

  /** How much memory it holds beyond the history. */
  get bytes(): number {
    return this.#memo.bytes;
  }

  get order(): number[] {
    const done = this.verdict === "linearizable";
    const stack = done
      ? this.#stack.subarray(0, this.#depth)
      : this.#farthestStack.subarray(0, this.#farthestDepth);
    return Array.from(stack, (operation) => this.#calls[operation]!.index);
  }

  get blocked(): number | undefined {
    if (this.verdict === "linearizable") return undefined;
    const operation = this.#timeline.operation[this.#farthest]!;
    return operation < 0 ? undefined : this.#calls[operation]!.index;
  }

  /** Searches on for at most so many steps. */
  run(steps: number): Verdict {
    const until = this.steps + steps;
    while (this.verdict === "unknown" && this.steps < until) {
      this.steps++;
      if (this.#timeline.isCall(this.#entry)) {
        if (!(this.#observing ? this.#observe() : this.#choose()))
          this.#entry = this.#timeline.next[this.#entry]!;
      } else if (this.#observing) {
        this.#endObserving();
      } else {
        this.#goBack();
      }
    }
    return this.verdict;
  }

  /** Linearizes the call at hand if it reads and may come now, and stays at this place. */
  #observe(): boolean {
    const operation = this.#timeline.operation[this.#entry]!;
    if (this.#readOnly[operation] === 0 || !this.#mayComeNow(operation)) return false;
    // A set of possible states may lose some by reading: then reading now is a choice, not free.
    if (this.states.step(this.#state, this.#calls[operation]!) !== this.#state) return false;
    const next = this.#timeline.next[this.#entry]!;
    this.#linearize(operation, this.#state, 1);
    this.#entry = next === this.#timeline.return[operation] ? this.#timeline.next[next]! : next;
    return true;
  }

  /** Every legal read is in. Goes on to choose, unless the search has been in this place before. */
  #endObserving(): void {
    this.#rememberFarthest();
    if (!this.#memo.add(this.#configuration, this.#state)) {
      this.#goBack();
      return;
    }
    this.#observing = false;
    this.#entry = this.#timeline.next[0]!;
  }

  /** Linearizes the call at hand if it is legal, and moves to the place that follows. */
  #choose(): boolean {
    const operation = this.#timeline.operation[this.#entry]!;
    if (!this.#mayComeNow(operation)) return false;
    const next = this.states.step(this.#state, this.#calls[operation]!);
    if (next < 0) return false;
    if (next !== this.#state && this.#outlook?.strands(operation, this.#state)) return false;
    // What may never have happened and would change nothing is as well left out.
    if (next === this.#state && operation >= this.#timeline.required) return false;
    this.#linearize(operation, next, 0);
    this.#observing = true;
    this.#entry = this.#timeline.next[0]!;
    return true;
  }

  #mayComeNow(operation: number): boolean {
    const before = this.#timeline.after[operation]!;
    return before < 0 || this.#configuration.has(before);
  }

  #linearize(operation: number, next: number, forced: 0 | 1): void {
    this.#stack[this.#depth] = operation;
    this.#stateBefore[this.#depth] = this.#state;
    this.#forced[this.#depth++] = forced;
    this.#state = next;
    this.#configuration.add(operation);
    this.#outlook?.linearize(operation);
    this.#timeline.lift(operation);
    if (operation < this.#timeline.required && --this.#requiredLeft === 0) this.verdict = "linearizable";
  }

  /** Takes back the last choice, with all the reads that followed from it, and moves on to the next one. */
  #goBack(): void {
    while (this.#depth > 0) {
      const operation = this.#stack[--this.#depth]!;
      this.#state = this.#stateBefore[this.#depth]!;
      this.#configuration.delete(operation);
      this.#outlook?.takeBack(operation);
      this.#timeline.unlift(operation);
      if (operation < this.#timeline.required) this.#requiredLeft++;
      if (this.#forced[this.#depth] === 1) continue;
      this.#observing = false;
      this.#entry = this.#timeline.next[this.#timeline.call[operation]!]!;
      return;
    }
    this.verdict = "illegal";
  }

  #rememberFarthest(): void {
    if (this.#entry < this.#farthest) return;
    if (this.#entry === this.#farthest && this.#depth <= this.#farthestDepth) return;
    this.#farthest = this.#entry;
    this.#farthestDepth = this.#depth;
    this.#farthestStack.set(this.#stack.subarray(0, this.#depth));
  }
}

function isCompleted(call: Call<unknown, unknown>): boolean {
  return call.completedAt < Number.POSITIVE_INFINITY;
}

/** Whether the model says that a call changes no state whatever. */
function changesNothing<Input, Output>(
  model: Model<unknown, Input, Output>,
  { input, output }: Call<Input, Output>,
): boolean {
  if (model.readOnly?.(input, output)) return true;
  const access = model.access?.(input, output);
  return access !== undefined && !("leaves" in access);
}
