import { Reader } from "../bytes/reader.ts";
import { HistoryNotKeptError } from "../errors.ts";
import type { Joinable } from "../sequence/changes.ts";
import { checkKnown, type Version } from "../sequence/version.ts";
import type { AnyChange } from "./events.ts";
import { latticeChange } from "./events.ts";
import type { Replica } from "./exchange.ts";
import { type Base, isGone, sizeOf } from "./history.ts";
import { Lattices } from "./lattices.ts";
import { pathOf } from "./paths.ts";
import { type ReadablePart, Reading } from "./reading.ts";
import type { SequencePart } from "./sequences.ts";
import { BASE, type DocumentVersion } from "./version.ts";

/** A text or list as it was. */
class PastPart implements ReadablePart {
  readonly path: SequencePart["path"];
  readonly version: Version;
  readonly #part: SequencePart;
  #value: Joinable | undefined;

  constructor(part: SequencePart, version: Version) {
    this.path = part.path;
    this.version = version;
    this.#part = part;
  }

  get length(): number {
    return this.value().length;
  }

  value(): Joinable {
    this.#value ??= this.#part.valueAt(this.version);
    return this.#value;
  }
}

/**
 * A document as it was at a version: texts and lists look back by themselves, the lattices are built again from where the
 * history begins. O(history). Throws HistoryNotKeptError for what is not kept, or not so far back, and UnknownVersionError
 * for what is not here yet.
 */
export function readingAt(replica: Replica, version: DocumentVersion): Reading<PastPart> {
  const { contents, history } = replica;
  const base = baseFor(replica, version);
  checkKnown(version.seen, (id) => history.next(id));
  const reading = new Reading<PastPart>(contents.root);
  const { lattices } = reading;
  if (base.lattices !== undefined) lattices.merge(lattices.read(new Reader(base.lattices)));
  for (const [id, seen] of version.seen)
    for (const run of history.since(id, base.seen.get(id) ?? 0)) {
      if (run.from >= seen) break;
      if (isGone(run))
        throw new HistoryNotKeptError("More was changed since than historyBytesMax lets be kept.");
      if (run.delta !== undefined) lattices.apply(lattices.readDeltas(new Reader(run.delta)));
    }
  reading.noteLattices();
  const counts = history.countsAt(version.seen);
  for (const [key, part] of contents.sequences) {
    const kept = part.version().get(BASE) ?? 0;
    reading.putSequence(key, new PastPart(part, new Map([...(counts.get(key) ?? []), [BASE, kept]])));
  }
  return reading;
}

/** What leads from one version to another, whichever is the earlier. */
export function changesBetween(
  replica: Replica,
  before: DocumentVersion,
  after: DocumentVersion,
): AnyChange[] {
  const [was, is] = [readingAt(replica, before), readingAt(replica, after)];
  const changes: AnyChange[] = [];
  for (const [key, part] of replica.contents.sequences) {
    const [from, to] = [was.sequences.get(key)!.version, is.sequences.get(key)!.version];
    const { path, schema } = part;
    const change = part.changesBetween(from, to);
    if (change.steps.length + (change.formatted?.length ?? 0) > 0)
      changes.push({ path, kind: schema.kind, ...change } as AnyChange);
  }
  const keys = new Set([...was.lattices.keys(), ...is.lattices.keys()]);
  for (const key of [...keys].sort()) {
    const [earlier, later] = [was, is].map(({ lattices }) => lattices.value(key));
    if (!isSameValue(earlier, later)) changes.push(latticeChange(is, pathOf(is.root, key)));
  }
  return changes;
}

/** Where the history begins once what lies before a version is forgotten: there, or, when that cannot be told, here. */
export function baseAt(replica: Replica, version: DocumentVersion): Base {
  const { history, contents } = replica;
  let seen = version.seen;
  let lattices: Lattices;
  try {
    ({ lattices } = readingAt(replica, version));
  } catch (error) {
    if (!(error instanceof HistoryNotKeptError)) throw error;
    seen = history.version();
    lattices = new Lattices(contents.root);
    lattices.merge(lattices.read(new Reader(contents.lattices.encoded())));
  }
  lattices.forget(sizeOf(version.seen));
  return { seen, lattices: lattices.encoded() };
}

function baseFor({ history, epoch }: Replica, { epoch: number, mark, seen }: DocumentVersion): Base {
  const { base } = history;
  if (base === undefined) throw new HistoryNotKeptError("This document keeps no history.");
  if (number !== epoch.number || mark !== epoch.mark)
    throw new HistoryNotKeptError("The version is not one since the last forgetting.");
  if ([...base.seen].some(([id, count]) => (seen.get(id) ?? 0) < count))
    throw new HistoryNotKeptError("The version lies before all that is kept.");
  return base;
}

/** Told apart by what they are made of; of values that only their codec knows nobody can say more than that they may differ. */
function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const [mine, theirs] = [Object.entries(a), Object.entries(b)];
  return (
    mine.length === theirs.length &&
    mine.every(([name, value], at) => theirs[at]![0] === name && isSameValue(value, theirs[at]![1]))
  );
}

function isPlain(value: unknown): value is object {
  if (value === null || typeof value !== "object") return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
