import { ClockDriftError, type HybridClock, hybridStamp } from "@coterie/clocks";
import type { NodeId } from "@coterie/host";
import type { Entry, ReplicaRecord, Standing as StandingRecord, Version } from "../gen/replica.ts";
import { compareEntries, compareTimes, digestOf, keyHash, type Stamped, type Time } from "./entry.ts";
import { MerkleTree } from "./merkle.ts";
import type { Standing } from "./standing.ts";

/** What becomes of an entry that is merged. */
export type Merged =
  /** It is the newest of its key now. */
  | "news"
  /** It was here already. */
  | "known"
  /** A newer one is here. */
  | "older"
  /** Too old to tell whether it was deleted. */
  | "refused"
  /** There is no room, or it is too far ahead of this machine's clock: another time, perhaps. */
  | "unable";

export interface ReplicaOptions {
  /** How long a death certificate is awake: told to everybody, and part of the digests. */
  readonly certificateMs: number;
  /** How long it sleeps after that: no longer told, but it wakes when what it killed returns. */
  readonly dormantMs: number;
  /** Whether this node keeps the dormant copy of a key's certificate. */
  readonly keepsDormant: (key: string) => boolean;
  /** Levels of the tree of digests, 1 to 4. The same on every node. */
  readonly treeDepth: number;
  /** Entries kept, certificates too. */
  readonly entriesMax: number;
}

/** What a replica hands out as it changes. */
export interface ReplicaSink {
  /** To be written, in this order. */
  record(record: ReplicaRecord): void;
  /** What a reader sees under a key has changed. */
  changed(entry: Entry): void;
}

interface Slot {
  entry: Entry;
  /** By the monotonic clock, when a certificate had age 0. */
  bornAt: number;
}

/**
 * One node's copy of a set of keyed entries, each a value or a death certificate (Demers et al. 1987, section 2). Pure:
 * what is merged into it in any order, any number of times, gives the same entries.
 */
