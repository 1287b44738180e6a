import { createStabilityTracker, type StabilityTracker, versionVector } from "@coterie/clocks";
import { checkCount, checkFunction, checkReturned } from "../arguments.ts";
import { HistoryForgottenError, InvalidArgumentError } from "../errors.ts";
import type { ApplyReport, Compression, EncodeOptions } from "../sequence/engine.ts";
import { Pending } from "../sequence/pending.ts";
import type { MissingCause } from "../sequence/stage.ts";
import type { Undo } from "../sequence/undo.ts";
import { Contents } from "./contents.ts";
import { decodeInto, encodeDocument, hasHistory } from "./document-format.ts";
import { type Epoch, epochAfter, FIRST_EPOCH } from "./epoch.ts";
import { type DocumentListener, Events } from "./events.ts";
import {
  type Checked,
  check,
  commit,
  missingCause,
  ownUpdate,
  type Replica,
  updateSince,
} from "./exchange.ts";
import { carryOver } from "./forgetting/carry-over.ts";
import { plant } from "./forgetting/carrying.ts";
import { History, sizeOf } from "./history.ts";
import { checkOptions, type DocumentOptions } from "./options.ts";
import { baseAt, changesBetween, readingAt } from "./past.ts";
import type { Schema } from "./schema.ts";
import { emptyPart, type SequencePart, sequenceOptionsOf } from "./sequences.ts";
import { decodeUpdate, type Update } from "./update-format.ts";
import { BASE, checkDocumentVersion, type DocumentVersion, joinOf, REPLICAS_MAX } from "./version.ts";
import { viewOf } from "./views.ts";
import { Writing } from "./writing.ts";

const HISTORY_BYTES_MAX = 1 << 20;
const LONG_HISTORY_BYTES_MAX = 1 << 28;
const PENDING_BYTES_MAX = 1 << 22;

/** What a document is inside: its contents, its history, and what waits. */
export class DocumentReplica implements Replica {
  readonly replica: string;
  readonly root: unknown;
  readonly contents: Contents;
  history: History;
  epoch: Epoch = FIRST_EPOCH;
  readonly #options: DocumentOptions;
  readonly #events = new Events();
  readonly #writing: Writing;
  readonly #pending: Pending;
  #tracker: StabilityTracker | undefined;
  #taken: number;
  /** What was here when the first operations of others came after own ones that were not taken yet. */
  #heard: ReadonlyMap<string, number> | undefined;
  /** What had been seen of others when own changes were taken last. */
  #told: ReadonlyMap<string, number> = new Map();

  constructor(
    schema: Schema,
    options: DocumentOptions & { readonly compression?: Compression },
    bytes: Uint8Array | undefined,
  ) {
    checkOptions(options);
    const { replica, history = false, pendingBytesMax = PENDING_BYTES_MAX } = options;
    this.replica = replica;
    this.#options = options;
    const follow = (part: SequencePart): void => {
      this.#events.follow(part);
      this.#writing?.follow(part);
    };
    this.contents = new Contents(
      schema,
      options,
      ({ engine }) => this.epoch.number > 0 && plant(engine),
      follow,
    );
    this.#events.watch(this.contents);
    const historyBytesMax = this.#historyBytesMax;
    const nothing = { seen: new Map(), lattices: undefined };
    this.history = new History(historyBytesMax, undefined, history ? nothing : undefined);
    if (bytes !== undefined) {
      const read = decodeInto(this.contents, bytes, { ...options, historyBytesMax });
      this.history = read.history;
      this.epoch = read.epoch;
    }
    this.#writing = new Writing(
      replica,
      this.contents,
      () => this.history,
      this.#events,
      options.nowMs ?? (() => 0),
    );
    this.#pending = new Pending(pendingBytesMax);
    this.#tracker = this.#newTracker();
    this.#taken = this.history.next(replica);
    this.root = viewOf(this.#writing, [], schema);
  }

