import { checkCount } from "../arguments.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError, LimitExceededError } from "../errors.ts";
import { noBytes } from "./columns.ts";
import type { Content } from "./content.ts";
import { COMPRESSED, DOCUMENT, DOCUMENT_FORMAT, DocumentWriter, WITH_HISTORY } from "./document-format.ts";
import { DocumentReader } from "./document-reader.ts";
import { SEQ_MAX } from "./log.ts";
import { Pending } from "./pending.ts";
import { checkReplicaId, Replicas } from "./replicas.ts";
import { Sequence } from "./sequence.ts";
import { type MissingCause, Stage } from "./stage.ts";
import { UpdateWriter } from "./update-format.ts";
import type { Version } from "./version.ts";

/** Bounds of a sequence. All are checked before anything is changed. */
export interface SequenceLimits {
  /** Elements ever inserted, removed ones included: they cost about two bytes each for good. Default 33,554,432. */
  readonly elementsMax: number;
  /** Replicas that ever wrote. Default 1,048,576. */
  readonly replicasMax: number;
  /** Bytes of updates held until their causes come. Default 4,194,304. */
  readonly pendingBytesMax: number;
}

const DEFAULT_LIMITS: SequenceLimits = {
  elementsMax: 1 << 25,
  replicasMax: 1 << 20,
  pendingBytesMax: 1 << 22,
};

/** The limits among options, checked. Throws InvalidArgumentError. */
export function limitsOf<Options extends Partial<SequenceLimits>>(
  options: Options,
): Options & SequenceLimits {
  const limits = { ...DEFAULT_LIMITS, ...options };
  for (const name of ["elementsMax", "replicasMax", "pendingBytesMax"] as const)
    checkCount(name, limits[name]);
  return limits;
}

/** What `apply` did. */
export interface ApplyReport {
  /** Operations that were new. */
  readonly applied: number;
  /** Updates of this call that are still held when it is done, because their causes are missing. */
  readonly held: number;
  /** For every held update, of this call or before, the first thing that it waits for. */
  readonly missing: readonly MissingCause[];
}

/** Behind kind, format and tag. */
const FLAGS_AT = 3;

const none: readonly Uint8Array[] = [];
const ONE_APPLIED: ApplyReport = Object.freeze({ applied: 1, held: 0, missing: Object.freeze([]) });

/** Deflates and inflates, for instance `node:zlib`'s `deflateRawSync` and `inflateRawSync`. */
export interface Compression {
  compress(bytes: Uint8Array): Uint8Array;
  /** `bytesMax` is the true size as the document states it: give it to the inflater as its bound. */
  decompress(bytes: Uint8Array, bytesMax: number): Uint8Array;
}

export interface EncodeOptions {
  /** With the content of everything ever removed, as far as it was kept. Default false. */
  readonly history?: boolean;
  readonly compression?: Compression;
}

/** Whether a document's bytes are as these options write it. Compressed ones may have been so by another compressor. */
export function isWritten(bytes: Uint8Array, { history = false, compression }: EncodeOptions): boolean {
  return compression === undefined && bytes[FLAGS_AT] === (history ? WITH_HISTORY : 0);
}

/** Replication of one sequence, whatever its elements hold: updates, versions, whole documents, what waits. */
export class Engine {
  readonly sequence: Sequence;
  readonly content: Content;
  readonly self: number;
  readonly #elementsMax: number;
  #stage: Stage | undefined;
  readonly #pending: Pending;
  readonly #updates: UpdateWriter;
  readonly #reader = new Reader(noBytes);
  #taken: number;
  /** What was here when the first operations of others came after own ones that were not taken yet, and how many these were. */
  #heard: { readonly seen: Version; readonly own: number } | undefined;

  private constructor(replica: string, sequence: Sequence, content: Content, limits: SequenceLimits) {
    this.sequence = sequence;
    this.content = content;
    this.self = sequence.replicas.intern(replica);
    this.#elementsMax = limits.elementsMax;
    this.#pending = new Pending(limits.pendingBytesMax);
    this.#updates = new UpdateWriter(sequence, content);
    this.#taken = sequence.log.next(this.self);
  }

  static create(replica: string, content: Content, limits: SequenceLimits): Engine {
    checkReplicaId(replica);
    return new Engine(replica, new Sequence(new Replicas(limits.replicasMax)), content, limits);
  }

