import { told } from "../arguments.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, CrdtError, InvalidArgumentError } from "../errors.ts";

/**
 * A state-based CRDT: states with a least one and a join (Shapiro et al., "Conflict-free Replicated Data Types", 2011).
 *
 * `merge` must be associative, commutative and idempotent up to `equals`, and `bottom` its neutral element. `delta` must
 * give the least that, merged into `known`, makes it as if the whole state had been merged.
 *
 * States change in place, for speed; the other arguments never do.
 */
export interface Lattice<State> {
  /** Stands in encodings, so that the bytes of one type are not taken for another's. */
  readonly name: string;
  bottom(): State;
  /** Joins `other` into `state`. */
  merge(state: State, other: State): void;
  /** What a replica with `known` lacks of `state`. */
  delta(state: State, known: State): State;
  equals(a: State, b: State): boolean;
  /** Equal states are written alike. */
  write(writer: Writer, state: State): void;
  /** Throws CorruptBytesError for what `write` does not write. */
  read(reader: Reader): State;
  /**
   * Reads a state that is to be merged, and returns what merges it: for types that can tell what is new without making
   * the other state. Throws as `read` does, and has changed nothing then.
   */
  readToMerge?(state: State, reader: Reader): () => void;
}

const STATE = 0xc4;
const FORMAT = 1;

/**
 * A state or delta as bytes: versioned, with the type's name and a checksum. Equal states give equal bytes. Throws
 * InvalidArgumentError for what is no state of the type.
 */
export function encode<State>(type: Lattice<State>, state: State): Uint8Array {
  checkType(type);
  const writer = new Writer();
  writer.byte(STATE);
  writer.byte(FORMAT);
  writer.text(type.name);
  try {
    type.write(writer, state);
  } catch (cause) {
    if (cause instanceof CrdtError) throw cause;
    throw new InvalidArgumentError(`What is to be written is no state of ${type.name}: ${String(cause)}.`, {
      cause,
    });
  }
  return writer.sealed();
}

/** The state or delta in bytes. Throws CorruptBytesError when they are not one of this type. */
export function decode<State>(type: Lattice<State>, bytes: Uint8Array): State {
  const reader = opened(type, bytes);
  const state = type.read(reader);
  reader.finish();
  return state;
}

/**
 * Merges a state or delta in bytes, as `merge` does what `decode` gives; a causal set or map need not be built for it. Throws
 * CorruptBytesError, and changes nothing, when the bytes are not one of this type.
 */
export function mergeEncoded<State>(type: Lattice<State>, state: State, bytes: Uint8Array): void {
  const reader = opened(type, bytes);
  const merge = type.readToMerge?.(state, reader) ?? mergeOf(type, state, type.read(reader));
  reader.finish();
  merge();
}

function checkType<State>(type: Lattice<State>): void {
  if (typeof type?.read !== "function")
    throw new InvalidArgumentError(
      `First comes the type, as gCounter or orSet(text), and then the state or the bytes; not ${told(type)}.`,
    );
}

function mergeOf<State>(type: Lattice<State>, state: State, other: State): () => void {
  return () => type.merge(state, other);
}

/** Behind what says that the bytes are of this type. */
function opened<State>(type: Lattice<State>, bytes: Uint8Array): Reader {
  checkType(type);
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== STATE) throw new CorruptBytesError("they do not hold a state");
  const format = reader.byte();
  if (format !== FORMAT) throw new CorruptBytesError(`format ${format} is not known to this version`);
  const name = reader.text();
  if (name !== type.name) throw new CorruptBytesError(`they hold a ${name}, not a ${type.name}`);
  return reader;
}

/** A copy that shares nothing changeable with the state. */
export function copy<State>(type: Lattice<State>, state: State): State {
  const made = type.bottom();
  type.merge(made, state);
  return made;
}
