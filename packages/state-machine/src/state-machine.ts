import { NoJsonError } from "./errors.ts";

/** How values become bytes in the replicated log and in snapshots. Must give the same bytes everywhere. */
export interface ByteCodec<Value> {
  encode(value: Value): Uint8Array;
  /** May throw for bytes that are not a value. */
  decode(bytes: Uint8Array): Value;
}

/** Where in the log a command stands. */
export interface LogPosition {
  readonly index: number;
  /**
   * Log time in milliseconds: the same on every replica, never falls, and advances only while there is a leader.
   * The one clock that a state machine may use.
   */
  readonly time: number;
}

/**
 * What a replicated log drives. Every replica applies the same commands in the same order, so `apply` must depend
 * on nothing but the state, the command and its position: no clock, no chance, no input or output. An expected
 * failure ("no such account") is a result; a throw from `apply` stops the node.
 */
export interface StateMachine<Command, Result, Query = never, Answer = never> {
  /** A state machine that keeps its state on a disk itself is an `OnDiskStateMachine`. */
  readonly isOnDisk?: false;
  readonly commands: ByteCodec<Command>;
  /** Results are kept in the log's state for sessions, hence in its snapshots. */
  readonly results: ByteCodec<Result>;
  /** Changes the state. Synchronous and deterministic. */
  apply(command: Command, at: LogPosition): Result;
  /** Reads the state, changes nothing. */
  query(query: Query): Answer;
  /**
   * The state as of this call, in chunks of any size (64 KiB to 1 MiB is good). The chunks are read while further
   * commands are applied: what they say must not change.
   */
  snapshot(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Replaces the state by a snapshot's chunks. Chunk borders are not kept. A throw stops the node. */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * JSON as bytes: the easy codec for commands and results. `encode` throws `NoJsonError` for `undefined`, a function or a
 * symbol; a result that is one of these is kept as `null`.
 */
export function json<Value>(): ByteCodec<Value> {
  return {
    encode: (value) => {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw new NoJsonError(typeof value);
      return encoder.encode(text);
    },
    decode: (bytes) => JSON.parse(decoder.decode(bytes)) as Value,
  };
}

/** Bytes as they are. */
export const bytes: ByteCodec<Uint8Array> = { encode: (value) => value, decode: (value) => value };
