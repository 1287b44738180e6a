import { type Have, type Part, partsOf, type TransferId, WINDOW } from "./frames.ts";

/** What keeping anything costs beside its bytes, about: many tiny parts must not be cheap. */
export const overheadBytes = 256;

/** A long message as far as it has arrived. Nothing is set aside for what a sender merely announces. */
export class Incoming {
  readonly id: TransferId;
  readonly #length: number;
  readonly #size: number;
  readonly #count: number;
  readonly #parts = new Map<number, Uint8Array>();
  /** The first missing part. */
  #base = 0;
  /** Bytes that it keeps. */
  heldBytes: number = overheadBytes;
  heardMs: number;

  constructor({ id, length, size }: Part, nowMs: number) {
    this.id = id;
    this.#length = length;
    this.#size = size;
    this.#count = partsOf(length, size);
    this.heardMs = nowMs;
  }

  get complete(): boolean {
    return this.#base === this.#count;
  }

  /** What keeping the part would cost; 0 when it is of no use. */
  cost({ length, size, index, bytes }: Part): number {
    const useful =
      length === this.#length &&
      size === this.#size &&
      index >= this.#base &&
      index < this.#base + WINDOW &&
      !this.#parts.has(index);
    return useful ? bytes.length + overheadBytes : 0;
  }

  /** Keeps a part that `cost` found useful. */
  take(part: Part, nowMs: number): void {
    this.heldBytes += this.cost(part);
    this.heardMs = nowMs;
    this.#parts.set(part.index, part.bytes);
    while (this.#parts.has(this.#base)) this.#base++;
  }

  have(): Have {
    let mask = 0;
    for (let bit = 0; bit < WINDOW; bit++) if (this.#parts.has(this.#base + bit)) mask |= 1 << bit;
    return { kind: "have", id: this.id, base: this.#base, mask: mask >>> 0 };
  }

  /** The whole message, once it is complete. */
  message(): Uint8Array {
    const message = new Uint8Array(this.#length);
    for (const [index, bytes] of this.#parts) message.set(bytes, index * this.#size);
    return message;
  }
}
