import { SnapshotFormatError } from "./errors.ts";

/** Reads exact lengths off a sequence of chunks. */
export class SnapshotReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    for (;;) {
      const part = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(part.length);
      parts.push(part);
      missing -= part.length;
      if (missing === 0) break;
      const { done, value } = await this.#chunks.next();
      if (done) throw new SnapshotFormatError(`A snapshot ends ${missing} bytes too early`);
      this.#left = value;
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async *rest(): AsyncIterable<Uint8Array> {
    if (this.#left.length > 0) yield this.#left;
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return;
      yield value;
    }
  }
}
