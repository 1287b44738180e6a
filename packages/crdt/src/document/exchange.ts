import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import {
  HistoryForgottenError,
  InvalidUpdateError,
  LimitExceededError,
  ReplicaReusedError,
} from "../errors.ts";
import type { MissingCause } from "../sequence/stage.ts";
import type { Version } from "../sequence/version.ts";
import type { Contents } from "./contents.ts";
import type { Epoch } from "./epoch.ts";
import type { Events } from "./events.ts";
import { type History, isGone, type Run } from "./history.ts";
import type { Deltas, ForeignLattices } from "./lattices.ts";
import type { SequencePart } from "./sequences.ts";
import { encodeUpdate, type Section, type Update } from "./update-format.ts";
import type { DocumentVersion } from "./version.ts";

/** A document as the exchange of updates sees it. */
export interface Replica {
  readonly contents: Contents;
  readonly history: History;
  readonly epoch: Epoch;
}

/** A replica's own operations from `from` on; `news` is what it has seen of others since it told of that last. */
export function ownUpdate(replica: Replica, self: string, from: number, news: Version): Uint8Array {
  const { contents, history, epoch } = replica;
  const runs = history.since(self, from);
  const parts = new Map<string, Uint8Array>();
  for (const { part, seq } of runs)
    if (part !== undefined && !parts.has(part)) parts.set(part, contents.sequence(part).engine.ownSince(seq));
  // With a delta that is gone the state of the lattices goes along, and in it what was seen of others.
  const causes = runs.some(isGone) ? new Map([...history.version()].filter(([id]) => id !== self)) : news;
  return encode(replica, {
    epoch,
    withBase: false,
    causes,
    parts,
    sections: [{ replica: self, from, runs }],
  });
}

/**
 * What a replica at a version lacks; nothing for one that has forgotten more, as it can use no more than this replica can
 * give before it has heard of that. Throws HistoryForgottenError when updates cannot give it what it lacks.
 */
export function updateSince(replica: Replica, version: DocumentVersion): Uint8Array {
  const { contents, history, epoch } = replica;
  if (version.epoch > epoch.number)
    return encode(replica, { epoch, withBase: false, causes: new Map(), parts: new Map(), sections: [] });
  const withBase = version.epoch === epoch.number - 1;
  const covers = [...epoch.base].every(([id, count]) => (version.seen.get(id) ?? 0) >= count);
  if (!covers || version.epoch < epoch.number - 1)
    throw new HistoryForgottenError("The replica lacks what was forgotten.");
  if (version.epoch === epoch.number && version.mark !== epoch.mark)
    throw new HistoryForgottenError("The replica has forgotten something else.");
  const sections: Section[] = [];
  for (const id of [...history.replicas()].sort()) {
    const from = version.seen.get(id) ?? 0;
    const runs = history.since(id, from);
    if (runs.length > 0) sections.push({ replica: id, from, runs });
  }
  const parts = new Map<string, Uint8Array>();
  for (const [key, firsts] of history.firstSeqs(version.seen)) {
    const { engine } = contents.sequence(key);
    parts.set(key, engine.updateSince(new Map([...engine.version(), ...firsts])));
  }
  // What it has is the cause of what it lacks, as far as it is known here.
  const causes = new Map([...version.seen].map(([id, count]) => [id, Math.min(count, history.next(id))]));
  return encode(replica, { epoch, withBase, causes, parts, sections });
}

function encode({ contents }: Replica, update: Omit<Update, "lattices">): Uint8Array {
  const gone = update.sections.some(({ runs }) => runs.some(isGone));
  const writer = new Writer();
  if (gone) contents.lattices.write(writer);
  return encodeUpdate({ ...update, lattices: gone ? writer.bytes() : undefined });
}

/** An update that was checked against the document, and can be applied without failing. */
export interface Checked {
  /** Operations that are new. */
  readonly size: number;
  readonly news: readonly { readonly replica: string; readonly runs: readonly Run[] }[];
  readonly deltas: readonly Deltas[];
  readonly lattices: ForeignLattices | undefined;
  readonly staged: ReadonlyMap<string, SequencePart>;
}

/** The first thing that must come before an update. */
export function missingCause({ history }: Replica, update: Update): MissingCause | undefined {
  const wanted = new Map(update.causes);
  for (const { replica, from } of update.sections)
    wanted.set(replica, Math.max(from, wanted.get(replica) ?? 0));
  for (const [replica, to] of wanted) {
    const next = history.next(replica);
    if (next < to) return { replica, from: next, to };
  }
  return undefined;
}

/**
 * Checks all of an update, its parts among themselves included, and stages the edits of texts and lists. Throws, with
 * nothing staged, when anything is wrong.
 */
