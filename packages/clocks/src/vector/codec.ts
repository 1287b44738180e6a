import { check, wordAt } from "../bytes/check.ts";
import { checkBytes, kind } from "../bytes/kind.ts";
import { assertEncoding, readCheck } from "../bytes/reader.ts";
import { writeCheck, writeInteger } from "../bytes/writer.ts";
import { InvalidArgumentError, MalformedBytesError } from "../errors.ts";
import { type ReplicaId, replicasMax } from "../replica.ts";
import { cellsOf } from "./cells.ts";
import { allocate } from "./counters.ts";
import { Roster } from "./roster.ts";
import { fromCells, type ReadonlyVersionVector, type VersionVector } from "./version-vector.ts";

/*
 * kind | n | n times: length of id (one byte), id in UTF-8 | n counters | check (four bytes)
 *
 * Everything up to the counters is the roster's header. It is made once for a roster, and recognised when the next
 * vector of the same replicas is decoded, so that both directions mostly copy and compare memory.
 */

/** An upper bound of the bytes that `encodeVersionVectorInto` needs for a vector. O(1). */
export function versionVectorBytesMax(vector: ReadonlyVersionVector): number {
  const { roster, counters } = cellsOf(vector);
  return roster.header().bytes.length + counters.length * 8 + checkBytes;
}

/**
 * Writes the canonical encoding into `target` from `at` on and returns where it ends: for messages that are
 * assembled in a buffer of their own. Throws `InvalidArgumentError` unless `versionVectorBytesMax` bytes are free.
 */
export function encodeVersionVectorInto(
  vector: ReadonlyVersionVector,
  target: Uint8Array,
  at: number,
): number {
  const { roster, counters } = cellsOf(vector);
  const header = roster.header();
  if (
    !(
      Number.isInteger(at) &&
      at >= 0 &&
      target.length - at >= header.bytes.length + counters.length * 8 + checkBytes
    )
  ) {
    throw new InvalidArgumentError("The target is too short: versionVectorBytesMax() says what is needed.");
  }
  target.set(header.bytes, at);
  const start = at + header.bytes.length;
  const end = writeCounters(target, start, counters);
  return writeCheck(target, end, check(target, start, end, header.check));
}

function writeCounters(target: Uint8Array, from: number, counters: Float64Array): number {
  let at = from;
  for (let i = 0; i < counters.length; i++) {
    const counter = counters[i]!;
    if (counter < 0x4000) {
      const low = counter | 0;
      if (low < 0x80) {
        target[at++] = low;
      } else {
        target[at] = low | 0x80;
        target[at + 1] = low >>> 7;
        at += 2;
      }
    } else {
      at = writeInteger(target, at, counter);
    }
  }
  return at;
}

/** Where encodings of common size are made, before they are copied to memory of the right length. */
const scratch = new Uint8Array(16_384);

/** The canonical encoding of a vector: equal vectors give equal bytes, on every machine. O(n). */
export function encodeVersionVector(vector: ReadonlyVersionVector): Uint8Array {
  const bytesMax = versionVectorBytesMax(vector);
  const target = bytesMax <= scratch.length ? scratch : new Uint8Array(bytesMax);
  return target.slice(0, encodeVersionVectorInto(vector, target, 0));
}

/**
 * Decodes what `encodeVersionVector` made. Throws `MalformedBytesError` for anything else: cut short, altered, not in
 * canonical form, or with bytes left over.
 */
export function decodeVersionVector(bytes: Uint8Array): VersionVector {
  assertEncoding(bytes, kind.versionVector);
  const known = recognise(bytes);
  const roster = known ?? readRoster(bytes);
  const header = roster.header();
  const end = bytes.length - checkBytes;
  if (readCheck(bytes) !== check(bytes, header.bytes.length, end, header.check)) {
    throw new MalformedBytesError("The check does not fit the bytes", end);
  }
  const counters = readCounters(bytes, header.bytes.length, end, roster.ids.length);
  if (known === undefined) remember(roster);
  return fromCells({ roster, counters });
}

function readCounters(bytes: Uint8Array, from: number, end: number, count: number): Float64Array {
  if (count > end - from) throw new MalformedBytesError("Cut short", end);
  const counters = allocate(count);
  let at = from;
  for (let i = 0; i < count; i++) {
    let counter = bytes[at++]!;
    if (counter >= 0x80) {
      const next = bytes[at++]!;
      // Two bytes hold all up to 2^14 - 1. A last byte of 0 is not the shortest form.
      if (next >= 0x80 || next === 0) {
        at = readLong(bytes, at - 2, counters, i);
        continue;
      }
      counter += next * 0x80 - 0x80;
    }
    if (counter === 0) throw new MalformedBytesError("A counter of 0", at);
    counters[i] = counter;
  }
  if (at !== end) throw new MalformedBytesError("The counters do not fill the bytes", at);
  return counters;
}

