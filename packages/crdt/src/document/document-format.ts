import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidUpdateError } from "../errors.ts";
import { type Compression, type EncodeOptions, inflate } from "../sequence/engine.ts";
import type { Contents } from "./contents.ts";
import type { Epoch } from "./epoch.ts";
import type { Replica } from "./exchange.ts";
import { type Base, History, type Run } from "./history.ts";
import { Lattices } from "./lattices.ts";
import { pathOf } from "./paths.ts";
import { sequenceSchema } from "./reading.ts";
import { decodedPart, type SequenceOptions, type SequencePart, sequenceOptionsOf } from "./sequences.ts";
import { readSections, type Section, writeSections } from "./update-format.ts";
import { BASE, readVersion, writeVersion } from "./version.ts";

const DOCUMENT = 0xc9;
const FORMAT = 3;
const COMPRESSED = 1;
const WITH_HISTORY = 2;

/**
 * The whole document. Layout: DOCUMENT, format, flags, and then, deflated or not: the epoch, the lattices, the texts and
 * lists [key, document], and who did what since the last forgetting; checksum. With a history, the version where it begins
 * and the lattices of then come first, and changes of the lattices have their deltas, as far as they are kept. Equal states have equal bytes.
 */
export function encodeDocument(
  replica: Replica,
  { history = false, compression }: EncodeOptions,
): Uint8Array {
  const withHistory = history && replica.history.base !== undefined;
  const body = bodyOf(replica, withHistory);
  const writer = new Writer(body.length + 16);
  writer.byte(DOCUMENT);
  writer.byte(FORMAT);
  writer.byte((compression === undefined ? 0 : COMPRESSED) | (withHistory ? WITH_HISTORY : 0));
  if (compression === undefined) writer.raw(body);
  else {
    writer.uint(body.length);
    writer.raw(compression.compress(body));
  }
  return writer.sealed();
}

function bodyOf({ contents, history, epoch }: Replica, withHistory: boolean): Uint8Array {
  const writer = new Writer(1024);
  if (withHistory) {
    writeVersion(writer, history.base!.seen);
    writer.block(history.base!.lattices ?? new Uint8Array(0));
  }
  writer.uint(epoch.number);
  writer.uint(epoch.mark);
  writeVersion(writer, epoch.base);
  const lattices = new Writer();
  contents.lattices.write(lattices);
  writer.block(lattices.bytes());
  const parts = [...contents.sequences]
    .filter(([, part]) => hasHistory(part))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  writer.uint(parts.length);
  for (const [key, { sequence }] of parts) {
    writer.text(key);
    writer.block(sequence.encode({ history: withHistory }));
  }
  const numbers = new Map(parts.map(([key], at) => [key, at + 1]));
  const sections = [...history.replicas()].sort().flatMap((replica) => {
    const from = epoch.base.get(replica) ?? 0;
    const all = history.since(replica, from);
    const runs = withHistory ? all : withoutDeltas(all);
    return runs.length === 0 ? [] : [{ replica, from, runs }];
  });
  writeSections(writer, sections, (part) => numbers.get(part)!, withHistory ? "some" : "none");
  return writer.bytes();
}

/** Whether anything was ever done in a text or list that is not forgotten. */
export function hasHistory(part: SequencePart): boolean {
  return part.length > 0 || [...part.version().keys()].some((replica) => replica !== BASE);
}

export interface DecodeOptions extends SequenceOptions {
  readonly compression?: Compression;
  readonly historyBytesMax: number;
}

