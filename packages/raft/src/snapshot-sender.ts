import type { Cancel, Channel, Clock, NodeId } from "@coterie/host";
import type { SnapshotAck, SnapshotMessage, SnapshotMeta, SnapshotSum } from "./gen/raft.ts";
import type { Pace } from "./pace.ts";

/** A snapshot that can be read, as the snapshot store gives it. */
export interface ReadableSnapshot {
  readonly meta: SnapshotMeta;
  /** Of the whole. Snapshots of one position and one sum are the same, whoever has written them. */
  sum(): Promise<SnapshotSum>;
  /** Chunks from byte `offset` on. */
  read(offset: number): AsyncIterable<Uint8Array>;
}

export interface SenderOptions {
  /** Bytes on their way without an acknowledgement. */
  readonly windowBytes: number;
  /** How long to wait for an acknowledgement before asking how far the follower is. */
  readonly retryMs: number;
  /** How often to ask, without any progress in between, before giving up. */
  readonly retriesMax: number;
  /** How fast bytes may leave, together with those of other transfers. */
  readonly pace: Pace;
}

const nothing = new Uint8Array();

/**
 * Sends one snapshot to one follower, in passes. Each begins with a question, an empty chunk, and goes on from the byte
 * that the follower wants, within a window; the next one begins when nothing comes back. What the follower has got by an
 * earlier transfer of the same snapshot, by this leader or another, is not sent again, and nothing but a question leaves
 * while the link is down.
 */
export class SnapshotSender {
  readonly #clock: Clock;
  readonly #channel: Pick<Channel<SnapshotMessage>, "send">;
  readonly #to: NodeId;
  readonly #options: SenderOptions;
  readonly #transfer: number;
  /** Counts the passes that have sent something; one that has not got beyond its question asks it again. */
  #pass = 1;
  #isAsking = true;
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
    const sum = await snapshot.sum();
    const chunk = (offset: number, data: Uint8Array, last: boolean): void => {
      const value = {
        transfer: this.#transfer,
        meta: snapshot.meta,
        offset,
        data,
        last,
        sum,
        pass: this.#pass,
      };
      this.#channel.send(this.#to, { term: term(), body: { $case: "chunk", value } });
    };
    while (this.#ended === null) {
      this.#restart = false;
      await this.#sendFrom(snapshot, chunk);
    }
    return this.#ended;
  }

  async #sendFrom(
    snapshot: ReadableSnapshot,
    chunk: (offset: number, data: Uint8Array, last: boolean) => void,
  ): Promise<void> {
    if (!this.#isAsking) this.#pass++;
    this.#isAsking = true;
    chunk(this.#acknowledged, nothing, false);
    while (this.#isAsking && this.#goesOn()) await this.#answer();
    if (!this.#goesOn()) return;
    let offset = this.#acknowledged;
    let held: Uint8Array | undefined;
    for await (const data of snapshot.read(offset)) {
      if (held !== undefined) {
        await this.#mayLeave(held.length);
        if (!this.#goesOn()) return;
        chunk(offset, held, false);
        offset += held.length;
      }
      held = data;
      while (offset - this.#acknowledged >= this.#options.windowBytes && this.#goesOn()) await this.#answer();
      if (!this.#goesOn()) return;
    }
    await this.#mayLeave(held?.length ?? 0);
    if (!this.#goesOn()) return;
    chunk(offset, held ?? nothing, true);
    while (this.#goesOn()) await this.#answer();
  }

  #goesOn(): boolean {
    return this.#ended === null && !this.#restart;
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

  /** Waits for an acknowledgement; begins another pass when none comes. */
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
    else this.#heard(ack);
    this.#wake();
  }

  #heard({ offset, pass }: SnapshotAck): void {
    if (offset > this.#acknowledged) this.#retries = 0;
    // Earlier versions do not say which pass they answer. An answer to an earlier pass does not tell what of it was lost.
    const isOfThisPass = pass === undefined || pass === this.#pass;
    if (this.#isAsking && isOfThisPass) {
      this.#isAsking = false;
      this.#acknowledged = offset;
      return;
    }
    if (offset < this.#acknowledged && isOfThisPass) this.#restart = true;
    this.#acknowledged = Math.max(this.#acknowledged, offset);
  }

  stop(): void {
    this.#ended ??= false;
    this.#wake();
  }
}