function readLong(bytes: Uint8Array, from: number, counters: Float64Array, slot: number): number {
  let counter = 0;
  let scale = 1;
  for (let at = from; at < from + 8 && at < bytes.length; at++) {
    const byte = bytes[at]!;
    counter += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    if (byte === 0 || counter > Number.MAX_SAFE_INTEGER) break;
    counters[slot] = counter;
    return at + 1;
  }
  throw new MalformedBytesError("Not a counter of at most 2^53 - 1 in its shortest form", from);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readRoster(bytes: Uint8Array): Roster {
  const { count, from } = readCount(bytes, bytes.length - checkBytes);
  const end = endOfIds(bytes, from, count);
  // Not slice(): that of a Node.js Buffer is a view of the message.
  return new Roster(readIds(bytes, from, end, count), new Uint8Array(bytes.subarray(0, end)));
}

/** Where the last id ends. */
function endOfIds(bytes: Uint8Array, from: number, count: number): number {
  const end = bytes.length - checkBytes;
  let at = from;
  for (let i = 0; i < count; i++) {
    const length = bytes[at]!;
    if (length === 0 || at + 1 + length > end) throw new MalformedBytesError("Not a replica id", at);
    at += 1 + length;
  }
  return at;
}

function readIds(bytes: Uint8Array, from: number, end: number, count: number): ReplicaId[] {
  const text = decodeUtf8(bytes, from, end);
  // A call into the decoder costs more than an id: when all is ASCII, one call decodes the whole table.
  const isAscii = text?.length === end - from;
  const ids: ReplicaId[] = [];
  let before = "";
  for (let i = 0, start = from + 1; i < count; i++) {
    const idEnd = start + bytes[start - 1]!;
    const id = isAscii ? text.slice(start - from, idEnd - from) : decodeUtf8(bytes, start, idEnd);
    if (id === undefined) throw new MalformedBytesError("A replica id is not UTF-8", start);
    if (!(before < id)) throw new MalformedBytesError("Replica ids out of order", start - 1);
    ids.push(id);
    before = id;
    start = idEnd + 1;
  }
  return ids;
}

function decodeUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  try {
    return utf8.decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}

function readCount(bytes: Uint8Array, end: number): { count: number; from: number } {
  let count = 0;
  let at = 1;
  for (let shift = 0; at < end && shift <= 14; shift += 7) {
    const byte = bytes[at++]!;
    count |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    // An entry takes at least three bytes: length, one byte of id, counter.
    if ((byte === 0 && shift > 0) || count > replicasMax || count * 3 > end - at) break;
    return { count, from: at };
  }
  throw new MalformedBytesError("Not a number of entries", at);
}

/** Rosters met last. A memo: it changes no answer, is bounded in number and bytes, and holds nothing but ids. */
const met: Roster[] = [];
const metMax = 8;
const metBytesMax = 65_536;

/** Where the next roster goes: the places behind the first in turn. In the first stands the one recognised last. */
let nextMet = 0;

function remember(roster: Roster): void {
  if (roster.header().bytes.length > metBytesMax) return;
  met[nextMet] = roster;
  nextMet = 1 + (nextMet % (metMax - 1));
}

function recognise(bytes: Uint8Array): Roster | undefined {
  for (let i = 0; i < met.length; i++) {
    const roster = met[i]!;
    if (!startsWith(bytes, roster)) continue;
    if (i > 0) {
      met[i] = met[0]!;
      met[0] = roster;
    }
    return roster;
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, roster: Roster): boolean {
  const start = roster.header().bytes;
  if (start.length + checkBytes > bytes.length) return false;
  // The end first: different groups rarely have the same last id, and no words of theirs are made in vain.
  for (let at = Math.max(0, start.length - 8); at < start.length; at++)
    if (bytes[at] !== start[at]) return false;
  return start.length > viewedFrom
    ? startsWithWords(bytes, roster.words())
    : startsWithBytes(bytes, roster.words());
}

/** To make a view costs as much as to put this many bytes together by hand. */
const viewedFrom = 128;

function startsWithWords(bytes: Uint8Array, words: Int32Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, words.length * 4);
  for (let i = 0; i < words.length; i++) if (view.getInt32(i * 4, true) !== words[i]) return false;
  return true;
}

function startsWithBytes(bytes: Uint8Array, words: Int32Array): boolean {
  for (let i = 0, at = 0; i < words.length; i++, at += 4) if (wordAt(bytes, at) !== words[i]) return false;
  return true;
}
