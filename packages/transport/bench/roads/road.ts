/** The near end of one way of sending bytes to the far process. */
export interface NearRoad {
  /**
   * Sends that many records of that length as fast as the road takes them; `lent` over a channel that lends and
   * borrows, where the road has such.
   */
  send?(bytes: number, count: number, lent?: boolean): Promise<void>;
  /** Sends one record and waits until it comes back. */
  ping?(bytes: number, lane?: "control" | "bulk"): Promise<void>;
  /** Makes one call with that many bytes and waits for its answer, of the same length. */
  call?(bytes: number): Promise<void>;
  /** Sends that many records of 64 bytes without minding whether they are taken. */
  flood?(count: number): Promise<void>;
  /** Reads that much of a stream. */
  stream?(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** The far end: counts what arrives, echoes pings and answers calls. */
export interface FarRoad {
  readonly address: string;
  /** Calls `done` once that many more records have arrived. */
  expect(count: number, done: () => void): void;
}

/** Counts records down to nothing. */
export class Countdown {
  #left = Number.POSITIVE_INFINITY;
  #done = (): void => {};

  expect(count: number, done: () => void): void {
    this.#left = count;
    this.#done = done;
  }

  count(records: number): void {
    this.#left -= records;
    if (this.#left === 0) this.#done();
  }
}

/** Cuts a byte stream into the frames of `[length: uint32][bytes]` that were written into it. */
export function frames(each: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at);
      if (bytes.length - at - 4 < length) break;
      each(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    rest = bytes.subarray(at);
  };
}
