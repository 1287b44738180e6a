import { type Have, type Part, partsOf, type TransferId, WINDOW } from "./frames.ts";

/** How many parts are sent before anything is known of the road. */
const firstWindow = 4;
/** A part that so many later ones overtook is taken to be lost, and not merely late. */
const overtakenMax = 3;

/** When a part that is still missing was sent last. */
interface Sending {
  readonly order: number;
  readonly atMs: number;
  /** When what was sent twice arrives, it may be either. */
  readonly once: boolean;
}

/**
 * A long message on its way to one peer. Sends a window of parts, and on with each that arrives; sends again at once what
 * others overtook, and after twice the time that a part takes what nothing was heard of: in a smaller window and after a
 * longer while each time, so that a narrow road is found out and not filled. The ways of TCP, in short: selective
 * acknowledgements (RFC 2018), loss found by overtaking (RFC 6675), and backing off (RFC 6298).
 */
export class Outgoing {
  readonly id: TransferId;
  readonly #message: Uint8Array;
  readonly #size: number;
  readonly #count: number;
  readonly #retryMinMs: number;
  readonly #retryMaxMs: number;
  /** The peer has everything below it. */
  #base = 0;
  /** What it has from there on, as it last said. */
  #mask = 0;
  /** Parts below it were sent at least once. */
  #sent = 0;
  readonly #flying = new Map<number, Sending>();
  #order = 0;
  /** The latest sending of which it is known that it arrived. */
  #arrivedOrder = -1;
  #window = firstWindow;
  #retryMs: number;
  /** When the peer was last heard of. */
  heardMs: number;
  /** When what is missing is sent again. */
  retryAtMs: number;

  /** Parts are sent again after `retryMs` at first, and no less often than every `retryMaxMs` or twice what they take. */
  constructor(
    id: TransferId,
    message: Uint8Array,
    size: number,
    { retryMs, retryMaxMs }: { readonly retryMs: number; readonly retryMaxMs: number },
    nowMs: number,
  ) {
    this.id = id;
    this.#message = message;
    this.#size = size;
    this.#count = partsOf(message.length, size);
    this.#retryMinMs = retryMs;
    this.#retryMaxMs = Math.max(retryMs, retryMaxMs);
    this.#retryMs = retryMs;
    this.heardMs = nowMs;
    this.retryAtMs = nowMs + retryMs;
  }

  get done(): boolean {
    return this.#base >= this.#count;
  }

  /** Takes what the peer says it has. True when it got further. */
  have({ base, mask }: Have, nowMs: number): boolean {
    this.heardMs = nowMs;
    if (base > this.#count) return false;
    const progress = base > this.#base || (base === this.#base && (mask & ~this.#mask) !== 0);
    // The latest word counts even if it is of less: the peer may have begun anew, unless it is but an older word.
    if (base + WINDOW < this.#base) this.#sent = base;
    this.#base = base;
    this.#mask = mask;
    this.#land(nowMs);
    if (!progress) return false;
    this.#window = Math.min(WINDOW, this.#window + 1);
    this.retryAtMs = nowMs + this.#retryMs;
    return true;
  }

  /** What was overtaken, and then what the window admits and was not sent yet. */
  *next(nowMs: number): Generator<Part> {
    for (const [index, { order }] of this.#flying)
      if (order + overtakenMax <= this.#arrivedOrder) yield this.#part(index, nowMs);
    const end = Math.min(this.#count, this.#base + this.#window);
    for (let index = Math.max(this.#sent, this.#base); index < end; index++)
      if (!this.#has(index)) yield this.#part(index, nowMs);
  }

  /** What is missing of what was sent, once more. */
  *again(nowMs: number): Generator<Part> {
    this.#window = Math.max(2, this.#window >> 1);
    this.#retryMs = Math.max(this.#retryMs, Math.min(2 * this.#retryMs, this.#retryMaxMs));
    this.retryAtMs = nowMs + this.#retryMs;
    const end = Math.min(this.#count, this.#base + WINDOW);
    for (let index = this.#base, left = this.#window; index < end && left > 0; index++) {
      if (this.#has(index)) continue;
      left--;
      yield this.#part(index, nowMs);
    }
  }

  /** Strikes off what arrived. */
  #land(nowMs: number): void {
    for (const [index, { order, atMs, once }] of this.#flying) {
      if (index >= this.#base && !this.#has(index)) continue;
      this.#flying.delete(index);
      if (!once) continue;
      this.#arrivedOrder = Math.max(this.#arrivedOrder, order);
      this.#retryMs = Math.max(this.#retryMinMs, 2 * (nowMs - atMs));
    }
  }

  #has(index: number): boolean {
    const bit = index - this.#base;
    return bit >= 0 && bit < WINDOW && ((this.#mask >>> bit) & 1) === 1;
  }

  #part(index: number, nowMs: number): Part {
    const once = index >= this.#sent;
    this.#flying.delete(index);
    this.#flying.set(index, { order: this.#order++, atMs: nowMs, once });
    this.#sent = Math.max(this.#sent, index + 1);
    const from = index * this.#size;
    return {
      kind: "part",
      id: this.id,
      length: this.#message.length,
      size: this.#size,
      index,
      bytes: this.#message.subarray(from, from + this.#size),
    };
  }
}
