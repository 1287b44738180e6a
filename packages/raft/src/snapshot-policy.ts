import type { Replica } from "@coterie/state-machine";
import type { Applier } from "./applier.ts";
import type { RaftCore } from "./core/raft.ts";
import type { GroupSnapshots } from "./group-snapshots.ts";
import type { Limits } from "./options.ts";
import type { Snapshots } from "./snapshots.ts";

export interface SnapshotPolicyParts {
  readonly core: RaftCore;
  readonly applier: Applier;
  readonly replica: Pick<Replica<never, unknown, never, unknown>, "snapshot">;
  readonly store: GroupSnapshots;
  readonly snapshots: Snapshots;
  readonly limits: Limits;
  /** A snapshot of everything up to there is durable. */
  readonly taken: (index: number) => void;
  readonly failed: (error: Error) => void;
}

/** When a member takes a snapshot of its own state, and what of its log goes then. */
export class SnapshotPolicy {
  readonly #parts: SnapshotPolicyParts;
  #closed = false;

  constructor(parts: SnapshotPolicyParts) {
    this.#parts = parts;
  }

  /** The last index that the latest snapshot covers. */
  get index(): number {
    return this.#parts.store.latest?.meta.index ?? 0;
  }

  /** More is applied. Entries since the latest snapshot may have grown many: takes another, while applying goes on. */
  applied(): void {
    const { applier, core, replica, store, snapshots, failed } = this.#parts;
    const { position, isRestoring } = applier;
    if (this.#closed || isRestoring || !this.#logIsLong(position.index)) return;
    if (store.isWriting) return snapshots.abandonStale();
    const { index, term, time } = position;
    const { configuration, index: configurationIndex } = core.membersAt(index);
    const meta = { index, term, time, configuration, configurationIndex };
    snapshots.take(meta, replica.snapshot()).then(() => this.#taken(meta.index), failed);
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
    const { core, limits, snapshots } = this.#parts;
    const from = this.index;
    if (index - from >= limits.snapshotEntries) return true;
    const { log } = core.inspection;
    if (index <= from || from < log.base.index) return false;
    return log.bytesBetween(from, index) >= Math.max(limits.snapshotBytes, snapshots.takenBytes);
  }

  close(): void {
    this.#closed = true;
  }
}
