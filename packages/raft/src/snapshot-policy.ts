import type { Host } from "@coterie/host";
import type { Replica } from "@coterie/state-machine";
import type { Applier } from "./applier.ts";
import type { RaftCore } from "./core/raft.ts";
import type { SnapshotMeta } from "./gen/raft.ts";
import type { GroupJournal } from "./group-journal.ts";
import type { GroupSnapshots } from "./group-snapshots.ts";
import type { Limits } from "./options.ts";
import type { CapturedState, Snapshots } from "./snapshots.ts";

export interface SnapshotPolicyParts {
  readonly host: Host;
  readonly core: RaftCore;
  readonly applier: Applier;
  readonly replica: Pick<Replica<never, unknown, never, unknown>, "snapshot" | "isOnDisk" | "sync">;
  readonly journal: GroupJournal;
  readonly store: GroupSnapshots;
  readonly snapshots: Snapshots;
  readonly limits: Limits;
  /** A snapshot of everything up to there is durable, or the state is on disk. */
  readonly taken: (index: number) => void;
  readonly failed: (error: Error) => void;
}

/**
 * When a member takes a snapshot of its own state, and what of its log goes then. A state machine on disk is told to sync
 * instead, and how far that brought it is marked in the journal.
 */
export class SnapshotPolicy {
  readonly #parts: SnapshotPolicyParts;
  #closed = false;
  #marking: Promise<void> | null = null;

  constructor(parts: SnapshotPolicyParts) {
    this.#parts = parts;
  }

  /** How far this member's state is durable, by a snapshot or on disk. */
  get latest(): SnapshotMeta | null {
    const { store, journal } = this.#parts;
    const snapshot = store.latest?.meta ?? null;
    const { marked } = journal;
    return (marked?.index ?? 0) > (snapshot?.index ?? 0) ? marked : snapshot;
  }

  get index(): number {
    return this.latest?.index ?? 0;
  }

  /** More is applied. Entries since the latest snapshot may have grown many: takes another, while applying goes on. */
  applied(): void {
    const { applier, replica, store, snapshots, failed } = this.#parts;
    if (this.#closed || applier.isRestoring || !this.#logIsLong(applier.position.index)) return;
    if (replica.isOnDisk) return this.#beginMark();
    if (store.isWriting) return snapshots.abandonStale();
    const meta = this.#meta();
    snapshots.take(meta, replica.snapshot()).then(() => this.#taken(meta.index), failed);
  }

  /** What a state machine on disk was copied for is done: the room that the copy takes is given back. */
  release(): void {
    const { applier, replica, store } = this.#parts;
    if (!replica.isOnDisk) return;
    applier.whenStored(() => {
      if (store.latest && !this.#closed && applier.position.index >= this.index) this.#beginMark();
    });
  }

  #beginMark(): void {
    this.#marking ??= this.#mark().catch(this.#parts.failed);
  }

  /** Of the state as it is now. */
  #meta(): SnapshotMeta {
    const { index, term, time } = this.#parts.applier.position;
    const { configuration, index: configurationIndex } = this.#parts.core.membersAt(index);
    return { index, term, time, configuration, configurationIndex };
  }

  /** What is applied is stored. Crash points: `raft:before-sync`, `:before-mark`, `:after-mark`. */
  async #mark(): Promise<void> {
    const { host, replica, journal, snapshots } = this.#parts;
    const meta = this.#meta();
    host.reach("raft:before-sync");
    await replica.sync();
    host.reach("raft:before-mark");
    await journal.mark(meta);
    host.reach("raft:after-mark");
    await snapshots.dropCopies(meta.index);
    this.#marking = null;
    this.#taken(meta.index);
  }

  /** The state of a state machine on disk between two entries; null while it is before what the members are known of. */
  capture(): Promise<CapturedState | null> {
    const { applier, replica } = this.#parts;
    return new Promise((resolve, reject) =>
      applier.whenStored(() => {
        try {
          const isKnown = applier.position.index >= this.index;
          resolve(isKnown ? { meta: this.#meta(), chunks: replica.snapshot() } : null);
        } catch (error) {
          reject(error);
        }
      }),
    );
  }

  #taken(index: number): void {
    if (this.#closed) return;
    const { core, limits, taken } = this.#parts;
    const { log } = core.inspection;
    if (index > log.base.index)
      core.compact(Math.max(index - limits.trailingEntries, log.reachBack(index, limits.trailingBytes)));
    taken(index);
  }

  /** A disk-sized state is not written anew for every few entries: as many bytes of log as it has must have come. */
  #logIsLong(index: number): boolean {
    const { core, limits, replica, snapshots } = this.#parts;
    const from = this.index;
    if (index - from >= limits.snapshotEntries) return true;
    const { log } = core.inspection;
    if (index <= from || from < log.base.index) return false;
    return (
      log.bytesBetween(from, index) >=
      Math.max(limits.snapshotBytes, replica.isOnDisk ? 0 : snapshots.takenBytes)
    );
  }

  /** Marks nothing more. Resolves once the state machine and the journal are left alone. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#marking;
  }
}
