import type { Channel, Host, NodeId } from "@coterie/host";
import { StoppedError } from "./errors.ts";
import { SnapshotMessage, type SnapshotMeta } from "./gen/raft.ts";
import type { GroupSnapshots } from "./group-snapshots.ts";
import { Pace } from "./pace.ts";
import { SnapshotReceiver } from "./snapshot-receiver.ts";
import { type ReadableSnapshot, SnapshotSender } from "./snapshot-sender.ts";
import { withoutState } from "./witness.ts";

/** A state between two entries. */
export interface CapturedState {
  readonly meta: SnapshotMeta;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface SnapshotsParts {
  readonly term: () => number;
  readonly commitIndex: () => number;
  /** A leader's snapshot is durable here. */
  readonly install: (from: NodeId, meta: SnapshotMeta) => void;
  /** A follower holds the snapshot of `index`, or does not. */
  readonly transferred: (to: NodeId, index: number | null) => void;
  /** All followers that needed a snapshot have it. */
  readonly served: () => void;
  /** Where the log begins: what is sent must reach that far. */
  readonly base: () => number;
  /** How far this member's state is durable, in a snapshot or on disk, and who the members were. */
  readonly latest: () => SnapshotMeta | null;
  /**
   * The state of a state machine on disk, as of when it resolves, of which no snapshot is taken before a follower needs
   * one; null when it cannot tell now. Undefined for one in memory.
   */
  readonly capture: (() => Promise<CapturedState | null>) | undefined;
  readonly bytesPerSecond: number;
  /** Transfers at a time; others wait for their turn. */
  readonly transfersMax: number;
}

const windowBytes = 1_048_576;
const retryMs = 1_000;
const retriesMax = 10;

/** Takes snapshots of this member's state, sends them to followers, receives those of leaders. */
export class Snapshots {
  readonly #host: Host;
  readonly #store: GroupSnapshots;
  readonly #parts: SnapshotsParts;
  readonly #channel: Channel<SnapshotMessage>;
  readonly #receiver: SnapshotReceiver;
  readonly #senders: Map<NodeId, SnapshotSender> = new Map();
  /** Followers that wait for their turn, and whether they want the state. */
  readonly #queue: Map<NodeId, boolean> = new Map();
  readonly #pace: Pace;
  #nextTransfer: number;
  #taking: Promise<void> = Promise.resolve();
  /** A copy of a state machine on disk is being made, for followers that wait in the queue. */
  #copying: Promise<void> | null = null;
  #closed = false;
  #takenBytes = 0;
  readonly #sending: Set<Promise<void>> = new Set();

  /** What chunks and their answers leave by. Crash points: `raft:before-snapshot-send`, `:after-snapshot-send`. */
  readonly #outlet: Pick<Channel<SnapshotMessage>, "send"> = {
    send: (to, message) => {
      this.#host.reach("raft:before-snapshot-send");
      const sent = this.#channel.send(to, message);
      this.#host.reach("raft:after-snapshot-send");
      return sent;
    },
  };

