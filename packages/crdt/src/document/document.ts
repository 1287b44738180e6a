import { createStabilityTracker, type StabilityTracker, versionVector } from "@coterie/clocks";
import { HistoryForgottenError, InvalidArgumentError } from "../errors.ts";
import type { ApplyReport, Compression, SequenceLimits } from "../sequence/engine.ts";
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
import { History } from "./history.ts";
import type { ChangeOf, Schema, ValueOf, ViewOf } from "./schema.ts";
import { emptyPart, type SequencePart } from "./sequences.ts";
import { decodeUpdate, type Update } from "./update-format.ts";
import { BASE, checkDocumentReplica, type DocumentVersion, REPLICAS_MAX } from "./version.ts";
import { viewOf } from "./views.ts";
import { Writing } from "./writing.ts";

export interface DocumentOptions extends Partial<SequenceLimits> {
  /**
   * The writer's id: unique among all writers, and a new one after a restore from backup. Of concurrent insertions at one
   * place the lower id's stands first.
   */
  readonly replica: string;
  /** All replicas that must have seen what is to be forgotten, this one included. Without them nothing is forgotten. */
  readonly members?: readonly string[];
  /** Milliseconds since the epoch, for registers whose last writer wins. Without it the writings that a replica has seen count. */
  readonly nowMs?: () => number;
  /** Bytes of changes of the lattices kept for replicas that lack them; who lacks more gets their state. Default 1 MiB. */
  readonly historyBytesMax?: number;
  /** Texts and lists in the document. Default 65,536. */
  readonly partsMax?: number;
}

/** A document of a schema `S`: everything in it replicated together. */
export interface Document<in out S extends Schema> {
  readonly replica: string;
  /** The document, to read and to change. Changes outside of `transact` are transactions of their own. */
  readonly root: ViewOf<S>;
  /** The document as plain data. */
  value(): ValueOf<S>;
  /** Runs several changes and tells of them once. An exception passes through; what was changed before stays. */
  transact<T>(changes: (root: ViewOf<S>) => T): T;
  /** Calls back after every transaction and every applied update; returns how to stop that. */
  onChange(listener: DocumentListener<ChangeOf<S>>): () => void;
  /** Begins a history of this replica's own transactions, at most `stepsMax` of them (default 256). */
  trackUndo(options?: { readonly stepsMax?: number }): Undo;

  /** Own changes since the last call, to send to all others; undefined when there are none. */
  takeUpdate(): Uint8Array | undefined;
  /**
   * What a replica at `version` lacks. Throws HistoryForgottenError when it lacks what was forgotten. For a version that
   * has forgotten more than this replica there is nothing: this one must hear of that first.
   */
  updateSince(version: DocumentVersion): Uint8Array;
  /**
   * Applies an update, whole or not at all. One that lacks its causes is held and reported. Throws CorruptBytesError,
   * InvalidUpdateError, ReplicaReusedError, LimitExceededError, PendingFullError, or HistoryForgottenError for one that
   * was written before history was forgotten, and changes nothing then.
   */
  apply(update: Uint8Array): ApplyReport;
  /** What this replica has seen. */
  version(): DocumentVersion;
  /** Bytes of updates that wait for their causes. */
  readonly pendingBytes: number;
  /** The whole document for storage. Equal states have equal bytes. */
  encode(options?: { readonly compression?: Compression }): Uint8Array;

  /** Takes note of what a member has seen, as its own `version()` says. */
  observe(member: string, version: DocumentVersion): void;
  /**
   * Forgets what was removed, and all history, when every member is known to stand exactly here; false when not. Members
   * that do not know of it yet carry their later changes over by themselves, once they hear of it by `updateSince`. Cursors
   * and undo steps of before are void.
   */
  forget(): boolean;
}

const PARTS_MAX = 65_536;
const HISTORY_BYTES_MAX = 1 << 20;
const PENDING_BYTES_MAX = 1 << 22;

