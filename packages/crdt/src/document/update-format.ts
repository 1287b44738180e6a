import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidUpdateError } from "../errors.ts";
import type { Version } from "../sequence/version.ts";
import type { Epoch } from "./epoch.ts";
import type { Run } from "./history.ts";
import { readReplica, readVersion, writeVersion } from "./version.ts";

const UPDATE = 0xc7;
const FORMAT = 3;

const WITH_BASE = 1;
const WITH_LATTICES = 2;

/** In the place of a delta that is not kept any more. */
const nothing = new Uint8Array(0);

/** One replica's consecutive operations. */
export interface Section {
  readonly replica: string;
  readonly from: number;
  readonly runs: readonly Run[];
}

/**
 * What goes from replica to replica: who did what in which part, the parts' own updates, and the deltas of the lattices or,
 * where those are gone, their whole state. It needs what `causes` says to be there before it.
 *
 * Layout: UPDATE, format, flags, epoch and its mark, causes, the epoch's base when flagged, the lattices when flagged, then the
 * parts [key, update], then the sections [replica, from, runs], checksum. A run is the number of its part plus one and its
 * size and first number there, or 0 and its size and, when not the whole state stands above, its delta.
 */
export interface Update {
  readonly epoch: Epoch;
  readonly withBase: boolean;
  readonly causes: Version;
  readonly lattices: Uint8Array | undefined;
  readonly parts: ReadonlyMap<string, Uint8Array>;
  readonly sections: readonly Section[];
}

export function encodeUpdate(update: Update): Uint8Array {
  const { epoch, withBase, causes, lattices, parts, sections } = update;
  const writer = new Writer(256);
  writer.byte(UPDATE);
  writer.byte(FORMAT);
  writer.byte((withBase ? WITH_BASE : 0) | (lattices === undefined ? 0 : WITH_LATTICES));
  writer.uint(epoch.number);
  writer.uint(epoch.mark);
  writeVersion(writer, causes);
  if (withBase) writeVersion(writer, epoch.base);
  if (lattices !== undefined) writer.block(lattices);
  writer.uint(parts.size);
  const numbers = new Map<string, number>();
  for (const [key, bytes] of parts) {
    numbers.set(key, numbers.size + 1);
    writer.text(key);
    writer.block(bytes);
  }
  writeSections(writer, sections, (part) => numbers.get(part)!, lattices === undefined ? "all" : "none");
  return writer.sealed();
}

/** Throws CorruptBytesError or InvalidUpdateError. */
export function decodeUpdate(bytes: Uint8Array): Update {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== UPDATE) throw new CorruptBytesError("they are not an update of a document");
  const format = reader.byte();
  if (format !== FORMAT) throw new CorruptBytesError(`format ${format} is not known to this version`);
  const flags = reader.byte();
  if (flags > (WITH_BASE | WITH_LATTICES)) throw new CorruptBytesError("they have unknown flags");
  const number = reader.uint();
  const mark = reader.uint();
  const causes = readVersion(reader);
  const withBase = (flags & WITH_BASE) !== 0;
  const base = withBase ? readVersion(reader) : new Map<string, number>();
  const lattices = flags & WITH_LATTICES ? reader.block() : undefined;
  const parts = new Map<string, Uint8Array>();
  for (let left = reader.count(2); left > 0; left--) parts.set(reader.text(), reader.block());
  const keys = [...parts.keys()];
  const sections = readSections(reader, (part) => keys[part - 1], lattices === undefined ? "all" : "none");
  reader.finish();
  return { epoch: { number, mark, base }, withBase, causes, lattices, parts, sections };
}

/** Which changes of the lattices have their deltas with them. */
type Deltas = "all" | "some" | "none";

/** Runs of replicas; also what a whole document says of its history. */
export function writeSections(
  writer: Writer,
  sections: readonly Section[],
  numberOf: (part: string) => number,
  deltas: Deltas,
): void {
  writer.uint(sections.length);
  for (const { replica, from, runs } of sections) {
    writer.text(replica);
    writer.uint(from);
    writer.uint(runs.length);
    for (const { part, size, seq, delta } of runs) {
      writer.uint(part === undefined ? 0 : numberOf(part));
      writer.uint(size);
      if (part !== undefined) writer.uint(seq);
      else if (deltas !== "none") writer.block(delta ?? nothing);
    }
  }
}

export function readSections(
  reader: Reader,
  keyOf: (number: number) => string | undefined,
  deltas: Deltas,
): Section[] {
  const sections: Section[] = [];
  for (let left = reader.count(3); left > 0; left--) {
    const replica = readReplica(reader);
    let from = reader.uint();
    const section = { replica, from, runs: [] as Run[] };
    for (let more = reader.count(2); more > 0; more--) {
      const run = readRun(reader, from, keyOf, deltas);
      from += run.size;
      section.runs.push(run);
    }
    sections.push(section);
  }
  return sections;
}

function readRun(
  reader: Reader,
  from: number,
  keyOf: (number: number) => string | undefined,
  deltas: Deltas,
): Run {
  const number = reader.uint();
  const size = reader.uint();
  if (size === 0 || !Number.isSafeInteger(from + size))
    throw new InvalidUpdateError("a run has an impossible size");
  if (number === 0) {
    const block = deltas === "none" ? nothing : reader.block();
    const delta = block.length > 0 ? block.slice() : undefined;
    if (delta === undefined && deltas === "all")
      throw new InvalidUpdateError("a change of the lattices is empty");
    if (delta !== undefined && size !== 1)
      throw new InvalidUpdateError("a change of the lattices is not one operation");
    return { from, size, part: undefined, seq: 0, delta };
  }
  const part = keyOf(number);
  if (part === undefined) throw new InvalidUpdateError("it names a part outside its table");
  return { from, size, part, seq: reader.uint(), delta: undefined };
}