export function check(replica: Replica, update: Update, replicasMax: number): Checked {
  const { contents, history } = replica;
  const staged = new Map<string, SequencePart>();
  let fresh = 0;
  try {
    const news = newRuns(history, update.sections, replicasMax);
    const expected = expectedNexts(contents, update.sections, news);
    for (const [key, nexts] of expected) {
      const bytes = update.parts.get(key);
      if (bytes === undefined) throw new InvalidUpdateError(`it has no operations for ${key}`);
      const known = contents.sequences.get(key);
      if (known === undefined) contents.admitParts(++fresh);
      const part = known ?? contents.newSequence(key);
      if (part.engine.stage(bytes) !== undefined)
        throw new InvalidUpdateError(`operations for ${key} lack their causes`);
      staged.set(key, part);
      if (!sameNexts(part.engine.staged(), nexts))
        throw new InvalidUpdateError(`operations for ${key} are not those that it announces`);
      if (nexts.size > 0) continue;
      // All of it is known, and has been compared.
      staged.delete(key);
      part.engine.discardStaged();
    }
    const lattices = update.lattices && contents.lattices.read(new Reader(update.lattices));
    const deltas = news.flatMap(({ runs }) => runs.flatMap(({ delta }) => readDelta(contents, delta)));
    const size = news.reduce((sum, { runs }) => sum + runs.reduce((all, run) => all + run.size, 0), 0);
    return { size, news, deltas, lattices, staged };
  } catch (error) {
    for (const { engine } of staged.values()) engine.discardStaged();
    throw error;
  }
}

/** Applies a checked update. */
export function commit({ contents, history }: Replica, checked: Checked, events: Events): void {
  const { staged, deltas, lattices, news } = checked;
  for (const [key, part] of staged) {
    if (!contents.sequences.has(key)) contents.putSequence(key, part);
    part.changes.begin("remote");
    part.engine.commitStaged();
  }
  const touched = lattices === undefined ? [] : contents.lattices.merge(lattices);
  for (const delta of deltas) {
    contents.lattices.apply(delta);
    for (const key of delta.keys()) touched.push(key);
  }
  for (const key of touched) contents.noteKey(key);
  for (const { replica, runs } of news)
    for (const { part, seq, size, delta } of runs)
      if (part === undefined) history.inLattices(replica, size, delta);
      else history.inPart(replica, part, seq, size);
  for (const { changes } of staged.values()) changes.end("remote");
  for (const key of new Set(touched)) events.touch(key);
}

/** What of the sections is new, cut where it begins to be so. */
function newRuns(history: History, sections: readonly Section[], replicasMax: number): Checked["news"] {
  const seen = new Set<string>();
  const news: { replica: string; runs: Run[] }[] = [];
  let replicas = history.version().size;
  for (const { replica, runs } of sections) {
    if (seen.has(replica)) throw new InvalidUpdateError("it has two sections of one replica");
    seen.add(replica);
    const next = history.next(replica);
    for (const run of runs) compareKnown(history, replica, run, next);
    const fresh = runs.flatMap((run) => {
      const skip = Math.max(0, next - run.from);
      if (skip >= run.size) return [];
      const seq = run.part === undefined ? 0 : run.seq + skip;
      return [{ ...run, from: run.from + skip, size: run.size - skip, seq }];
    });
    if (fresh.length === 0) continue;
    if (next === 0 && ++replicas > replicasMax)
      throw new LimitExceededError(`The document would have more than ${replicasMax} replicas.`);
    news.push({ replica, runs: fresh });
  }
  return news;
}

/**
 * The same number must mean the same change, or two writers share a replica id: one of the same part, and in the lattices with
 * the same delta. What was done in texts and lists these compare themselves, when it is staged.
 */
function compareKnown(history: History, replica: string, run: Run, next: number): void {
  const end = Math.min(run.from + run.size, next);
  if (run.from >= end) return;
  for (const mine of history.since(replica, run.from, end))
    if (!isSameChange(mine, run)) throw new ReplicaReusedError(replica, mine.from);
}

function isSameChange(mine: Run, theirs: Run): boolean {
  if (mine.part !== theirs.part) return false;
  if (mine.part !== undefined) return mine.seq - mine.from === theirs.seq - theirs.from;
  if (mine.delta === undefined || theirs.delta === undefined) return true;
  const { delta } = theirs;
  return mine.delta.length === delta.length && mine.delta.every((byte, at) => byte === delta[at]);
}

/** For each part with operations, by replica the number after the last new one: none where all of them are known. */
function expectedNexts(
  contents: Contents,
  sections: readonly Section[],
  news: Checked["news"],
): Map<string, Map<string, number>> {
  const expected = new Map<string, Map<string, number>>();
  for (const { runs } of sections)
    for (const { part } of runs) if (part !== undefined) expected.set(part, new Map());
  for (const { replica, runs } of news)
    for (const { part, seq, size } of runs) {
      if (part === undefined) continue;
      const nexts = expected.get(part)!;
      if ((nexts.get(replica) ?? nextIn(contents, part, replica)) !== seq)
        throw new InvalidUpdateError(`the operations of ${replica} in ${part} are not consecutive`);
      nexts.set(replica, seq + size);
    }
  return expected;
}

function nextIn(contents: Contents, key: string, replica: string): number {
  const sequence = contents.sequences.get(key)?.engine.sequence;
  const index = sequence?.replicas.find(replica);
  return sequence === undefined || index === undefined ? 0 : sequence.log.next(index);
}

function sameNexts(a: Version, b: Version): boolean {
  return a.size === b.size && [...a].every(([replica, next]) => b.get(replica) === next);
}

function readDelta(contents: Contents, delta: Uint8Array | undefined): Deltas[] {
  return delta === undefined ? [] : [contents.lattices.readDeltas(new Reader(delta))];
}
