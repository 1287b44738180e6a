import type { Wait } from "@coterie/transport";
import type { Command, Entry, Outcome } from "../gen/store.ts";

/** How fresh a read is: as of now for everyone, or whatever this node has applied. */
export type Consistency = "linearizable" | "stale";

export interface NodeStatus {
  readonly id: string;
  readonly role: string;
  readonly term: number;
  /** Undefined while none is known. */
  readonly leader: string | undefined;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
}

/** The store as one node offers it: commands go through the replicated log, whichever node leads. */
export interface ReplicatedStore {
  /** Resolves once the command is durable on a majority and applied here. Throws `StoreUnavailableError`. */
  execute(command: Command, wait: Wait): Promise<Outcome>;
  /** Throws `StoreUnavailableError` when a linearizable read finds no leader in time. */
  read(key: string, consistency: Consistency, wait: Wait): Promise<Entry | undefined>;
  status(): NodeStatus;
  /** Keys on this node. */
  size(): number;
  /** Named numbers of what the store stands on, by part: `raft`, `transport`. */
  metrics(): Readonly<Record<string, Readonly<Record<string, number>>>>;
}