  constructor(host: Host, group: string, store: GroupSnapshots, parts: SnapshotsParts) {
    this.#host = host;
    this.#store = store;
    this.#parts = parts;
    this.#pace = new Pace(parts.bytesPerSecond);
    // Numbers of transfers are never those of an earlier life of this node.
    this.#nextTransfer = host.epoch * 2 ** 32 + 1;
    this.#channel = host.transport.open(`raft/${group}/snapshots`, SnapshotMessage, { lane: "bulk" });
    this.#receiver = new SnapshotReceiver({
      channel: this.#outlet,
      term: parts.term,
      now: () => host.clock.now(),
      isNews: ({ index }) => index > parts.commitIndex(),
      begin: async (meta) => (store.isWriting ? null : store.begin(meta)),
      install: parts.install,
    });
    this.#channel.receive((from, { body }) => {
      if (body?.$case === "ack") this.#senders.get(from)?.receive(body.value);
      else if (body?.$case === "chunk")
        this.#receiver.receive(from, body.value).catch((error: Error) => host.fail(error));
    });
  }

  /** Makes room for a snapshot of one's own where a leader has stopped sending. */
  abandonStale(): void {
    this.#receiver.abandonStale(retryMs * retriesMax).catch((error: Error) => this.#host.fail(error));
  }

  /** Writes a snapshot of this member's own state. Resolves once it is durable. One at a time. */
  take(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.#taking = this.#write(meta, chunks);
    return this.#taking;
  }

  async #write(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const writer = await this.#store.begin(meta);
    let bytes = 0;
    try {
      for await (const chunk of chunks) {
        if (this.#closed) throw new StoppedError(false);
        await writer.write(chunk);
        bytes += chunk.length;
      }
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.commit();
    this.#takenBytes = bytes;
  }

  /** How large this member's last snapshot of its own was; 0 when it has taken none in this life. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Sends the latest snapshot to a follower, unless that is under way; a witness gets it without the state. */
  send(to: NodeId, hasState: boolean): void {
    if (this.#senders.has(to)) return;
    if (this.#senders.size >= this.#parts.transfersMax) {
      this.#queue.set(to, hasState);
      return;
    }
    if (!hasState) return this.#sendWithoutState(to);
    const { latest } = this.#store;
    if (this.#parts.capture !== undefined && (latest === null || latest.meta.index < this.#parts.base())) {
      this.#queue.set(to, hasState);
      this.#copying ??= this.#copy(this.#parts.capture);
    } else if (latest === null) this.#parts.transferred(to, null);
    else this.#begin(to, latest);
  }

  #sendWithoutState(to: NodeId): void {
    const meta = this.#parts.latest();
    if (meta === null) this.#parts.transferred(to, null);
    else this.#begin(to, withoutState({ meta }));
  }

  /** Followers need a copy of what a state machine on disk holds: makes one that all of them are sent. */
  async #copy(capture: () => Promise<CapturedState | null>): Promise<void> {
    let state: CapturedState | null = null;
    try {
      // Whoever leads waits for no other leader's snapshot.
      await this.#receiver.abandonStale(0);
      state = await capture();
      if (state && !this.#store.isWriting && !this.#closed) await this.take(state.meta, state.chunks);
      else state = null;
    } catch (error) {
      if (!this.#closed) this.#host.fail(error as Error);
      state = null;
    }
    this.#copying = null;
    if (state) return this.#sendNext();
    const waiting = [...this.#queue.keys()];
    this.#queue.clear();
    for (const to of waiting) this.#parts.transferred(to, null);
  }

  /** Copies of a state machine on disk are not kept once it is durable itself up to `index`, and nobody is sent one. */
  async dropCopies(index: number): Promise<void> {
    const isWanted = this.#senders.size > 0 || this.#queue.size > 0 || this.#store.isWriting;
    const { latest } = this.#store;
    if (!isWanted && latest !== null && latest.meta.index <= index) await this.#store.clear();
  }

  #begin(to: NodeId, snapshot: ReadableSnapshot): void {
    const options = { windowBytes, retryMs, retriesMax, pace: this.#pace };
    const sender = new SnapshotSender(this.#host.clock, this.#outlet, to, this.#nextTransfer++, options);
    this.#senders.set(to, sender);
    const sending = sender
      .send(snapshot, this.#parts.term)
      .catch((error: Error) => {
        // One that was replaced meanwhile may be gone: the next attempt takes the newer. Else the disk is to blame.
        if (this.#store.latest === snapshot) this.#host.fail(error);
        return false;
      })
      .then((installed) => {
        if (this.#senders.get(to) === sender) this.#senders.delete(to);
        this.#sendNext();
        this.#parts.transferred(to, installed ? snapshot.meta.index : null);
        if (installed && this.#senders.size === 0 && this.#queue.size === 0) this.#parts.served();
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  #sendNext(): void {
    for (const [to, hasState] of [...this.#queue]) {
      if (this.#senders.size >= this.#parts.transfersMax) return;
      this.#queue.delete(to);
      this.send(to, hasState);
    }
  }

  /** This member leads no longer. */
  stopSending(): void {
    this.#queue.clear();
    for (const sender of this.#senders.values()) sender.stop();
    this.#senders.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.stopSending();
    this.#channel[Symbol.dispose]();
    await Promise.all(this.#sending);
    await this.#receiver.close();
    await this.#taking.catch(() => {});
  }
}