  static decode(
    bytes: Uint8Array,
    replica: string,
    content: Content,
    limits: SequenceLimits,
    compression: Compression | undefined,
  ): Engine {
    checkReplicaId(replica);
    const { body, history } = bodyOf(bytes, content.tag, compression);
    const sequence = new Sequence(new Replicas(limits.replicasMax));
    new DocumentReader(body, sequence, content, limits.elementsMax, history).read();
    return new Engine(replica, sequence, content, limits);
  }

  /** Made when updates come: many a text of a document gets none. */
  get #staging(): Stage {
    this.#stage ??= new Stage(this.sequence, this.content, this.#elementsMax);
    return this.#stage;
  }

  encode({ history = false, compression }: EncodeOptions): Uint8Array {
    const body = new DocumentWriter(this.sequence, this.content).body(history);
    const writer = new Writer(body.length + 16);
    writer.byte(DOCUMENT);
    writer.byte(DOCUMENT_FORMAT);
    writer.byte(this.content.tag);
    writer.byte((history ? WITH_HISTORY : 0) | (compression ? COMPRESSED : 0));
    if (compression === undefined) writer.raw(body);
    else {
      writer.uint(body.length);
      writer.raw(compression.compress(body));
    }
    return writer.sealed();
  }

  version(): Version {
    const { replicas, log } = this.sequence;
    const version = new Map<string, number>();
    for (const replica of replicas.sorted())
      if (log.next(replica) > 0) version.set(replicas.id(replica), log.next(replica));
    return version;
  }

  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  updateSince(version: Version): Uint8Array {
    return this.#updates.since(version);
  }

  takeUpdate(): Uint8Array | undefined {
    const from = this.#taken;
    const { log, replicas } = this.sequence;
    const next = log.next(this.self);
    if (from === next) return undefined;
    this.#taken = next;
    const heard = this.#heard;
    this.#heard = undefined;
    if (heard === undefined || heard.own === next) return this.#updates.one(this.self, from);
    // What came between may stand on the first of these and below the last. Who got them from elsewhere in two pieces, as
    // others took theirs, would hold each for the other: so what came between goes along.
    return this.#updates.since(new Map([...heard.seen, [replicas.id(this.self), from]]));
  }

  /**
   * Throws when `size` more local operations, `elements` of them insertions, would pass a limit. Returns how many such
   * operations would not.
   */
  admit(size: number, elements: number, elementsMax: number): number {
    const { log } = this.sequence;
    const numbers = SEQ_MAX - log.next(this.self);
    if (size > numbers)
      throw new LimitExceededError(
        `Replica ${this.sequence.replicas.id(this.self)} has used up its numbers.`,
      );
    if (log.elements + elements > elementsMax)
      throw new LimitExceededError(`The sequence would have more than ${elementsMax} elements.`);
    return Math.min(numbers, elementsMax - log.elements);
  }

  /** Own operations from `from` on, as an update. */
  ownSince(from: number): Uint8Array {
    return this.#updates.one(this.self, from);
  }

  /**
   * Checks an update and keeps it on the stage, for `commitStaged` or `discardStaged`: a document checks all its parts
   * before it applies any. Returns the first cause that is missing; then, and when it throws, nothing stays staged.
   */
  stage(update: Uint8Array): MissingCause | undefined {
    try {
      this.#reader.open(update);
      const missing = this.#staging.add(this.#reader);
      if (missing !== undefined) this.#staging.clear();
      return missing;
    } catch (error) {
      this.#staging.clear();
      throw error;
    }
  }

  /** By replica id, the next number of those with operations on the stage. */
  staged(): Version {
    return this.#staging.nexts();
  }

  /** Applies what is on the stage; cannot fail. */
  commitStaged(): void {
    this.#staging.commit();
  }

  discardStaged(): void {
    this.#staging.clear();
  }

  apply(updates: Uint8Array | readonly Uint8Array[]): ApplyReport {
    const own = this.sequence.log.next(this.self);
    if (this.#heard === undefined && own > this.#taken) this.#heard = { seen: this.version(), own };
    let held: readonly Uint8Array[] = none;
    let applied = -1;
    if (updates instanceof Uint8Array) {
      applied = this.#applySmall(updates);
      if (applied < 0 && !this.#stageOne(updates)) held = [updates];
    } else held = this.#stageAll(updates);
    if (applied < 0) applied = this.#staging.commit();
    if (applied > 0 && this.#pending.bytes > 0) {
      applied += this.#applyReady();
      // What came before its causes in this call may have been applied with them.
      held = held.filter((bytes) => this.#pending.holds(bytes));
    }
    // Of a thousand keystrokes each has the same report.
    if (applied === 1 && held.length === 0 && this.#pending.bytes === 0) return ONE_APPLIED;
    return { applied, held: held.length, missing: this.#pending.missing };
  }

  #applySmall(bytes: Uint8Array): number {
    try {
      this.#reader.open(bytes);
      return this.#staging.applySmall(this.#reader);
    } catch (error) {
      this.#staging.clear();
      throw error;
    }
  }

  /** False when its causes are missing: then it is held. */
  #stageOne(bytes: Uint8Array): boolean {
    try {
      this.#reader.open(bytes);
      const missing = this.#staging.add(this.#reader);
      if (missing === undefined) return true;
      this.#pending.admit(bytes.length, 0);
      this.#pending.hold(bytes, missing);
      return false;
    } catch (error) {
      this.#staging.clear();
      throw error;
    }
  }

  /** All or none: one bad update among them, and none is applied. Their order does not matter. Returns those held. */
  #stageAll(updates: readonly Uint8Array[]): readonly Uint8Array[] {
    if (!Array.isArray(updates))
      throw new InvalidArgumentError("Give apply one update or an array of updates, as Uint8Array.");
    const held: { bytes: Uint8Array; missing: MissingCause }[] = [];
    let size = 0;
    try {
      for (const bytes of updates) {
        this.#reader.open(bytes);
        const missing = this.#staging.add(this.#reader);
        if (missing === undefined) continue;
        this.#pending.admit(bytes.length, size);
        size += bytes.length;
        held.push({ bytes, missing });
      }
    } catch (error) {
      this.#staging.clear();
      throw error;
    }
    for (const { bytes, missing } of held) this.#pending.hold(bytes, missing);
    return held.length === 0 ? none : held.map(({ bytes }) => bytes);
  }

  /** Applies held updates whose causes have come, and those that waited for these. */
  #applyReady(): number {
    const { replicas, log } = this.sequence;
    const next = (id: string): number => {
      const replica = replicas.find(id);
      return replica === undefined ? 0 : log.next(replica);
    };
    let applied = 0;
    for (;;) {
      const ready = this.#pending.takeReady(next);
      if (ready.length === 0) return applied;
      for (const bytes of ready) applied += this.#retry(bytes);
    }
  }

  /** A held update that turns out to be bad is dropped: what it was sent with has long been answered for. */
  #retry(bytes: Uint8Array): number {
    try {
      this.#stageOne(bytes);
      return this.#staging.commit();
    } catch {
      return 0;
    }
  }
}

