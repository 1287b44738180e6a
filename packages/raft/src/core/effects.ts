import type { Effect, NodeId } from "@coterie/host";
import type { Configuration, Entry, JournalRecord, Message, SnapshotMeta } from "../gen/raft.ts";
import type { HandoverFailure } from "./handover.ts";
import type { Position } from "./log.ts";

export type Role = "follower" | "pre-candidate" | "candidate" | "leader";

/** What the core asks of its node beyond sending and persisting. */
export type OwnEffect =
  | StoredEffect
  | FetchEffect
  /** Entries are committed and durable here: apply them, in order, and call `applied`. */
  | { readonly type: "apply"; readonly entries: readonly Entry[] }
  /** Reads that hold this ticket may be answered once `index` is applied. */
  | { readonly type: "read-ready"; readonly ticket: number; readonly index: number }
  /** A follower needs the latest snapshot. Answer with `transferred`. */
  | { readonly type: "transfer"; readonly to: NodeId }
  /**
   * The state machine must be replaced by this snapshot, which is durable, before anything else is applied. Call
   * `applied` with its index.
   */
  | { readonly type: "restore"; readonly meta: SnapshotMeta }
  /** These are the members from now on. */
  | { readonly type: "configuration"; readonly configuration: Configuration }
  /** Nobody here can tell whether these proposals were committed. */
  | { readonly type: "outcome-unknown"; readonly ids: readonly number[] }
  /** The leadership was not handed over; this node leads on. */
  | { readonly type: "handover-failed"; readonly to: NodeId; readonly reason: HandoverFailure }
  /** Another member believes that the group began with others. `stops`: this node must not go on. */
  | {
      readonly type: "disagreement";
      readonly with: NodeId;
      readonly here: string;
      readonly there: string;
      readonly stops: boolean;
    }
  /** Role, term or leader has changed. */
  | { readonly type: "role"; readonly role: Role; readonly term: number; readonly leader: NodeId | null };

/**
 * Everything persisted under this ticket and before is durable. Hand it back to `stored`. The last entry's place
 * goes with it, so that a completion which was overtaken by a truncation is not credited to what came later.
 */
export interface StoredEffect {
  readonly type: "stored";
  readonly ticket: number;
  readonly last: Position;
}

/** Entries that are durable and no longer in memory are wanted. Hand them to `fetched`: at least one, then what fits. */
export interface FetchEffect {
  readonly type: "fetch";
  /** Whom they are for: a follower, or this node itself. */
  readonly reader: NodeId;
  readonly from: number;
  readonly to: number;
  readonly bytesMax: number;
}

/** What is to be written: a record of the journal, or entries, each of which becomes a record. */
export type Written = JournalRecord | WrittenEntries;

export interface WrittenEntries {
  readonly entries: readonly Entry[];
}

export type RaftEffect = Effect<Message, Written, OwnEffect>;
