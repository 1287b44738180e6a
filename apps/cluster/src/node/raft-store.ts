import type { Host, Wait } from "@coterie/host";
import { BusyError, OutcomeUnknownError, type Raft, StoppedError, TimeoutError } from "@coterie/raft";
import { StoreUnavailableError } from "../errors.ts";
import type { Command, Entry, Outcome } from "../gen/store.ts";
import type { Consistency, NodeStatus, ReplicatedStore } from "../store/replicated.ts";
import type { Store } from "../store/store.ts";

export type StoreRaft = Raft<Command, Outcome, string, Entry | undefined>;

/** What Raft throws for want of a majority, a leader or room, as the HTTP side knows it; anything else is a fault. */
function unavailable(error: unknown): unknown {
  for (const type of [TimeoutError, BusyError, OutcomeUnknownError, StoppedError])
    if (error instanceof type)
      return new StoreUnavailableError(error.message, error.mayCommit, { cause: error });
  return error;
}

/** The store, replicated by Raft. */
export class RaftStore implements ReplicatedStore {
  readonly #host: Host;
  readonly #raft: StoreRaft;
  readonly #store: Store;

  constructor(host: Host, raft: StoreRaft, store: Store) {
    this.#host = host;
    this.#raft = raft;
    this.#store = store;
  }

  async execute(command: Command, wait: Wait): Promise<Outcome> {
    try {
      return await this.#raft.propose(command, wait);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async read(key: string, consistency: Consistency, wait: Wait): Promise<Entry | undefined> {
    try {
      return await this.#raft.read(key, { ...wait, consistency });
    } catch (error) {
      throw unavailable(error);
    }
  }

  status(): NodeStatus {
    const { id, role, term, leader, commitIndex, appliedIndex, lastIndex } = this.#raft.status();
    return { id, role, term, leader: leader ?? undefined, commitIndex, appliedIndex, lastIndex };
  }

  size(): number {
    return this.#store.size;
  }

  metrics(): ReturnType<ReplicatedStore["metrics"]> {
    return { raft: this.#raft.metrics(), transport: this.#host.transport.metrics() };
  }
}
