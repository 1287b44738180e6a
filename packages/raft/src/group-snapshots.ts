import type { Host } from "@coterie/host";
import { openSnapshots, type Snapshot, type SnapshotStore } from "@coterie/storage";
import { SnapshotMeta, type SnapshotSum } from "./gen/raft.ts";
import type { SnapshotWriter } from "./snapshot-receiver.ts";
import type { ReadableSnapshot } from "./snapshot-sender.ts";
import { RunningSum, sumOf } from "./snapshot-sum.ts";

/**
 * A group's snapshots on this node's disk. The latest and the one before it are kept; for a state machine on disk, which
 * has its state itself, the latest alone and only as long as a follower needs it.
 */
export class GroupSnapshots {
  readonly #host: Host;
  readonly #store: SnapshotStore;
  #latest: ReadableSnapshot | null;
  #writing = false;

  private constructor(host: Host, store: SnapshotStore, latest: ReadableSnapshot | null) {
    this.#host = host;
    this.#store = store;
    this.#latest = latest;
  }

  /** Throws what the disk throws, `SnapshotCorruptError` among it: a node must not wake up without its past. */
  static async open(host: Host, group: string, isOnDisk: boolean): Promise<GroupSnapshots> {
    const folder = `raft/${group}/snapshots`;
    const store = await openSnapshots(host.disk, { folder, keep: isOnDisk ? 1 : 2 });
    const snapshot = await store.latest();
    return new GroupSnapshots(host, store, snapshot ? readable(store, snapshot) : null);
  }

  get latest(): ReadableSnapshot | null {
    return this.#latest;
  }

  /** Whether a snapshot, one's own or a leader's, is being written. Only one can be. */
  get isWriting(): boolean {
    return this.#writing;
  }

  /** Removes what is there: its state is elsewhere, durably. */
  clear(): Promise<void> {
    this.#latest = null;
    return this.#store.clear();
  }

  /** Crash points: `raft:before-snapshot-write`, `:before-snapshot-commit`, `:after-snapshot-commit`. */
  async begin(meta: SnapshotMeta): Promise<SnapshotWriter> {
    this.#writing = true;
    const done = (): void => {
      this.#writing = false;
    };
    try {
      const writer = await this.#store.begin(SnapshotMeta.encode(meta).finish());
      const sum = new RunningSum();
      return {
        write: (chunk) => {
          this.#host.reach("raft:before-snapshot-write");
          sum.add(chunk);
          return writer.write(chunk);
        },
        commit: async () => {
          this.#host.reach("raft:before-snapshot-commit");
          await writer.commit();
          this.#host.reach("raft:after-snapshot-commit");
          const snapshot = await this.#store.latest();
          this.#latest = snapshot ? readable(this.#store, snapshot, sum) : null;
          done();
        },
        abort: () => writer.abort().finally(done),
      };
    } catch (error) {
      done();
      throw error;
    }
  }
}

/** The sum of one that was written in an earlier life is found by reading it, once, when it is first sent. */
function readable(store: SnapshotStore, snapshot: Snapshot, written?: SnapshotSum): ReadableSnapshot {
  const meta = SnapshotMeta.decode(snapshot.metadata);
  let sum = written && Promise.resolve(written);
  return {
    meta,
    sum: () => {
      sum ??= sumOf(store.read(snapshot));
      return sum;
    },
    read: (offset) => from(store.read(snapshot), offset),
  };
}

/** Skips what comes before `offset`. It is read and verified all the same. */
async function* from(chunks: AsyncIterable<Uint8Array>, offset: number): AsyncIterable<Uint8Array> {
  let skip = offset;
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}
