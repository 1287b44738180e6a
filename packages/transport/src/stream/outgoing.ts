import type { Cancel, Clock } from "../clock.ts";
import { StreamKind, type StreamMessage } from "../gen/stream.ts";
import type { Channel, NodeId } from "../transport.ts";

/**
 * Gives the bytes of a stream from an offset on, in pieces of any length. It may be asked for the same bytes
 * again: a reader that lost some resumes there. `signal` is aborted when nobody reads any more. A piece is sent from
 * where it lies: whoever yields it must not write to it again.
 */
export type StreamSource = (
  offset: number,
  request: { readonly from: NodeId; readonly signal: AbortSignal },
) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** One stream on its way to its reader: sends no more than the reader has given credit for. */
export class OutgoingStream {
  readonly #channel: Channel<StreamMessage>;
  readonly #clock: Clock;
  readonly #to: NodeId;
  readonly #id: number;
  readonly #chunkBytes: number;
  readonly #silenceMs: number;
  readonly #abort = new AbortController();
  #credit: number;
  #creditGrown: (() => void) | undefined;

  constructor(
    channel: Channel<StreamMessage>,
    clock: Clock,
    to: NodeId,
    id: number,
    credit: number,
    bounds: { chunkBytes: number; silenceMs: number },
  ) {
    this.#channel = channel;
    this.#clock = clock;
    this.#to = to;
    this.#id = id;
    this.#credit = credit;
    this.#chunkBytes = bounds.chunkBytes;
    this.#silenceMs = bounds.silenceMs;
  }

  grant(credit: number): void {
    if (credit <= this.#credit) return;
    this.#credit = credit;
    this.#creditGrown?.();
  }

  /** Nobody reads any more. */
  cancel(): void {
    this.#abort.abort();
    this.#creditGrown?.();
  }

  /** Sends all of the source, from the offset on. Never rejects: a failure is the reader's to hear of. */
  async run(source: StreamSource, offset: number): Promise<void> {
    const { signal } = this.#abort;
    let at = offset;
    try {
      for await (const piece of source(offset, { from: this.#to, signal })) {
        for (let i = 0; i < piece.length && !signal.aborted; i += this.#chunkBytes) {
          const data = piece.subarray(i, i + this.#chunkBytes);
          if (at + data.length > this.#credit) await this.#moreCredit(at + data.length);
          if (signal.aborted) return;
          if (!(await this.#send({ kind: StreamKind.DATA, offset: at, data }))) return;
          at += data.length;
        }
        if (signal.aborted) return;
      }
      await this.#send({ kind: StreamKind.END, offset: at });
    } catch (error) {
      const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
      await this.#send({
        kind: StreamKind.FAILURE,
        code: typeof code === "string" ? code : "ERR_INTERNAL",
        message: (typeof message === "string" ? message : String(error)).slice(0, 4_096),
      });
    } finally {
      this.#abort.abort();
    }
  }

  /** Waits for room in the outbox; false when the reader cannot be reached at all. */
  async #send(fields: Partial<StreamMessage>): Promise<boolean> {
    const message: StreamMessage = {
      kind: StreamKind.UNSPECIFIED,
      id: this.#id,
      name: "",
      offset: 0,
      credit: 0,
      data: nothing,
      code: "",
      message: "",
      ...fields,
    };
    for (let attempt = 0; attempt < 2; attempt++) {
      if (this.#channel.send(this.#to, message)) return true;
      await this.#channel.drained(this.#to);
    }
    return this.#channel.send(this.#to, message);
  }

  /** A reader that gives no credit for that long is gone. */
  async #moreCredit(wanted: number): Promise<void> {
    while (this.#credit < wanted && !this.#abort.signal.aborted) {
      let cancel: Cancel = () => {};
      await new Promise<void>((resolve) => {
        this.#creditGrown = resolve;
        cancel = this.#clock.wake(this.#clock.now() + this.#silenceMs, () => this.cancel());
      });
      this.#creditGrown = undefined;
      cancel();
    }
  }
}

const nothing = new Uint8Array(0);