/** What stands in a whole document, once its checksum and its head have proved right. */
export function bodyOf(
  bytes: Uint8Array,
  tag: number,
  compression: Compression | undefined,
): { readonly body: Reader; readonly history: boolean } {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== DOCUMENT) throw new CorruptBytesError("they are not a document");
  const format = reader.byte();
  if (format !== DOCUMENT_FORMAT)
    throw new CorruptBytesError(`format ${format} is not known to this version`);
  if (reader.byte() !== tag) throw new CorruptBytesError("they hold another type of sequence");
  const flags = reader.byte();
  if (flags > (WITH_HISTORY | COMPRESSED)) throw new CorruptBytesError("they have unknown flags");
  const body = flags & COMPRESSED ? inflate(reader, compression) : reader;
  return { body, history: (flags & WITH_HISTORY) !== 0 };
}

/** The body of a document that says how long it is. */
export function inflate(reader: Reader, compression: Compression | undefined): Reader {
  if (compression === undefined)
    throw new InvalidArgumentError("The document is compressed: pass the compression it was encoded with.");
  const size = reader.uint();
  const packed = reader.raw(reader.left);
  // Deflate gains a factor of 1,032 at most; whoever claims more wants memory.
  if (size > 1100 * packed.length + 64) throw new CorruptBytesError("the stated size is impossible");
  let body: Uint8Array;
  try {
    body = compression.decompress(packed, size);
  } catch (cause) {
    throw new CorruptBytesError("the compressed part cannot be read", { cause });
  }
  if (body.length !== size) throw new CorruptBytesError("the compressed part has another size than stated");
  return new Reader(body);
}
