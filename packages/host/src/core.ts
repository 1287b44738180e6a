import type { NodeId } from "@coterie/transport";

/**
 * A protocol with its input and output taken out: synchronous and deterministic. Events go in, effects come out.
 * `now` is always the host's monotonic clock in milliseconds.
 */
export interface Core<Message, Record, Own> {
  /** When `advance` must next be called; Infinity when nothing is due. */
  readonly deadline: number;
  /** Time has passed. May be called early (nothing happens) or late (`now` tells by how much). */
  advance(now: number): void;
  /** A message has arrived. Any message, in any order, any number of times. */
  receive(from: NodeId, message: Message, now: number): void;
  /** Takes what the core wants done since the last call, in order. */
  drain(): readonly Effect<Message, Record, Own>[];
}

/** What a core wants done. `Own` are the protocol's own effects, told apart by `type`. */
export type Effect<Message, Record, Own> = Send<Message> | Persist<Message, Record, Own> | Own;

/** May leave at once. */
export interface Send<Message> {
  readonly type: "send";
  readonly to: NodeId;
  readonly message: Message;
}

/**
 * `whenDurable` happens only once the records are durable: what must not be said before it is written stands inside.
 * Persists complete in the order they were drained.
 */
export interface Persist<Message, Record, Own> {
  readonly type: "persist";
  readonly records: readonly Record[];
  readonly whenDurable: readonly Effect<Message, Record, Own>[];
}
