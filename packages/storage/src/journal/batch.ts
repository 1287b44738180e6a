import { frameBytes, kindRecord, recordHeaderBytes, sealRecord, writeLength } from "./format.ts";

/** One append that waits to become durable. */
interface Waiter {
  /** Offset in the batch of its first record. */
  readonly begin: number;
  /** Offset in the batch behind its last record. */
  readonly end: number;
  /** Position of its first record, once that has been written. */
  position: number | undefined;
  resolve(position: number): void;
  reject(error: Error): void;
}

/** A batch that grew above this gives its memory back when it has been written. */
const keptBytesMax = 1024 * 1024;

/**
 * Records on their way to the disk, already laid out as the segment will hold them. Contents are copied in when
 * they are appended, so callers may reuse their buffers at once.
 */
export class Batch {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #waiters: Waiter[] = [];
  /** Waiters before this index have their answer. */
  #settled = 0;
  /** Records before this offset are durable. */
  #durable = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes that are not durable yet. */
  get pendingBytes(): number {
    return this.#length - this.#durable;
  }

  get empty(): boolean {
    return this.#waiters.length === 0;
  }

  /** Adds the records of one append; resolves as the append does. */
  add(records: readonly Uint8Array[], frames: number): Promise<number> {
    this.#reserve(frames);
    const begin = this.#length;
    for (const record of records) {
      const at = this.#length;
      const end = at + frameBytes(record.length);
      // First the padding, in the last four bytes; what else stands there is written over it.
      this.#view.setUint32(end - 4, 0);
      writeLength(this.#view, at, record.length, kindRecord);
      this.#bytes.set(record, at + recordHeaderBytes);
      this.#length = end;
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ begin, end: this.#length, position: undefined, resolve, reject });
    });
  }

  /**
   * Completes as many whole records from offset `from` as fit into `room` bytes, the first to stand at `position`.
   * Returns the offset behind the last of them.
   */
  seal(from: number, room: number, position: number, durable: number, identity: number): number {
    let at = from;
    while (at < this.#length) {
      const length = this.#view.getUint32(at + 4, true) >>> 2;
      const next = at + frameBytes(length);
      if (next - from > room) break;
      sealRecord(this.#bytes, this.#view, at, length, position + at - from, durable, identity);
      at = next;
    }
    return at;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** The records from `from` to `to` are durable, the first of them at `position`: answers who waited for them. */
  settle(from: number, to: number, position: number): void {
    this.#durable = to;
    for (; this.#settled < this.#waiters.length; this.#settled++) {
      const waiter = this.#waiters[this.#settled]!;
      if (waiter.begin > to || (waiter.begin === to && waiter.end > to)) return;
      waiter.position ??= position + waiter.begin - from;
      if (waiter.end > to) return;
      waiter.resolve(waiter.position);
    }
  }

  /** None of the records without an answer will become durable. */
  reject(error: Error): void {
    for (const waiter of this.#waiters.slice(this.#settled)) waiter.reject(error);
    this.#settled = this.#waiters.length;
  }

  /** Makes the batch empty, to be filled anew. */
  clear(): void {
    this.#length = 0;
    this.#waiters = [];
    this.#settled = 0;
    this.#durable = 0;
    if (this.#bytes.length > keptBytesMax) this.#resize(4096);
  }

  #reserve(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted > this.#bytes.length) this.#resize(Math.max(wanted, this.#bytes.length * 2));
  }

  #resize(bytes: number): void {
    const old = this.#bytes;
    this.#bytes = new Uint8Array(bytes);
    this.#bytes.set(old.subarray(0, this.#length));
    this.#view = new DataView(this.#bytes.buffer);
  }
}
