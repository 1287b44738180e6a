import type { Channel, NodeId } from "@coterie/host";
import type { SnapshotAck, SnapshotChunk, SnapshotMessage, SnapshotMeta } from "./gen/raft.ts";

/** Where chunks go: a writer of the snapshot store. */
export interface SnapshotWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the snapshot durable and the latest one. */
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface ReceiverParts {
  readonly channel: Pick<Channel<SnapshotMessage>, "send">;
  readonly term: () => number;
  readonly now: () => number;
  /** Whether a snapshot up to there would tell this node anything new. */
  readonly isNews: (meta: SnapshotMeta) => boolean;
  /** Null while another snapshot is being written: the sender will try again. */
  readonly begin: (meta: SnapshotMeta) => Promise<SnapshotWriter | null>;
  /** The snapshot is durable. */
  readonly install: (from: NodeId, meta: SnapshotMeta) => void;
}

interface Incoming {
  readonly from: NodeId;
  readonly transfer: number;
  readonly writer: SnapshotWriter;
  readonly meta: SnapshotMeta;
  /** The next byte wanted. */
  offset: number;
  /** When its last chunk came. */
  at: number;
}

/** Chunks that may wait to be written; a sender's window is smaller. */
const chunksHeldMax = 256;

/** Takes snapshots from leaders, one at a time, chunk by chunk, in order. */
export class SnapshotReceiver {
  readonly #parts: ReceiverParts;
  readonly #queue: { readonly from: NodeId; readonly chunk: SnapshotChunk }[] = [];
  #working: Promise<void> | null = null;
  #incoming: Incoming | null = null;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Takes a chunk. Rejects, once, when the disk does. */
  receive(from: NodeId, chunk: SnapshotChunk): Promise<void> {
    if (this.#queue.length < chunksHeldMax) this.#queue.push({ from, chunk });
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
      await this.#take(next.from, next.chunk);
  }

  async #take(from: NodeId, chunk: SnapshotChunk): Promise<void> {
    const { meta, transfer } = chunk;
    if (meta === undefined) return;
    if (!this.#parts.isNews(meta)) {
      await this.#dropIncoming(from, transfer);
      return this.#ack(from, { transfer, offset: 0, done: true, refused: false });
    }
    let incoming = this.#incoming;
    // A chunk of a transfer that its sender has given up since.
    if (incoming?.from === from && transfer < incoming.transfer) return;
    if (incoming === null || incoming.from !== from || incoming.transfer !== transfer) {
      this.#incoming = null;
      await incoming?.writer.abort();
      const writer = await this.#parts.begin(meta);
      if (writer === null) return;
      incoming = { from, transfer, writer, meta, offset: 0, at: this.#parts.now() };
      this.#incoming = incoming;
    }
    incoming.at = this.#parts.now();
    if (chunk.offset === incoming.offset) {
      await incoming.writer.write(chunk.data);
      incoming.offset += chunk.data.length;
      if (chunk.last) {
        this.#incoming = null;
        await incoming.writer.commit();
        this.#parts.install(from, meta);
        return this.#ack(from, { transfer, offset: incoming.offset, done: true, refused: false });
      }
    }
    this.#ack(from, { transfer, offset: incoming.offset, done: false, refused: false });
  }

  /** A sender may stop without a word: what is overtaken, or has stood still for too long, is thrown away. */
  async abandonStale(idleMs: number): Promise<void> {
    const incoming = this.#incoming;
    if (incoming === null || this.#working) return;
    if (this.#parts.isNews(incoming.meta) && this.#parts.now() - incoming.at < idleMs) return;
    this.#incoming = null;
    await incoming.writer.abort();
  }

  async #dropIncoming(from: NodeId, transfer: number): Promise<void> {
    const incoming = this.#incoming;
    if (incoming?.from !== from || incoming.transfer !== transfer) return;
    this.#incoming = null;
    await incoming.writer.abort();
  }

  #ack(to: NodeId, value: SnapshotAck): void {
    this.#parts.channel.send(to, { term: this.#parts.term(), body: { $case: "ack", value } });
  }

  /** Waits for what is being written and throws an unfinished snapshot away. */
  async close(): Promise<void> {
    this.#queue.length = 0;
    await this.#working?.catch(() => {});
    await this.#incoming?.writer.abort().catch(() => {});
    this.#incoming = null;
  }
}
