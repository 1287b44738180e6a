import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";

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
}

const STATE = 0xc4;
const FORMAT = 1;

/** A state or delta as bytes: versioned, with the type's name and a checksum. Equal states give equal bytes. */
export function encode<State>(type: Lattice<State>, state: State): Uint8Array {
  const writer = new Writer();
  writer.byte(STATE);
  writer.byte(FORMAT);
  writer.text(type.name);
  type.write(writer, state);
  return writer.sealed();
}

/** The state or delta in bytes. Throws CorruptBytesError when they are not one of this type. */
export function decode<State>(type: Lattice<State>, bytes: Uint8Array): State {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== STATE) throw new CorruptBytesError("they do not hold a state");
  const format = reader.byte();
  if (format !== FORMAT) throw new CorruptBytesError(`format ${format} is not known to this version`);
  const name = reader.text();
  if (name !== type.name) throw new CorruptBytesError(`they hold a ${name}, not a ${type.name}`);
  const state = type.read(reader);
  reader.finish();
  return state;
}

/** A copy that shares nothing changeable with the state. */
export function copy<State>(type: Lattice<State>, state: State): State {
  const made = type.bottom();
  type.merge(made, state);
  return made;
}
