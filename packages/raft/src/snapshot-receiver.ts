import type { Channel, NodeId } from "@coterie/host";
import type { SnapshotAck, SnapshotChunk, SnapshotMessage, SnapshotMeta, SnapshotSum } from "./gen/raft.ts";
import { isSameSum, RunningSum } from "./snapshot-sum.ts";

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
  /** Who sends it, and by which transfer: whoever goes on with it takes it over. */
  from: NodeId;
  transfer: number;
  readonly writer: SnapshotWriter;
  readonly meta: SnapshotMeta;
  /** What was announced; earlier versions do not say. */
  readonly sum: SnapshotSum | undefined;
  /** Of what is written. Its bytes are the offset of the next byte wanted. */
  readonly written: RunningSum;
  /** When its last chunk came. */
  at: number;
}

/** Chunks that may wait to be written; a sender's window is smaller. */
const chunksHeldMax = 256;

/**
 * Takes snapshots from leaders, one at a time, chunk by chunk, in order. What has arrived of one stays when its transfer
 * ends: another transfer of the same snapshot, by the same leader or the next one, goes on from there.
 */
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
      return this.#ack(from, chunk, { offset: 0, done: true });
    }
    // A chunk of a transfer that its sender has given up since.
    if (this.#incoming?.from === from && transfer < this.#incoming.transfer) return;
    const incoming = await this.#incomingOf(from, chunk, meta);
    if (incoming === null) return;
    incoming.at = this.#parts.now();
    const { written, writer } = incoming;
    if (chunk.offset === written.bytes) {
      if (chunk.data.length > 0) await writer.write(chunk.data);
      written.add(chunk.data);
      if (chunk.last) return this.#finish(incoming, chunk);
    }
    this.#ack(from, chunk, { offset: written.bytes });
  }

  /** What this chunk is part of: what is under way, if it is the same snapshot, or another one that begins. */
  async #incomingOf(from: NodeId, chunk: SnapshotChunk, meta: SnapshotMeta): Promise<Incoming | null> {
    const { transfer, sum } = chunk;
    const incoming = this.#incoming;
    if (incoming !== null && isPartOf(incoming, from, chunk, meta)) {
      incoming.from = from;
      incoming.transfer = transfer;
      return incoming;
    }
    this.#incoming = null;
    await incoming?.writer.abort();
    const writer = await this.#parts.begin(meta);
    if (writer === null) return null;
    const written = new RunningSum();
    this.#incoming = { from, transfer, writer, meta, sum, written, at: this.#parts.now() };
    return this.#incoming;
  }

  async #finish({ from, writer, written, meta, sum }: Incoming, chunk: SnapshotChunk): Promise<void> {
    this.#incoming = null;
    if (sum !== undefined && !isSameSum(sum, written)) {
      await writer.abort();
      return this.#ack(from, chunk, { offset: 0, refused: true });
    }
    await writer.commit();
    this.#parts.install(from, meta);
    this.#ack(from, chunk, { offset: written.bytes, done: true });
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

  #ack(
    to: NodeId,
    { transfer, pass }: SnapshotChunk,
    { offset, done = false, refused = false }: Pick<SnapshotAck, "offset"> & Partial<SnapshotAck>,
  ): void {
    const value = { transfer, offset, done, refused, ...(pass === undefined ? {} : { pass }) };
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

function isPartOf(incoming: Incoming, from: NodeId, chunk: SnapshotChunk, meta: SnapshotMeta): boolean {
  if (incoming.from === from && incoming.transfer === chunk.transfer) return true;
  if (incoming.sum === undefined || chunk.sum === undefined) return false;
  const { index, term } = incoming.meta;
  return meta.index === index && meta.term === term && isSameSum(incoming.sum, chunk.sum);
}
