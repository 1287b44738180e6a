import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidUpdateError } from "../errors.ts";
import { type Compression, inflate } from "../sequence/engine.ts";
import type { Contents } from "./contents.ts";
import { sequenceSchema } from "./contents.ts";
import type { Epoch } from "./epoch.ts";
import type { Replica } from "./exchange.ts";
import { History, type Run } from "./history.ts";
import { pathOf } from "./paths.ts";
import { decodedPart, type SequenceOptions, type SequencePart } from "./sequences.ts";
import { readSections, writeSections } from "./update-format.ts";
import { BASE, readVersion, writeVersion } from "./version.ts";

const DOCUMENT = 0xc9;
const FORMAT = 1;
const COMPRESSED = 1;

/**
 * The whole document. Layout: DOCUMENT, format, flags, and then, deflated or not: the epoch, the lattices, the texts and
 * lists [key, document], and who did what since the last forgetting; checksum. Equal states have equal bytes.
 */
export function encodeDocument(replica: Replica, compression: Compression | undefined): Uint8Array {
  const body = bodyOf(replica);
  const writer = new Writer(body.length + 16);
  writer.byte(DOCUMENT);
  writer.byte(FORMAT);
  writer.byte(compression === undefined ? 0 : COMPRESSED);
  if (compression === undefined) writer.raw(body);
  else {
    writer.uint(body.length);
    writer.raw(compression.compress(body));
  }
  return writer.sealed();
}

function bodyOf({ contents, history, epoch }: Replica): Uint8Array {
  const writer = new Writer(1024);
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
    writer.block(sequence.encode());
  }
  const numbers = new Map(parts.map(([key], at) => [key, at + 1]));
  const sections = [...history.replicas()].sort().flatMap((replica) => {
    const from = epoch.base.get(replica) ?? 0;
    const runs = withoutDeltas(history.since(replica, from));
    return runs.length === 0 ? [] : [{ replica, from, runs }];
  });
  writeSections(writer, sections, (part) => numbers.get(part)!, false);
  return writer.bytes();
}

/** Whether anything was ever done in a text or list that is not forgotten. */
export function hasHistory({ engine, length }: SequencePart): boolean {
  return length > 0 || [...engine.version().keys()].some((replica) => replica !== BASE);
}

/** Fills `contents` from bytes. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError. */
export function decodeInto(
  contents: Contents,
  bytes: Uint8Array,
  options: SequenceOptions,
  compression: Compression | undefined,
  historyBytesMax: number,
): { readonly history: History; readonly epoch: Epoch } {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== DOCUMENT) throw new CorruptBytesError("they are not a document");
  const format = reader.byte();
  if (format !== FORMAT) throw new CorruptBytesError(`format ${format} is not known to this version`);
  const flags = reader.byte();
  if (flags > COMPRESSED) throw new CorruptBytesError("they have unknown flags");
  const body = flags & COMPRESSED ? inflate(reader, compression) : reader;
  const epoch = { number: body.uint(), mark: body.uint(), base: readVersion(body) };
  contents.lattices.merge(contents.lattices.read(new Reader(body.block())));
  for (const key of contents.lattices.keys()) contents.noteKey(key);
  const keys: string[] = [];
  for (let left = body.count(2); left > 0; left--) {
    const key = body.text();
    if (keys.length > 0 && keys[keys.length - 1]! >= key)
      throw new CorruptBytesError("keys are not in order");
    keys.push(key);
    const path = pathOf(contents.root, key);
    contents.adopt(key, decodedPart(path, sequenceSchema(contents.root, path), body.block(), options));
  }
  const history = new History(historyBytesMax, epoch.base);
  for (const { replica, from, runs } of readSections(body, (number) => keys[number - 1], false)) {
    if (from !== history.next(replica)) throw new InvalidUpdateError("its operations are not consecutive");
    for (const { part, seq, size } of runs) {
      if (part === undefined) history.inLattices(replica, size, undefined);
      else history.inPart(replica, part, seq, size);
    }
  }
  body.finish();
  checkNexts(contents, history, epoch);
  return { history, epoch };
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
  for (const [key, { engine }] of contents.sequences) {
    const nexts = told.get(key) ?? new Map<string, number>();
    const own = [...engine.version()].filter(([replica]) => replica !== BASE);
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
