import type { ProcessId } from "../history/operation.ts";

/** The times of one operation; `completedAt` is Infinity for one that may never have happened. */
export interface Span {
  /** Its place in the history: the order of one process's operations at one time. */
  readonly index: number;
  readonly process: ProcessId;
  readonly invokedAt: number;
  readonly completedAt: number;
  /** When its process could call again. */
  readonly freeAt: number;
}

const CALL = 0;
const RETURN = 1;

/**
 * The calls and returns of one part of a history in the order of time, as a doubly linked list from which a
 * linearized operation is lifted in O(1) and put back in O(1) (Wing and Gong 1993; Lowe 2017). Entries are
 * numbers: `head`, then 1..m, then `end`.
 *
 * Operations are numbered too: first the `required` ones (they were completed), then the optional ones (they may
 * never have happened), each in the order of their calls. Optional ones have no return.
 */
export class Timeline {
  readonly spans: readonly Span[];
  readonly required: number;
  /** The entry behind the last one. It acts as a return that nobody can pass. */
  readonly end: number;
  readonly next: Int32Array;
  /** The operation of an entry. */
  readonly operation: Int32Array;
  /** The entry of an operation's call. */
  readonly call: Int32Array;
  /** The entry of an operation's return; 0 for an optional operation. */
  readonly return: Int32Array;
  /**
   * The operation that must be linearized first although their spans touch: the one the same process completed
   * at the very time it called this one. -1 when there is none.
   */
  readonly after: Int32Array;
  /** For each required operation: how many required operations were called before it returned. */
  readonly requiredBefore: Int32Array;
  /** For each required operation: how many optional operations were called before it returned. */
  readonly optionalBefore: Int32Array;
  readonly #previous: Int32Array;

  /** `spans` holds the required operations, then the optional ones, each sorted by call. */
  constructor(spans: readonly Span[], required: number) {
    const n = spans.length;
    const entries = n + required;
    this.spans = spans;
    this.required = required;
    this.end = entries + 1;
    this.next = new Int32Array(entries + 2);
    this.#previous = new Int32Array(entries + 2);
    this.operation = new Int32Array(entries + 2).fill(-1);
    this.call = new Int32Array(n);
    this.return = new Int32Array(n);
    this.after = new Int32Array(n).fill(-1);
    this.requiredBefore = new Int32Array(required);
    this.optionalBefore = new Int32Array(required);
    this.#layOut();
    this.#orderTouchingOperations();
  }

  /** True when the entry is a call; a return, the head and the end are not. */
  isCall(entry: number): boolean {
    const operation = this.operation[entry]!;
    return operation >= 0 && this.call[operation] === entry;
  }

  /** Takes an operation out of the list. */
  lift(operation: number): void {
    this.#unlink(this.call[operation]!);
    if (operation < this.required) this.#unlink(this.return[operation]!);
  }

  /** Puts back the operation that was lifted last. */
  unlift(operation: number): void {
    if (operation < this.required) this.#relink(this.return[operation]!);
    this.#relink(this.call[operation]!);
  }

  #layOut(): void {
    // Closed spans: at equal times calls come before returns, so that touching operations overlap. Required and
    // optional operations are each in call order already, and a stable sort keeps them so.
    const entries: { time: number; kind: number; operation: number }[] = [];
    for (const [operation, span] of this.spans.entries()) {
      entries.push({ time: span.invokedAt, kind: CALL, operation });
      if (operation < this.required) entries.push({ time: span.completedAt, kind: RETURN, operation });
    }
    entries.sort((a, b) => a.time - b.time || a.kind - b.kind);
    let requiredCalls = 0;
    let optionalCalls = 0;
    for (const [index, { kind, operation }] of entries.entries()) {
      const entry = index + 1;
      this.operation[entry] = operation;
      if (kind === RETURN) {
        this.return[operation] = entry;
        this.requiredBefore[operation] = requiredCalls;
        this.optionalBefore[operation] = optionalCalls;
      } else {
        this.call[operation] = entry;
        if (operation < this.required) requiredCalls++;
        else optionalCalls++;
      }
    }
    for (let entry = 0; entry < this.end; entry++) {
      this.next[entry] = entry + 1;
      this.#previous[entry + 1] = entry;
    }
  }

  #orderTouchingOperations(): void {
    const latest = new Map<ProcessId, number>();
    const touching = (operation: number): number | undefined => {
      const before = latest.get(this.spans[operation]!.process);
      const touches = this.spans[before ?? operation]!.freeAt === this.spans[operation]!.invokedAt;
      return touches ? before : undefined;
    };
    const inOrder = [...this.spans.keys()].sort((a, b) => {
      const [one, other] = [this.spans[a]!, this.spans[b]!];
      return one.invokedAt - other.invokedAt || one.index - other.index;
    });
    for (const operation of inOrder) {
      this.after[operation] = touching(operation) ?? -1;
      const { process, freeAt } = this.spans[operation]!;
      if (freeAt < Number.POSITIVE_INFINITY) latest.set(process, operation);
    }
  }

  #unlink(entry: number): void {
    const next = this.next[entry]!;
    const previous = this.#previous[entry]!;
    this.next[previous] = next;
    this.#previous[next] = previous;
  }

  #relink(entry: number): void {
    this.next[this.#previous[entry]!] = entry;
    this.#previous[this.next[entry]!] = entry;
  }
}
