import type { Command, Entry, Outcome } from "../src/gen/store.ts";
import type { Consistency, NodeStatus, ReplicatedStore } from "../src/store/replicated.ts";
import { Store } from "../src/store/store.ts";

/** A replicated log of one: what HTTP tests need of a cluster. Can be told to fail. */
export class LocalStore implements ReplicatedStore {
  readonly #store = new Store();
  failure: Error | undefined;
  leader: string | undefined = "n1";
  /** The consistency of every read so far. */
  readonly reads: Consistency[] = [];

  execute(command: Command): Promise<Outcome> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.#store.apply(command));
  }

  read(key: string, consistency: Consistency): Promise<Entry | undefined> {
    this.reads.push(consistency);
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.#store.query(key));
  }

  status(): NodeStatus {
    const indexes = { commitIndex: 5, appliedIndex: 5, lastIndex: 6 };
    return { id: "n1", role: "leader", term: 3, leader: this.leader, ...indexes };
  }

  size(): number {
    return this.#store.size;
  }

  metrics(): ReturnType<ReplicatedStore["metrics"]> {
    return { raft: { elections_total: 2 }, transport: { droppedOutboxFull: 3 } };
  }
}
