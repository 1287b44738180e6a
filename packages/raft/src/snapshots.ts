import type { Channel, Host, NodeId } from "@coterie/host";
import { SnapshotMessage, type SnapshotMeta } from "./gen/raft.ts";
import type { GroupSnapshots } from "./group-snapshots.ts";
import { Pace } from "./pace.ts";
import { SnapshotReceiver } from "./snapshot-receiver.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import { withoutState } from "./witness.ts";

export interface SnapshotsParts {
  readonly term: () => number;
  readonly commitIndex: () => number;
  /** A leader's snapshot is durable here. */
  readonly install: (from: NodeId, meta: SnapshotMeta) => void;
  /** A follower holds the snapshot of `index`, or does not. */
  readonly transferred: (to: NodeId, index: number | null) => void;
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
    const snapshot = this.#store.latest;
    if (snapshot === null) return this.#parts.transferred(to, null);
    const options = { windowBytes, retryMs, retriesMax, pace: this.#pace };
    const sender = new SnapshotSender(this.#host.clock, this.#outlet, to, this.#nextTransfer++, options);
    this.#senders.set(to, sender);
    const sending = sender
      .send(hasState ? snapshot : withoutState(snapshot), this.#parts.term)
      .catch((error: Error) => {
        // One that was replaced meanwhile may be gone: the next attempt takes the newer. Else the disk is to blame.
        if (this.#store.latest === snapshot) this.#host.fail(error);
        return false;
      })
      .then((installed) => {
        if (this.#senders.get(to) === sender) this.#senders.delete(to);
        this.#sendNext();
        this.#parts.transferred(to, installed ? snapshot.meta.index : null);
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  #sendNext(): void {
    for (const [to, hasState] of this.#queue) {
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
    this.stopSending();
    this.#channel[Symbol.dispose]();
    await Promise.all(this.#sending);
    await this.#receiver.close();
    await this.#taking.catch(() => {});
  }
}
