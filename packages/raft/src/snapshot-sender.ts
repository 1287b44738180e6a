import type { Cancel, Channel, Clock, NodeId } from "@coterie/host";
import type { SnapshotAck, SnapshotMessage, SnapshotMeta } from "./gen/raft.ts";
import type { Pace } from "./pace.ts";

/** A snapshot that can be read, as the snapshot store gives it. */
export interface ReadableSnapshot {
  readonly meta: SnapshotMeta;
  /** Chunks from byte `offset` on. */
  read(offset: number): AsyncIterable<Uint8Array>;
}

export interface SenderOptions {
  /** Bytes on their way without an acknowledgement. */
  readonly windowBytes: number;
  /** How long to wait for an acknowledgement before going back to the last one. */
  readonly retryMs: number;
  /** How often to go back, without any progress in between, before giving up. */
  readonly retriesMax: number;
  /** How fast bytes may leave, together with those of other transfers. */
  readonly pace: Pace;
}

/**
 * Sends one snapshot to one follower: chunks within a window, back to the last acknowledged byte when nothing comes
 * back. The follower may ask for any offset at any time, so a transfer resumes after a loss or a restart.
 */
export class SnapshotSender {
  readonly #clock: Clock;
  readonly #channel: Pick<Channel<SnapshotMessage>, "send">;
  readonly #to: NodeId;
  readonly #options: SenderOptions;
  readonly #transfer: number;
  #acknowledged = 0;
  #retries = 0;
  #restart = true;
  #ended: boolean | null = null;
  #wake: () => void = () => {};

  constructor(
    clock: Clock,
    channel: Pick<Channel<SnapshotMessage>, "send">,
    to: NodeId,
    transfer: number,
    options: SenderOptions,
  ) {
    this.#clock = clock;
    this.#channel = channel;
    this.#to = to;
    this.#transfer = transfer;
    this.#options = options;
  }

  /** Resolves with whether the follower has installed the snapshot. Rejects when the snapshot cannot be read. */
  async send(snapshot: ReadableSnapshot, term: () => number): Promise<boolean> {
    while (this.#ended === null) {
      this.#restart = false;
      await this.#pass(snapshot, term);
    }
    return this.#ended;
  }

  /** Sends from the last acknowledged byte to the end, or until the follower wants something else. */
  async #pass(snapshot: ReadableSnapshot, term: () => number): Promise<void> {
    let offset = this.#acknowledged;
    let held: Uint8Array | undefined;
    for await (const data of snapshot.read(offset)) {
      if (held !== undefined) {
        await this.#mayLeave(held.length);
        if (!this.#goesOn()) return;
        this.#chunk(snapshot.meta, term(), offset, held, false);
        offset += held.length;
      }
      held = data;
      while (offset - this.#acknowledged >= this.#options.windowBytes && this.#goesOn()) await this.#answer();
      if (!this.#goesOn()) return;
    }
    await this.#mayLeave(held?.length ?? 0);
    if (!this.#goesOn()) return;
    this.#chunk(snapshot.meta, term(), offset, held ?? new Uint8Array(), true);
    while (this.#goesOn()) await this.#answer();
  }

  #goesOn(): boolean {
    return this.#ended === null && !this.#restart;
  }

  #chunk(meta: SnapshotMeta, term: number, offset: number, data: Uint8Array, last: boolean): void {
    const value = { transfer: this.#transfer, meta, offset, data, last };
    this.#channel.send(this.#to, { term, body: { $case: "chunk", value } });
  }

  /** Waits for its turn, or until there is no need any more. */
  async #mayLeave(bytes: number): Promise<void> {
    const at = this.#options.pace.reserve(bytes, this.#clock.now());
    while (this.#goesOn() && this.#clock.now() < at) await this.#wakened(at);
  }

  /** Resolves when something has come from the follower, with false, or at a time, with true. */
  async #wakened(at: number): Promise<boolean> {
    let cancel: Cancel = () => {};
    const isTime = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(false);
      cancel = this.#clock.wake(at, () => resolve(true));
    });
    cancel();
    return isTime;
  }

  /** Waits for an acknowledgement; goes back when none comes. */
  async #answer(): Promise<void> {
    if (!(await this.#wakened(this.#clock.now() + this.#options.retryMs))) return;
    this.#retries++;
    this.#restart = true;
    if (this.#retries > this.#options.retriesMax) this.stop();
  }

  receive(ack: SnapshotAck): void {
    if (ack.transfer !== this.#transfer || this.#ended !== null) return;
    if (ack.done) this.#ended = true;
    else if (ack.refused) this.#ended = false;
    else if (ack.offset < this.#acknowledged) {
      this.#acknowledged = ack.offset;
      this.#restart = true;
    } else if (ack.offset > this.#acknowledged) {
      this.#acknowledged = ack.offset;
      this.#retries = 0;
    }
    this.#wake();
  }

  stop(): void {
    this.#ended ??= false;
    this.#wake();
  }
}