export class Replica {
  readonly tree: MerkleTree;
  readonly standing: Standing;
  readonly #options: ReplicaOptions;
  readonly #clock: HybridClock;
  readonly #sink: ReplicaSink;
  /** By leaf, then by key. */
  readonly #awake: Map<number, Map<string, Slot>> = new Map();
  readonly #certificates: Set<Slot> = new Set();
  readonly #dormant: Map<string, Slot> = new Map();
  /** The oldest value taken in since `noteTaken`, other than by the exchange that asked for it. */
  #oldestTaken: Time | undefined;
  #size = 0;
  #live = 0;
  readonly #counts = {
    refused_total: 0,
    drifted_total: 0,
    full_total: 0,
    woken_total: 0,
    yielded_total: 0,
    forgotten_total: 0,
  };

  constructor(options: ReplicaOptions, parts: { clock: HybridClock; standing: Standing; sink: ReplicaSink }) {
    this.#options = options;
    this.#clock = parts.clock;
    this.standing = parts.standing;
    this.#sink = parts.sink;
    this.tree = new MerkleTree(options.treeDepth);
  }

  /** Entries awake: values and certificates. */
  get size(): number {
    return this.#size;
  }

  /** Entries on disk: dormant certificates too. */
  get stored(): number {
    return this.#size + this.#dormant.size;
  }

  /** Values. */
  get live(): number {
    return this.#live;
  }

  get full(): boolean {
    return this.#size >= this.#options.entriesMax;
  }

  /** The newest entry of a key, a value or a certificate that is awake. */
  get(key: string): Entry | undefined {
    return this.#slot(key)?.entry;
  }

  *values(): Iterable<Entry> {
    for (const bucket of this.#awake.values())
      for (const { entry } of bucket.values()) if (!entry.deleted) yield entry;
  }

  /** An entry of a leaf as it is told to others: certificates with their age. */
  told(key: string, now: number): Entry | undefined {
    const slot = this.#slot(key);
    return slot && aged(slot, now);
  }

  keysOf(leaf: number): Iterable<string> {
    return this.#awake.get(leaf)?.keys() ?? [];
  }

  versionsOf(leaf: number): Version[] {
    return [...(this.#awake.get(leaf)?.values() ?? [])].map(({ entry }) => {
      const { key, wallMs, logical, writer, deleted } = entry;
      return { key, wallMs, logical, writer, deleted };
    });
  }

  /** Writes at this node: later than anything it has seen. */
  write(key: string, value: Uint8Array | null, writer: string, now: number): Entry {
    const { wallMs, logical } = this.#clock.now();
    const deleted = value === null;
    const entry: Entry = {
      key,
      wallMs,
      logical,
      writer,
      deleted,
      value: value ?? new Uint8Array(0),
      ageMs: 0,
    };
    this.#dormant.delete(key);
    this.#put(entry, now);
    return entry;
  }

  /**
   * What merging it would come to, without its value. A dormant certificate that is newer wakes up, so that it can be
   * given in return.
   */
  judge(version: Version, trusted: boolean, now: number): "wanted" | "known" | "older" | "refused" {
    const here = this.#slot(version.key) ?? this.#wakeFor(version, now) ?? this.#dormantOf(version.key);
    const order = here === undefined ? 1 : compareEntries(version, here.entry);
    if (order <= 0) return order === 0 ? "known" : "older";
    return version.deleted || this.#mayTake(version, here, trusted) ? "wanted" : "refused";
  }

  /** From now on the oldest value that is taken in is noted. */
  noteTaken(): void {
    this.#oldestTaken = undefined;
  }

  /** Whether a value as old as that was taken in since. */
  tookUpTo(time: Time): boolean {
    return this.#oldestTaken !== undefined && compareTimes(this.#oldestTaken, time) <= 0;
  }

  /**
   * Takes an entry in. `trusted`: its bringer has seen what was forgotten here. `noted` is false for the exchange that
   * this node began itself.
   */
  merge(entry: Entry, trusted: boolean, now: number, noted = true): Merged {
    const slot = this.#slot(entry.key) ?? this.#wakeFor(entry, now);
    const here = slot ?? this.#dormantOf(entry.key);
    const order = here === undefined ? 1 : compareEntries(entry, here.entry);
    if (order < 0) return "older";
    if (order === 0) {
      this.#rejuvenate(here!, entry, now);
      return "known";
    }
    if (!entry.deleted && !this.#mayTake(entry, slot, trusted)) {
      this.#counts.refused_total++;
      return "refused";
    }
    if (slot === undefined && this.full) {
      this.#counts.full_total++;
      return "unable";
    }
    if (!this.#follow(entry)) return "unable";
    this.#dormant.delete(entry.key);
    this.#put(entry, now);
    const oldest = this.#oldestTaken;
    if (noted && !entry.deleted && (oldest === undefined || compareTimes(entry, oldest) < 0))
      this.#oldestTaken = entry;
    return "news";
  }

  /** Drops a value that a peer, whose whole state this node is taking in, must have seen deleted. */
  yield(key: string): void {
    const slot = this.#slot(key);
    if (slot === undefined || slot.entry.deleted) return;
    this.#counts.yielded_total++;
    this.#remove(slot);
    this.#forget(slot.entry);
    this.#sink.changed({ ...slot.entry, deleted: true, value: new Uint8Array(0) });
  }

  /** Adopts the horizon of a peer whose whole state is here now, as of that revision. */
  heard(id: NodeId, peer: StandingRecord, revision: number): void {
    const horizon = { wallMs: peer.horizonWallMs, logical: peer.horizonLogical };
    if (peer.forgotten > 0 && !this.#follow(horizon)) return;
    if (peer.forgotten > 0 && this.standing.adopt(horizon))
      this.#sink.record(this.standing.forgottenRecord());
    if (!this.standing.hear(id, peer.store, revision)) return;
    this.#sink.record({ record: { $case: "heard", value: { peer: id, store: peer.store, revision } } });
  }

  /** Puts certificates to sleep, and forgets those that have slept long enough. O(certificates). */
  sweep(now: number): void {
    const { certificateMs, dormantMs, keepsDormant } = this.#options;
    for (const slot of this.#certificates) {
      if (now - slot.bornAt < certificateMs) continue;
      const { key } = slot.entry;
      this.#remove(slot);
      if (keepsDormant(key)) this.#sleep(slot, now);
      else this.#expire(slot);
    }
    for (const [key, slot] of this.#dormant) {
      if (now - slot.bornAt < certificateMs + dormantMs) continue;
      this.#dormant.delete(key);
      this.#expire(slot);
    }
  }

  /**
   * Applies what an earlier life wrote, in its order. How old certificates are by now, `wallMs` tells, this machine's
   * clock: it may be wrong, but durations decide about nothing but who has to yield.
   */
  restore({ record }: ReplicaRecord, now: number, wallMs: number): void {
    switch (record?.$case) {
      case "entry": {
        const { entry, dormant } = record.value;
        if (entry === undefined) return;
        this.#lose(entry.key);
        const slot = { entry, bornAt: now - Math.max(entry.ageMs, wallMs - entry.wallMs) };
        if (dormant) this.#dormant.set(entry.key, slot);
        else this.#place(slot);
        return;
      }
      case "gone":
        return this.#lose(record.value);
      case "forgotten": {
        const { revision, horizonWallMs, horizonLogical } = record.value;
        return this.standing.restoreForgotten(revision, { wallMs: horizonWallMs, logical: horizonLogical });
      }
      case "heard":
        return this.standing.restoreHeard(record.value);
      default:
        return;
    }
  }

  /** Everything, as a new journal begins with it. */
  *records(now: number): Iterable<ReplicaRecord> {
    yield* this.standing.records();
    for (const bucket of this.#awake.values())
      for (const slot of bucket.values())
        yield { record: { $case: "entry", value: { entry: aged(slot, now), dormant: false } } };
    for (const slot of this.#dormant.values())
      yield { record: { $case: "entry", value: { entry: aged(slot, now), dormant: true } } };
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      ...this.#counts,
      values: this.#live,
      certificates: this.#certificates.size,
      dormant: this.#dormant.size,
    };
  }

  #slot(key: string): Slot | undefined {
    return this.#awake.get(this.tree.leafOf(keyHash(key)))?.get(key);
  }

  #dormantOf(key: string): Slot | undefined {
    return this.#dormant.get(key);
  }

  /** Where something newer of the key is here, a value may always be replaced; else it must not have been forgotten. */
  #mayTake(version: Stamped, here: Slot | undefined, trusted: boolean): boolean {
    if (trusted || this.standing.isBeyondHorizon(version)) return true;
    return here !== undefined && !here.entry.deleted;
  }

  /** Stale data has returned: the certificate that killed it is awake again (section 2.2). */
  #wakeFor(version: Stamped & { readonly key: string }, now: number): Slot | undefined {
    const slot = this.#dormantOf(version.key);
    if (slot === undefined || compareEntries(version, slot.entry) >= 0) return undefined;
    this.#dormant.delete(version.key);
    this.#counts.woken_total++;
    this.#put({ ...slot.entry, ageMs: 0 }, now);
    return this.#slot(version.key);
  }

  /**
   * The same certificate, awake elsewhere. When it is younger by half a life, stale data has returned there, and ours
   * wakes for as long as theirs; when by less, only its messages were slow.
   */
  #rejuvenate(slot: Slot, { key, deleted, ageMs }: Entry, now: number): void {
    const { certificateMs } = this.#options;
    if (!deleted || now - ageMs - slot.bornAt < certificateMs / 2) return;
    slot.bornAt = now - ageMs;
    if (ageMs < certificateMs && this.#dormant.delete(key)) this.#put({ ...slot.entry, ageMs }, now);
  }

  /** Keeps the clock ahead of everything here. An entry too far ahead of this machine's clock is not taken. */
  #follow({ wallMs, logical }: Time): boolean {
    try {
      this.#clock.receive(hybridStamp(wallMs, logical));
      return true;
    } catch (error) {
      if (!(error instanceof ClockDriftError)) throw error;
      this.#counts.drifted_total++;
      return false;
    }
  }

  #put(entry: Entry, now: number): void {
    this.standing.learned();
    const slot = this.#slot(entry.key);
    const wasLive = slot !== undefined && !slot.entry.deleted;
    if (slot) this.#remove(slot);
    this.#place({ entry, bornAt: now - entry.ageMs });
    this.#sink.record({ record: { $case: "entry", value: { entry, dormant: false } } });
    if (wasLive || !entry.deleted) this.#sink.changed(entry);
  }

  #place(slot: Slot): void {
    const leaf = this.tree.leafOf(keyHash(slot.entry.key));
    let bucket = this.#awake.get(leaf);
    if (bucket === undefined) {
      bucket = new Map();
      this.#awake.set(leaf, bucket);
    }
    bucket.set(slot.entry.key, slot);
    this.#size++;
    if (slot.entry.deleted) this.#certificates.add(slot);
    else this.#live++;
    const { high, low } = digestOf(slot.entry);
    this.tree.toggle(leaf, high, low);
  }

  #remove(slot: Slot): void {
    const leaf = this.tree.leafOf(keyHash(slot.entry.key));
    const bucket = this.#awake.get(leaf)!;
    bucket.delete(slot.entry.key);
    if (bucket.size === 0) this.#awake.delete(leaf);
    this.#size--;
    if (slot.entry.deleted) this.#certificates.delete(slot);
    else this.#live--;
    const { high, low } = digestOf(slot.entry);
    this.tree.toggle(leaf, high, low);
  }

  #lose(key: string): void {
    const slot = this.#slot(key);
    if (slot) this.#remove(slot);
    this.#dormant.delete(key);
  }

  #sleep(slot: Slot, now: number): void {
    this.#dormant.set(slot.entry.key, slot);
    const value = { entry: aged(slot, now), dormant: true };
    this.#sink.record({ record: { $case: "entry", value } });
  }

  /** From now on nobody here knows that the key was deleted. */
  #expire({ entry }: Slot): void {
    this.#counts.forgotten_total++;
    this.#forget(entry);
  }

  /** In this order: a crash in between may leave what need not be there, but not the other way round. */
  #forget(entry: Entry): void {
    this.standing.forget(entry);
    this.#sink.record(this.standing.forgottenRecord());
    this.#sink.record({ record: { $case: "gone", value: entry.key } });
  }
}

function aged({ entry, bornAt }: Slot, now: number): Entry {
  return entry.deleted ? { ...entry, ageMs: Math.max(0, Math.floor(now - bornAt)) } : entry;
}
