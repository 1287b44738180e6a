import { PendingFullError } from "../errors.ts";
import type { MissingCause } from "./stage.ts";

interface Held {
  readonly bytes: Uint8Array;
  readonly missing: MissingCause;
}

const none: readonly MissingCause[] = [];

/** Updates that came before their causes, within a bound. */
export class Pending {
  readonly #bytesMax: number;
  #held: Held[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What each held update waits for. */
  get missing(): readonly MissingCause[] {
    return this.#held.length === 0 ? none : this.#held.map(({ missing }) => missing);
  }

  /** Throws PendingFullError when there is no room for an update. */
  admit(bytes: number, sizeSoFar: number): void {
    if (this.#bytes + sizeSoFar + bytes > this.#bytesMax) throw new PendingFullError(bytes, this.#bytesMax);
  }

  hold(bytes: Uint8Array, missing: MissingCause): void {
    if (this.holds(bytes)) return;
    this.#held.push({ bytes: bytes.slice(), missing });
    this.#bytes += bytes.length;
  }

  /** Whether an update with these bytes is held. */
  holds(bytes: Uint8Array): boolean {
    return this.#held.some(
      ({ bytes: other }) => other.length === bytes.length && other.every((byte, at) => byte === bytes[at]),
    );
  }

  /** Takes out the updates whose missing operations are there now, as far as is known. */
  takeReady(next: (replica: string) => number): Uint8Array[] {
    if (this.#held.length === 0) return [];
    const ready: Uint8Array[] = [];
    const kept: Held[] = [];
    for (const held of this.#held) {
      if (next(held.missing.replica) >= held.missing.to) ready.push(held.bytes);
      else kept.push(held);
    }
    this.#held = kept;
    this.#bytes -= ready.reduce((sum, { length }) => sum + length, 0);
    return ready;
  }
}