  get #historyBytesMax(): number {
    const { history, historyBytesMax } = this.#options;
    return historyBytesMax ?? (history ? LONG_HISTORY_BYTES_MAX : HISTORY_BYTES_MAX);
  }

  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  value(): unknown {
    return this.contents.value([], this.contents.root);
  }

  transact<T>(changes: (root: unknown) => T): T {
    checkFunction("transact", changes);
    return this.#writing.transact(() => checkReturned(changes(this.root)));
  }

  onChange(listener: DocumentListener<unknown>): () => void {
    return this.#events.listen(listener);
  }

  trackUndo({ stepsMax = 256 }: { readonly stepsMax?: number } = {}): Undo {
    this.#writing.trackUndo(checkCount("stepsMax", stepsMax));
    return this.#writing;
  }

  takeUpdate(): Uint8Array | undefined {
    this.#assertClosed();
    const from = this.#taken;
    const { replica, history, epoch } = this;
    const next = history.next(replica);
    if (next === from) return undefined;
    const seen = joinOf(epoch.base, this.#heard ?? history.version());
    const isBetween = this.#heard !== undefined && seen.get(replica) !== next;
    this.#heard = undefined;
    this.#taken = next;
    const told = this.#told;
    this.#told = isBetween ? history.version() : seen;
    // What came between may need the first of these and be needed by the last. Who got it otherwise, as others took theirs,
    // would hold each for the other: so what came between goes along.
    if (isBetween) return updateSince(this, { ...this.version(), seen: seen.set(replica, from) });
    const causes = new Map([...seen].filter(([id, count]) => id !== replica && told.get(id) !== count));
    return ownUpdate(this, replica, from, causes);
  }

  updateSince(version: DocumentVersion): Uint8Array {
    this.#assertClosed();
    checkDocumentVersion(version);
    return updateSince(this, version);
  }

  apply(bytes: Uint8Array): ApplyReport {
    this.#assertClosed();
    if (Array.isArray(bytes))
      throw new InvalidArgumentError(
        "A document applies one update at a time: call apply with each of them; one that comes too early is held.",
      );
    if (this.#heard === undefined && this.history.next(this.replica) > this.#taken)
      this.#heard = this.history.version();
    const applied = this.#take(bytes);
    const held = applied < 0 ? 1 : 0;
    let total = Math.max(0, applied);
    if (total > 0) total += this.#applyReady();
    const report = { applied: total, held, missing: this.#pending.missing };
    this.#events.tell();
    return report;
  }

  version(): DocumentVersion {
    return { epoch: this.epoch.number, mark: this.epoch.mark, seen: this.history.version() };
  }

  encode(options: EncodeOptions = {}): Uint8Array {
    this.#assertClosed();
    return encodeDocument(this, options);
  }

  at(version: DocumentVersion): unknown {
    this.#assertClosed();
    checkDocumentVersion(version);
    return readingAt(this, version).value([], this.contents.root);
  }

  diff(before: DocumentVersion, after: DocumentVersion): readonly unknown[] {
    this.#assertClosed();
    for (const version of [before, after]) checkDocumentVersion(version);
    return changesBetween(this, before, after);
  }

  observe(member: string, version: DocumentVersion): void {
    checkDocumentVersion(version);
    const { epoch, mark, seen } = version;
    if (this.#tracker === undefined || epoch !== this.epoch.number || mark !== this.epoch.mark) return;
    if (this.#tracker.members.includes(member))
      this.#tracker.observe(member, versionVector(Object.fromEntries(seen)));
  }

  forget(): boolean {
    this.#assertClosed();
    const tracker = this.#tracker;
    if (tracker === undefined) return false;
    this.observe(this.replica, this.version());
    const version = this.history.version();
    // Whoever stands exactly here makes all later changes on top of what is forgotten now; and as everybody must be known
    // to, no two members can forget at different places.
    const here = versionVector(Object.fromEntries(version));
    const together = tracker.members.every((member) => tracker.seenBy(member).compare(here) === "equal");
    if (!together || !this.#hasNews(version)) return false;
    this.#enter(epochAfter(this.epoch, version));
    return true;
  }

  #hasNews(version: ReadonlyMap<string, number>): boolean {
    return [...version].some(([id, count]) => this.epoch.base.get(id) !== count);
  }

  /** Applies an update that is due; -1 when it is held. */
  #take(bytes: Uint8Array): number {
    const update = decodeUpdate(bytes);
    const missing = this.#missing(update);
    if (missing !== undefined) {
      this.#pending.admit(bytes.length, 0);
      this.#pending.hold(bytes, missing);
      return -1;
    }
    if (update.epoch.number < this.epoch.number) return this.#late(update);
    const checked = this.#checked(update);
    commit(this, checked, this.#events);
    this.#events.raise("remote");
    return checked.size;
  }

  #missing(update: Update): MissingCause | undefined {
    const { number, mark, base } = update.epoch;
    if (number > this.epoch.number) {
      if (!update.withBase || number > this.epoch.number + 1)
        return { replica: BASE, from: this.epoch.number, to: number };
      if (epochAfter(this.epoch, base).mark !== mark)
        throw new HistoryForgottenError("The sender of the update has forgotten something else.");
      for (const [replica, to] of base) {
        const from = this.history.next(replica);
        if (from < to) return { replica, from, to };
      }
    } else if (number === this.epoch.number && mark !== this.epoch.mark)
      throw new HistoryForgottenError("The sender of the update has forgotten something else.");
    return missingCause(this, update);
  }

  /** Of an update from before the last forgetting nothing can be used, unless all of it is known. */
  #late({ sections }: Update): number {
    for (const { replica, from, runs } of sections)
      if (from + runs.reduce((sum, { size }) => sum + size, 0) > this.history.next(replica))
        throw new HistoryForgottenError("The update was written before history was forgotten.");
    return 0;
  }

  /** Checks an update; one from after a forgetting that is news here is checked on what is left then. */
  #checked(update: Update): Checked {
    const replicasMax = Math.min(this.#options.replicasMax ?? REPLICAS_MAX, REPLICAS_MAX);
    if (update.epoch.number === this.epoch.number) return check(this, update, replicasMax);
    const { history, epoch } = this;
    const sequences = new Map(this.contents.sequences);
    this.#carryOver(epochAfter(epoch, update.epoch.base));
    try {
      const checked = check(this, update, replicasMax);
      this.#entered();
      return checked;
    } catch (error) {
      this.contents.replaceSequences(sequences);
      this.#events.unfollowOthers();
      this.history = history;
      this.epoch = epoch;
      throw error;
    }
  }

  #enter(epoch: Epoch): void {
    this.#carryOver(epoch);
    this.#entered();
  }

  /** Puts texts and lists without what is forgotten in the place of those there are, and begins the history anew. */
  #carryOver(epoch: Epoch): void {
    const firsts = this.history.firstSeqs(epoch.base);
    const fresh = new Map<string, SequencePart>();
    const options = sequenceOptionsOf(this.#options);
    for (const [key, old] of this.contents.sequences) {
      const part = emptyPart(old.path, old.schema, options);
      carryOver(old, new Map([...old.engine.version(), ...(firsts.get(key) ?? [])]), part);
      if (hasHistory(part)) fresh.set(key, part);
    }
    const { number, mark } = this.epoch;
    const base = this.history.base && baseAt(this, { epoch: number, mark, seen: epoch.base });
    const history = new History(this.#historyBytesMax, epoch.base, base);
    for (const replica of this.history.replicas())
      for (const { part, seq, size, delta } of this.history.since(replica, epoch.base.get(replica) ?? 0)) {
        if (part === undefined) history.inLattices(replica, size, delta);
        else history.inPart(replica, part, seq - firsts.get(part)!.get(replica)!, size);
      }
    this.epoch = epoch;
    this.history = history;
    this.contents.replaceSequences(fresh);
  }

  #entered(): void {
    this.contents.lattices.forget(sizeOf(this.epoch.base));
    this.#events.unfollowOthers();
    this.#writing.forgetSteps();
    this.#tracker = this.#newTracker();
    this.#taken = Math.max(this.#taken, this.epoch.base.get(this.replica) ?? 0);
    this.#told = new Map();
  }

  /** Applies held updates whose causes have come; one that turns out to be bad is dropped, as it was answered for long ago. */
  #applyReady(): number {
    let applied = 0;
    for (;;) {
      const ready = this.#pending.takeReady((id) =>
        id === BASE ? this.epoch.number : this.history.next(id),
      );
      if (ready.length === 0) return applied;
      for (const bytes of ready) {
        try {
          applied += Math.max(0, this.#take(bytes));
        } catch {}
      }
    }
  }

  #newTracker(): StabilityTracker | undefined {
    const { members } = this.#options;
    return members && createStabilityTracker(new Set([...members, this.replica]));
  }

  #assertClosed(): void {
    if (this.#writing.isOpen) throw new InvalidArgumentError("Not within a transaction: let it end first.");
  }
}