/** Fills `contents` from bytes. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError. */
export function decodeInto(
  contents: Contents,
  bytes: Uint8Array,
  options: DecodeOptions,
): { readonly history: History; readonly epoch: Epoch } {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== DOCUMENT) throw new CorruptBytesError("they are not a document");
  const format = reader.byte();
  if (format !== FORMAT) throw new CorruptBytesError(`format ${format} is not known to this version`);
  const flags = reader.byte();
  if (flags > (COMPRESSED | WITH_HISTORY)) throw new CorruptBytesError("they have unknown flags");
  const body = flags & COMPRESSED ? inflate(reader, options.compression) : reader;
  const told = flags & WITH_HISTORY ? readBase(contents, body) : undefined;
  const epoch = { number: body.uint(), mark: body.uint(), base: readVersion(body) };
  contents.lattices.merge(contents.lattices.read(new Reader(body.block())));
  contents.noteLattices();
  const partOptions = sequenceOptionsOf(options);
  const keys: string[] = [];
  let left = body.count(2);
  contents.admitParts(left);
  for (; left > 0; left--) {
    const key = body.text();
    if (keys.length > 0 && keys[keys.length - 1]! >= key)
      throw new CorruptBytesError("keys are not in order");
    keys.push(key);
    const path = pathOf(contents.root, key);
    contents.adopt(key, decodedPart(path, sequenceSchema(contents.root, path), body.block(), partOptions));
  }
  const sections = readSections(body, (number) => keys[number - 1], told ? "some" : "none");
  body.finish();
  const base = options.history ? (told ?? baseHere(contents, sections, epoch)) : undefined;
  const history = new History(options.historyBytesMax, epoch.base, base);
  for (const { replica, from, runs } of sections) {
    if (from !== history.next(replica)) throw new InvalidUpdateError("its operations are not consecutive");
    for (const { part, seq, size, delta } of runs) {
      if (delta !== undefined) contents.lattices.readDeltas(new Reader(delta));
      if (part === undefined) history.inLattices(replica, size, delta);
      else history.inPart(replica, part, seq, size);
    }
  }
  checkNexts(contents, history, epoch);
  if (told !== undefined) checkLattices(contents, told, sections);
  return { history, epoch };
}

function readBase({ lattices }: Contents, body: Reader): Base {
  const seen = readVersion(body);
  const bytes = body.block().slice();
  if (bytes.length > 0) lattices.read(new Reader(bytes));
  return { seen, lattices: bytes.length > 0 ? bytes : undefined };
}

/** Where all changes are kept, the lattices must be what these make of those of the beginning. */
function checkLattices({ root, lattices }: Contents, base: Base, sections: readonly Section[]): void {
  const again = new Lattices(root);
  if (base.lattices !== undefined) again.merge(again.read(new Reader(base.lattices)));
  for (const { replica, runs } of sections)
    for (const run of runs) {
      if (run.part !== undefined || run.from < (base.seen.get(replica) ?? 0)) continue;
      if (run.delta === undefined) return;
      again.apply(again.readDeltas(new Reader(run.delta)));
    }
  const [told, made] = [lattices.encoded(), again.encoded()];
  if (told.length !== made.length || told.some((byte, at) => byte !== made[at]))
    throw new InvalidUpdateError("its history does not lead to what it holds");
}

/** Where the bytes tell of no past, it begins with what they hold. */
function baseHere({ lattices }: Contents, sections: readonly Section[], epoch: Epoch): Base {
  const nexts = sections.map(({ replica, from, runs }): [string, number] => [
    replica,
    from + runs.reduce((sum, { size }) => sum + size, 0),
  ]);
  return { seen: new Map([...epoch.base, ...nexts]), lattices: lattices.encoded() };
}

/** What the history says of the texts and lists must be what they say themselves. */
function checkNexts(contents: Contents, history: History, epoch: Epoch): void {
  const told = new Map<string, Map<string, number>>();
  for (const replica of history.replicas())
    for (const { part, seq, size } of history.since(replica, epoch.base.get(replica) ?? 0)) {
      if (part === undefined) continue;
      const nexts = told.get(part) ?? new Map<string, number>();
      told.set(part, nexts);
      if ((nexts.get(replica) ?? 0) !== seq)
        throw new InvalidUpdateError("its operations are not consecutive");
      nexts.set(replica, seq + size);
    }
  for (const [key, part] of contents.sequences) {
    const nexts = told.get(key) ?? new Map<string, number>();
    const own = [...part.version()].filter(([replica]) => replica !== BASE);
    if (own.length !== nexts.size || own.some(([replica, next]) => nexts.get(replica) !== next))
      throw new InvalidUpdateError(`what it says of ${key} does not fit`);
  }
}

function withoutDeltas(runs: readonly Run[]): Run[] {
  const kept: Run[] = [];
  for (const run of runs) {
    const last = kept[kept.length - 1];
    if (run.part === undefined && last?.part === undefined && last !== undefined)
      kept[kept.length - 1] = { ...last, size: last.size + run.size };
    else kept.push({ ...run, delta: undefined });
  }
  return kept;
}