/** An empty document. Throws InvalidArgumentError for an option out of range. */
export function createDocument<const S extends Schema>(schema: S, options: DocumentOptions): Document<S> {
  return new Replicated(schema, options, undefined) as unknown as Document<S>;
}

/**
 * A document from the bytes of `encode`. Throws CorruptBytesError, InvalidUpdateError or LimitExceededError; a compressed
 * one needs the compression it was encoded with.
 */
export function decodeDocument<const S extends Schema>(
  schema: S,
  bytes: Uint8Array,
  options: DocumentOptions & { readonly compression?: Compression },
): Document<S> {
  return new Replicated(schema, options, bytes) as unknown as Document<S>;
}

class Replicated implements Replica {
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
  /** What had been seen of others when own changes were taken last. */
  #told: ReadonlyMap<string, number> = new Map();

  constructor(
    schema: Schema,
    options: DocumentOptions & { readonly compression?: Compression },
    bytes: Uint8Array | undefined,
  ) {
    const { replica, historyBytesMax = HISTORY_BYTES_MAX, pendingBytesMax = PENDING_BYTES_MAX } = options;
    checkDocumentReplica(replica);
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
    this.history = new History(historyBytesMax);
    if (bytes !== undefined) {
      const read = decodeInto(this.contents, bytes, options, options.compression, historyBytesMax);
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

  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  value(): unknown {
    return this.contents.value([], this.contents.root);
  }

  transact<T>(changes: (root: unknown) => T): T {
    return this.#writing.transact(() => changes(this.root));
  }

  onChange(listener: DocumentListener<unknown>): () => void {
    return this.#events.listen(listener);
  }

  trackUndo({ stepsMax = 256 }: { readonly stepsMax?: number } = {}): Undo {
    this.#writing.trackUndo(stepsMax);
    return this.#writing;
  }

  takeUpdate(): Uint8Array | undefined {
    this.#assertClosed();
    const from = this.#taken;
    if (this.history.next(this.replica) === from) return undefined;
    const seen = this.history.version();
    const causes = new Map(
      [...seen].filter(([id, count]) => id !== this.replica && this.#told.get(id) !== count),
    );
    this.#told = seen;
    this.#taken = this.history.next(this.replica);
    return ownUpdate(this, this.replica, from, causes);
  }

  updateSince(version: DocumentVersion): Uint8Array {
    this.#assertClosed();
    return updateSince(this, version);
  }

  apply(bytes: Uint8Array): ApplyReport {
    this.#assertClosed();
    const applied = this.#take(bytes);
    const held = applied < 0 ? 1 : 0;
    let total = Math.max(0, applied);
    if (total > 0) total += this.#applyReady();
    return { applied: total, held, missing: this.#pending.missing };
  }

  version(): DocumentVersion {
    return { epoch: this.epoch.number, mark: this.epoch.mark, seen: this.history.version() };
  }

  encode({ compression }: { readonly compression?: Compression } = {}): Uint8Array {
    this.#assertClosed();
    return encodeDocument(this, compression);
  }

  observe(member: string, { epoch, mark, seen }: DocumentVersion): void {
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
    this.#events.emit("remote");
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
    const { partsMax = PARTS_MAX } = this.#options;
    const replicasMax = Math.min(this.#options.replicasMax ?? REPLICAS_MAX, REPLICAS_MAX);
    if (update.epoch.number === this.epoch.number) return check(this, update, replicasMax, partsMax);
    const { history, epoch } = this;
    const sequences = new Map(this.contents.sequences);
    this.#carryOver(epochAfter(epoch, update.epoch.base));
    try {
      const checked = check(this, update, replicasMax, partsMax);
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
    for (const [key, old] of this.contents.sequences) {
      const part = emptyPart(old.path, old.schema, this.#options);
      carryOver(old, new Map([...old.engine.version(), ...(firsts.get(key) ?? [])]), part);
      if (hasHistory(part)) fresh.set(key, part);
    }
    const history = new History(this.#options.historyBytesMax ?? HISTORY_BYTES_MAX, epoch.base);
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
