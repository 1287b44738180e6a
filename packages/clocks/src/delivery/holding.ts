import type { Dot, ReplicaId } from "../replica.ts";
import type { CausalMessage } from "./causal-delivery.ts";

/** A message that cannot be delivered yet. */
export interface Held<Payload> {
  readonly message: CausalMessage<Payload>;
  /** Its number among its sender's messages. */
  readonly counter: number;
  /** How many entries of its stamp are known to be satisfied. */
  scanned: number;
}

/** Held messages, found by their number and by the one message each of them waits for next. */
export class Holding<Payload> {
  /** In the order of arrival. */
  readonly #entries = new Set<Held<Payload>>();
  readonly #byDot = new DotMap<Held<Payload>>();
  readonly #awaiting = new DotMap<Held<Payload>[]>();

  get size(): number {
    return this.#entries.size;
  }

  all(): Held<Payload>[] {
    return [...this.#entries];
  }

  find(from: ReplicaId, counter: number): Held<Payload> | undefined {
    return this.#byDot.get(from, counter);
  }

  /** Keeps a message until `cause` is released. It may be held already, for another cause. */
  hold(entry: Held<Payload>, cause: Dot): void {
    this.#entries.add(entry);
    this.#byDot.set(entry.message.from, entry.counter, entry);
    const others = this.#awaiting.get(cause.id, cause.counter);
    if (others === undefined) this.#awaiting.set(cause.id, cause.counter, [entry]);
    else others.push(entry);
  }

  /** Takes those that wait for a cause off its list; they stay held until removed. */
  release(cause: Dot): readonly Held<Payload>[] {
    const entries = this.#awaiting.get(cause.id, cause.counter) ?? [];
    this.#awaiting.delete(cause.id, cause.counter);
    return entries;
  }

  remove(entry: Held<Payload>): void {
    this.#entries.delete(entry);
    this.#byDot.delete(entry.message.from, entry.counter);
  }

  removeAll(): Held<Payload>[] {
    const entries = this.all();
    this.#entries.clear();
    this.#byDot.clear();
    this.#awaiting.clear();
    return entries;
  }
}

/** A map with dots for keys. */
class DotMap<Value> {
  readonly #values = new Map<ReplicaId, Map<number, Value>>();

  get(id: ReplicaId, counter: number): Value | undefined {
    return this.#values.get(id)?.get(counter);
  }

  set(id: ReplicaId, counter: number, value: Value): void {
    const values = this.#values.get(id);
    if (values === undefined) this.#values.set(id, new Map([[counter, value]]));
    else values.set(counter, value);
  }

  delete(id: ReplicaId, counter: number): void {
    const values = this.#values.get(id);
    if (values?.delete(counter) && values.size === 0) this.#values.delete(id);
  }

  clear(): void {
    this.#values.clear();
  }
}
