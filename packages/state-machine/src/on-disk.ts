import type { ByteCodec, LogPosition } from "./state-machine.ts";

/** Up to where a replicated log is applied: everything up to this entry, and nothing beyond. */
export interface AppliedPosition extends LogPosition {
  /** The term (or ballot) of the entry at `index`: which log it is. */
  readonly term: number;
}

/**
 * What a replica must find again beside a state that outlives the process: how far it is, and its client sessions. A
 * table of small values by key. Neither means anything to the state machine.
 */
export type ReplicaRecords = ReadonlyMap<string, Uint8Array>;

/** What is new in that table: a key's value, or null for a key that goes (and that may never have been there). */
export type ReplicaChanges = ReadonlyMap<string, Uint8Array | null>;

/**
 * A state machine that keeps its state on a disk itself (a database, a file of its own) and does not begin anew at each
 * start: it goes on behind the last entry that it has durably applied. What holds for `apply` of a `StateMachine` holds
 * here too: synchronous, deterministic, a throw stops the node.
 *
 * The log holds everything that is not durable here, and hands it out again after a crash. So nothing needs to be synced
 * but in `sync`; but state and records must never be apart. After a crash the state must be as of some `store`, whole:
 * everything that was applied before it with the records it gave, and nothing applied after it.
 *
 * Calls come one at a time, except that `query` and `apply` go on while a `sync` or the chunks of a `snapshot` are under
 * way.
 */
export interface OnDiskStateMachine<Command, Result, Query = never, Answer = never> {
  /** Tells it from a state machine in memory. */
  readonly isOnDisk: true;
  readonly commands: ByteCodec<Command>;
  readonly results: ByteCodec<Result>;
  /**
   * Opens what is on the disk, and answers the records that were stored with it: none when there is nothing yet, or
   * when a `restore` was interrupted and the old state is gone.
   */
  open(): Promise<ReplicaRecords>;
  /** Changes the state, as seen by `query` and by what is applied next. Not durable before it is stored and synced. */
  apply(command: Command, at: LogPosition): Result;
  query(query: Query): Answer;
  /**
   * Writes down everything that was applied since the last call, together with these changes of the records, all or
   * nothing (a database commits its transaction). It need not be durable yet. Nothing is applied before it resolves.
   */
  store(changes: ReplicaChanges): void | Promise<void>;
  /** Makes durable everything that was stored before the call. Only then does the log let go of it. */
  sync(): Promise<void>;
  /**
   * The state as of this call, in chunks of any size, without the records. Everything that was applied is stored. The
   * chunks are read while further commands are applied and stored: what they say must not change.
   */
  snapshot(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /**
   * Replaces state and records, also what was not stored. Durable when it resolves. After a throw or a crash in the
   * middle, `open` must find the old state with its records, the new one with these, or nothing.
   */
  restore(chunks: AsyncIterable<Uint8Array>, records: ReplicaRecords): Promise<void>;
  /** The last call. What was not stored is not wanted. */
  close(): Promise<void>;
}
