import { kind } from "../bytes/kind.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { BitReader, BitWriter } from "./bits.ts";
import { assertCounts, depthMax, type IntervalTreeClock, Stamp, stampOf } from "./clock.ts";
import { type Event, tree } from "./event.ts";
import { type Id, pair } from "./id.ts";

/*
 * kind | the bits of the paper's binary encoding, id then event, filled up with zeros to a whole byte | check
 *
 * n:b stands for n in b bits.
 *   id      0 -> 0:2 0:1      1 -> 0:2 1:1      (0, r) -> 1:2 r      (l, 0) -> 2:2 l      (l, r) -> 3:2 l r
 *   event   (0, 0, r) -> 0:1 0:2 r      (0, l, 0) -> 0:1 1:2 l      (0, l, r) -> 0:1 2:2 l r
 *           (n, 0, r) -> 0:1 3:2 0:1 0:1 n r      (n, l, 0) -> 0:1 3:2 0:1 1:1 n l      (n, l, r) -> 0:1 3:2 1:1 n l r
 *           n -> 1:1 number(n, 2)
 *   number(n, b)   0:1 n:b while n < 2^b, else 1:1 number(n - 2^b, b + 1)
 */

/** The canonical encoding of an interval tree clock, from 6 bytes. O(n). */
export function encodeIntervalTreeClock(clock: IntervalTreeClock): Uint8Array {
  const { id, events } = stampOf(clock);
  const bits = new BitWriter();
  writeId(bits, id);
  writeEvent(bits, events);
  const writer = new Writer(kind.intervalTreeClock);
  writer.raw(bits.finish());
  return writer.finish();
}

function writeId(bits: BitWriter, id: Id): void {
  if (typeof id === "number") {
    bits.write(id, 3);
    return;
  }
  const [left, right] = id;
  bits.write(left === 0 ? 1 : right === 0 ? 2 : 3, 2);
  if (left !== 0) writeId(bits, left);
  if (right !== 0) writeId(bits, right);
}

function writeEvent(bits: BitWriter, event: Event): void {
  if (typeof event === "number") {
    bits.write(1, 1);
    writeNumber(bits, event);
    return;
  }
  const { base, left, right } = event;
  if (base === 0) {
    bits.write(left === 0 ? 0 : right === 0 ? 1 : 2, 3);
  } else {
    bits.write(3, 3);
    if (left === 0) bits.write(0, 2);
    else if (right === 0) bits.write(1, 2);
    else bits.write(1, 1);
    writeEvent(bits, base);
  }
  if (left !== 0) writeEvent(bits, left);
  if (right !== 0) writeEvent(bits, right);
}

function writeNumber(bits: BitWriter, value: number): void {
  let rest = value;
  let width = 2;
  for (; rest >= 2 ** width; width++) {
    bits.write(1, 1);
    rest -= 2 ** width;
  }
  bits.write(0, 1);
  bits.write(rest, width);
}

/**
 * Decodes what `encodeIntervalTreeClock` made. Throws `MalformedBytesError` for anything else, and
 * `CounterOverflowError` for counts beyond 2^53 - 1.
 */
export function decodeIntervalTreeClock(bytes: Uint8Array): IntervalTreeClock {
  const reader = new Reader(bytes, kind.intervalTreeClock);
  const bits = new BitReader(reader.rest());
  const parser = new Parser(bits, reader);
  const stamp = new Stamp(parser.id(0), assertCounts(parser.event(0)));
  if (!bits.isFinished) reader.fail("Bits left over");
  return stamp;
}

class Parser {
  readonly #bits: BitReader;
  readonly #reader: Reader;

  constructor(bits: BitReader, reader: Reader) {
    this.#bits = bits;
    this.#reader = reader;
  }

  id(depth: number): Id {
    const shape = this.#read(2);
    if (shape === 0) return this.#read(1) as 0 | 1;
    this.#descend(depth);
    const left = shape === 1 ? 0 : this.id(depth + 1);
    const right = shape === 2 ? 0 : this.id(depth + 1);
    const id = pair(left, right);
    const isCanonical =
      typeof id !== "number" && (left === 0) === (shape === 1) && (right === 0) === (shape === 2);
    return isCanonical ? id : this.#reader.fail("An identity that is not in normal form");
  }

  event(depth: number): Event {
    if (this.#read(1) === 1) return this.#number();
    this.#descend(depth);
    const shape = this.#read(2);
    if (shape < 3) return this.#node(0, shape, depth);
    const inner = this.#read(1) === 1 ? 2 : this.#read(1);
    if (this.#read(1) !== 1) this.#reader.fail("A base that is not a number");
    const base = this.#number();
    return base === 0 ? this.#reader.fail("A base of 0 in the long form") : this.#node(base, inner, depth);
  }

  #node(base: number, shape: number, depth: number): Event {
    const left = shape === 0 ? 0 : this.event(depth + 1);
    const right = shape === 1 ? 0 : this.event(depth + 1);
    const event = tree(base, left, right);
    const isCanonical =
      typeof event !== "number" &&
      event.base === base &&
      (left === 0) === (shape === 0) &&
      (right === 0) === (shape === 1);
    return isCanonical ? event : this.#reader.fail("A count that is not in normal form");
  }

  #number(): number {
    let value = 0;
    let width = 2;
    for (; this.#read(1) === 1; width++) {
      if (width > 53) this.#reader.fail("A number beyond 2^53 - 1");
      value += 2 ** width;
    }
    value += this.#read(width);
    return value <= Number.MAX_SAFE_INTEGER ? value : this.#reader.fail("A number beyond 2^53 - 1");
  }

  #descend(depth: number): void {
    if (depth >= depthMax) this.#reader.fail(`More than ${depthMax} levels`);
  }

  #read(width: number): number {
    return this.#bits.read(width) ?? this.#reader.fail("Cut short");
  }
}
