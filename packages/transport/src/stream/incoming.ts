import type { Cancel, Clock } from "../clock.ts";
import { StreamFailedError, StreamInterruptedError } from "../errors.ts";
import { StreamKind, type StreamMessage } from "../gen/stream.ts";
import type { NodeId } from "../transport.ts";
import { release } from "../wire/release.ts";

export interface IncomingBounds {
  /** Bytes that may be on their way or waiting to be read. */
  readonly windowBytes: number;
  /** After that long without a byte, the stream is asked for again where it stopped. */
  readonly silenceMs: number;
  /** How often in a row that may bring nothing. */
  readonly resumesMax: number;
}

/** What the reading end says to the writing end. */
export interface Requests {
  /** Asks for the stream from an offset on; returns the id that this attempt goes by. */
  open(offset: number, credit: number): number;
  credit(id: number, credit: number): void;
  cancel(id: number): void;
}

/**
 * One stream as its reader sees it. Holds at most a window of bytes, gives credit as they are read, and asks again
 * from where it stands when something was lost on the way.
 */
export class IncomingStream {
  readonly #from: NodeId;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #bounds: IncomingBounds;
  readonly #requests: Requests;
  readonly #waiting: Uint8Array[] = [];
  #id = 0;
  /** Bytes below it have arrived. */
  #received: number;
  /** Bytes below it were handed to the reader. */
  #read: number;
  #credit: number;
  #ended = false;
  #error: unknown;
  #resumes = 0;
  #heardAt: number;
  #cancelWake: Cancel = () => {};
  #wakeReader: (() => void) | undefined;

  constructor(
    from: NodeId,
    name: string,
    offset: number,
    clock: Clock,
    bounds: IncomingBounds,
    requests: Requests,
  ) {
    this.#from = from;
    this.#name = name;
    this.#clock = clock;
    this.#bounds = bounds;
    this.#requests = requests;
    this.#received = offset;
    this.#read = offset;
    this.#credit = offset + bounds.windowBytes;
    this.#heardAt = clock.now();
  }

  start(): void {
    this.#id = this.#requests.open(this.#received, this.#credit);
    this.#watch();
  }

  /** Takes what the writer says to one attempt. What belongs to an earlier one is ignored. */
  receive(message: StreamMessage): void {
    if (message.id !== this.#id || this.#done) return;
    this.#heardAt = this.#clock.now();
    if (message.kind === StreamKind.FAILURE) {
      this.fail(new StreamFailedError(this.#from, this.#name, message.code, message.message));
    } else if (message.offset !== this.#received) {
      // Something before it was lost. What follows comes again with it.
      this.#resume();
    } else if (message.kind === StreamKind.END) {
      this.#ended = true;
      this.#wakeReader?.();
    } else if (message.kind === StreamKind.DATA) {
      this.#resumes = 0;
      this.#received += message.data.length;
      this.#waiting.push(message.data);
      this.#wakeReader?.();
    }
  }

  fail(error: unknown): void {
    if (this.#done) return;
    this.#error = error;
    this.#wakeReader?.();
  }

  /** With `borrow` each piece is taken back when the next one is asked for. */
  async *read(borrow: boolean): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const piece = this.#waiting.shift();
        if (piece !== undefined) {
          const { length } = piece;
          yield piece;
          if (borrow) release(piece);
          this.#read += length;
          this.#grant();
        } else if (this.#error !== undefined) throw this.#error;
        else if (this.#ended) return;
        else await this.#more();
      }
    } finally {
      this.#cancelWake();
      if (!this.#ended) this.#requests.cancel(this.#id);
      this.#ended = true;
    }
  }

  get #done(): boolean {
    return this.#ended || this.#error !== undefined;
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakeReader = resolve;
    });
    this.#wakeReader = undefined;
  }

  /** In steps of half a window, so that credit costs little and never runs out while the reader keeps up. */
  #grant(): void {
    const { windowBytes } = this.#bounds;
    if (this.#credit - this.#read > windowBytes / 2) return;
    this.#credit = this.#read + windowBytes;
    if (!this.#ended) this.#requests.credit(this.#id, this.#credit);
  }

  #resume(): void {
    if (this.#resumes++ >= this.#bounds.resumesMax) {
      this.fail(new StreamInterruptedError(this.#from, this.#name, this.#received));
      return;
    }
    this.#requests.cancel(this.#id);
    this.#heardAt = this.#clock.now();
    this.#id = this.#requests.open(this.#received, this.#credit);
  }

  /** While the reader is the one to wait for, silence means nothing. */
  #watch(): void {
    const { silenceMs } = this.#bounds;
    this.#cancelWake = this.#clock.wake(this.#heardAt + silenceMs, () => {
      if (this.#done) return;
      const now = this.#clock.now();
      const readerIsSlow = this.#received >= this.#credit || this.#waiting.length > 0;
      if (readerIsSlow) this.#heardAt = now;
      else if (now - this.#heardAt >= silenceMs) this.#resume();
      if (!this.#done) this.#watch();
    });
  }
}
