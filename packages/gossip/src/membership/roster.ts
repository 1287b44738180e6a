import type { NodeId, Random } from "@coterie/host";
import type { LocalHealth } from "../detector/local-health.ts";
import { type MemberRecord, State } from "../gen/membership.ts";
import { BroadcastQueue } from "./broadcasts.ts";
import type { OwnEffect } from "./effects.ts";
import { FlapDamping } from "./flapping.ts";
import { isBelievable, refutation } from "./incarnation.ts";
import { hashRecord, hashText, isInService, type Member, MemberList } from "./members.ts";
import type { MembershipSettings } from "./options.ts";
import { compareRecords, isRecord } from "./precedence.ts";
import { Suspicion, suspicionTerms } from "./suspicion.ts";

const nothing: Uint8Array = new Uint8Array(0);

/** A record as two members compare it: by the hash of its member, and its own. */
export interface Held {
  readonly record: MemberRecord;
  readonly hash: number;
  readonly sum: number;
}

/** Where some members listen is kept when everybody is forgotten. */
const addressesMax = 32;

/** News that may wait to be told: a few for every member. */
const queueMax = 65_536;

/** How a record came here. */
export type Source =
  /** Told as news. */
  | "news"
  /** Found when two members compared what they know: it may be old. */
  | "comparison"
  /** Found so, among many others: comparison will bring it to everybody. */
  | "bulk";

/**
 * What a node holds of every member and of itself: takes in what others say, says what it finds itself, and queues
 * what is worth telling on.
 */
export class Roster {
  readonly members: MemberList;
  readonly news: BroadcastQueue<MemberRecord> = new BroadcastQueue(queueMax);
  readonly #settings: MembershipSettings;
  readonly #health: LocalHealth;
  readonly #flapping: FlapDamping;
  readonly #emit: (effect: OwnEffect) => void;
  /** Asks a member for its own word. */
  readonly #ask: (id: NodeId) => void;
  readonly #suspected = new Set<Member>();
  /** Members that came back so often that nobody is told until then. */
  readonly #heldBack = new Map<Member, number>();
  #own: MemberRecord;
  #deadline = Number.POSITIVE_INFINITY;
  readonly counts = {
    /** Strangers met, and records found by comparison. */
    learnt: 0,
    refused: 0,
    unbelievable: 0,
    refutations: 0,
    suspicions: 0,
    failures: 0,
    conflicts: 0,
  };

  constructor(
    own: MemberRecord,
    settings: MembershipSettings,
    health: LocalHealth,
    random: Random,
    emit: (effect: OwnEffect) => void,
    ask: (id: NodeId) => void,
  ) {
    this.#own = own;
    this.#settings = settings;
    this.#health = health;
    this.#flapping = new FlapDamping(settings.flapsMax, settings.flapHalfLifeMs);
    this.#emit = emit;
    this.#ask = ask;
    this.members = new MemberList(random);
    this.#tell(own);
  }

  /** This node's own record. */
  get own(): MemberRecord {
    return this.#own;
  }

  get isLeaving(): boolean {
    return this.#own.state === State.LEFT;
  }

  /**
   * How often news are told: enough for nearly all to hear them in a logarithm of rounds (SWIM §4.1). Where few tell
   * them, each tells them oftener.
   */
  get timesMax(): number {
    return this.#settings.retransmitMult * Math.max(2, Math.ceil(Math.log10(this.size + 1)));
  }

  /** Members in service, this one too. */
  get size(): number {
    return this.members.inService + 1;
  }

  /** When the next suspicion ends, or the next member that was held back is let go. */
  get deadline(): number {
    return this.#deadline;
  }

  // --- What others say ---------------------------------------------------------------------------------------------

  /** A member spoke, and named its incarnation: its own word. */
  heard(from: NodeId, incarnation: number): void {
    const member = this.members.get(from);
    if (member === undefined) return this.#ask(from);
    member.vouched = Math.max(member.vouched, incarnation);
    if (incarnation > member.record.incarnation) this.#ask(from);
  }

  learn(record: MemberRecord, from: NodeId, source: Source, now: number): void {
    if (!isRecord(record)) {
      this.counts.refused++;
      return;
    }
    if (record.id === this.#own.id) return this.#heardOfMyself(record);
    // Thousands of records that say nothing more share their nothing.
    if (record.metadata.length === 0) record.metadata = nothing;
    const member = this.members.get(record.id);
    if (record.id !== from && !isBelievable(record.incarnation, member?.vouched ?? 0)) {
      this.counts.unbelievable++;
      if (member !== undefined) this.#ask(record.id);
      return;
    }
    if (member === undefined) return this.#meet(record, from, source, now);
    if (record.id === from) member.vouched = Math.max(member.vouched, record.incarnation);
    const order = compareRecords(record, member.record);
    if (order === 0 && record.state === State.SUSPECT) this.#confirm(member, record);
    if (order <= 0) return;
    if (source !== "news") this.counts.learnt++;
    // Whoever was cut off thinks that all on this side are dead. They get the chance to contradict.
    if (source !== "news" && record.state === State.DEAD && isInService(member))
      this.learn({ ...record, state: State.SUSPECT, accuser: from }, from, "news", now);
    else this.#adopt(member, record, from, now);
  }

  #meet(record: MemberRecord, from: NodeId, source: Source, now: number): void {
    if (this.members.size >= this.#settings.membersMax) {
      this.counts.refused++;
      return;
    }
    this.counts.learnt++;
    const member = this.members.add(record, now);
    if (record.id === from) member.vouched = record.incarnation;
    if (source !== "bulk") this.#tellOfAStranger(record);
    this.#emit({ type: "connect", id: record.id, address: record.address });
    if (isInService(member)) this.#announce(member);
    if (record.state === State.SUSPECT) this.#suspect(member, record.accuser || from, now);
  }

  /** A record that counts more than the one that is held. */
  #adopt(member: Member, record: MemberRecord, from: NodeId, now: number): void {
    const before = member.record;
    const wasInService = isInService(member);
    const wasSuspect = before.state === State.SUSPECT;
    this.#trust(member);
    this.members.replace(member, record, now);
    this.#tell(record);
    if (record.address !== before.address)
      this.#emit({ type: "connect", id: record.id, address: record.address });
    if (!isInService(member)) return this.#retire(member);
    if (!wasInService) this.#returned(member, before.state, now);
    if (record.state === State.SUSPECT) this.#suspect(member, record.accuser || from, now);
    else if (wasInService && (wasSuspect || isNews(record, before))) this.#change(member, "updated");
  }

  #retire(member: Member): void {
    const { state } = member.record;
    if (state === State.DEAD) this.counts.failures++;
    this.#heldBack.delete(member);
    this.#rearm();
    this.#change(member, state === State.LEFT ? "left" : "failed");
    member.announced = false;
  }

  #returned(member: Member, from: State, now: number): void {
    const until = from === State.DEAD ? this.#flapping.returned(member.record.id, now) : now;
    if (until <= now) return this.#announce(member);
    this.#heldBack.set(member, until);
    this.#rearm();
  }

  #announce(member: Member): void {
    member.announced = true;
    this.#change(member, "joined");
  }

  #change(member: Member, change: "joined" | "suspected" | "failed" | "left" | "updated"): void {
    if (member.announced) this.#emit({ type: "member", change, record: member.record });
  }

  // --- Suspicion ---------------------------------------------------------------------------------------------------

  /** This node finds that a member does not answer. */
  accuse(id: NodeId, now: number): void {
    const member = this.members.get(id);
    if (member === undefined || !isInService(member)) return;
    const record = { ...member.record, state: State.SUSPECT, accuser: this.#own.id };
    this.learn(record, this.#own.id, "news", now);
  }

  #suspect(member: Member, accuser: NodeId, now: number): void {
    const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult } = this.#settings;
    const terms = suspicionTerms(this.size, probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult);
    member.suspicion = new Suspicion(terms, accuser, now);
    this.#suspected.add(member);
    this.counts.suspicions++;
    this.#rearm();
    this.#change(member, "suspected");
  }

  /** Independent suspicions are told on, so that all can count them. */
  #confirm(member: Member, record: MemberRecord): void {
    if (!member.suspicion?.confirm(record.accuser)) return;
    this.#tell(record);
    this.#rearm();
  }

  #trust(member: Member): void {
    member.suspicion = undefined;
    if (this.#suspected.delete(member)) this.#rearm();
  }

  /** This process did not run for that long. */
  postpone(ms: number): void {
    for (const { suspicion } of this.#suspected) suspicion?.postpone(ms);
    this.#rearm();
  }

  advance(now: number): void {
    if (now < this.#deadline) return;
    for (const member of [...this.#suspected])
      if (member.suspicion && member.suspicion.deadline <= now)
        this.learn({ ...member.record, state: State.DEAD, accuser: this.#own.id }, this.#own.id, "news", now);
    for (const [member, until] of [...this.#heldBack]) {
      if (until > now) continue;
      this.#heldBack.delete(member);
      this.#announce(member);
    }
    this.#rearm();
  }

  #rearm(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    for (const { suspicion } of this.#suspected)
      this.#deadline = Math.min(this.#deadline, suspicion!.deadline);
    for (const until of this.#heldBack.values()) this.#deadline = Math.min(this.#deadline, until);
  }

  // --- This node itself --------------------------------------------------------------------------------------------

  #heardOfMyself(record: MemberRecord): void {
    if (compareRecords(record, this.#own) <= 0 || this.isLeaving) return;
    if (!isBelievable(record.incarnation, this.#own.incarnation)) {
      this.counts.unbelievable++;
      return;
    }
    if (record.address !== this.#own.address && record.state === State.ALIVE) {
      this.counts.conflicts++;
      this.#emit({ type: "conflict", address: record.address });
    }
    // Whoever is suspected has been slow to answer.
    if (record.state !== State.ALIVE) this.#health.worsen();
    this.counts.refutations++;
    this.#say({ incarnation: refutation(this.#own.incarnation, record.incarnation) });
  }

  /** What this node says of itself from now on. */
  update(metadata: Uint8Array): void {
    this.#say({ metadata, incarnation: this.#own.incarnation + 1 });
  }

  leave(): void {
    this.#say({ state: State.LEFT });
  }

  #say(changes: Partial<MemberRecord>): void {
    this.#own = { ...this.#own, ...changes };
    this.#tell(this.#own);
  }

  /** Forgets those that have been gone for long. */
  forget(now: number): void {
    for (const member of [...this.members.gone]) {
      if (now - member.since < this.#settings.forgetAfterMs) continue;
      this.members.remove(member);
      this.#emit({ type: "forget", id: member.record.id });
    }
  }

  /** Forgets everybody, and what was to be told. Answers where some of those listened who were there to the last. */
  forgetAll(): readonly string[] {
    const addresses: string[] = [];
    for (const member of [...this.members.values()]) {
      if (isInService(member) && addresses.length < addressesMax) addresses.push(member.record.address);
      this.#trust(member);
      this.#heldBack.delete(member);
      this.members.remove(member);
      this.#change(member, "failed");
      this.#emit({ type: "forget", id: member.record.id });
    }
    this.news.clear();
    this.#tell(this.#own);
    this.#rearm();
    return addresses;
  }

  #tell(record: MemberRecord): void {
    this.news.add(record.id, record, recordBytes(record));
  }

  /**
   * The more news wait, the less often a newcomer is told of: so a thousand newcomers do not make the accusations and
   * the contradictions of others wait, and comparison, which is quick when there are many, makes up for it.
   */
  #tellOfAStranger(record: MemberRecord): void {
    const bytes = recordBytes(record);
    const packetsWaiting = Math.floor((this.news.size * bytes) / this.#settings.packetBytesMax);
    this.news.add(record.id, record, bytes, Math.min(packetsWaiting, this.timesMax - 1));
  }

  // --- What two members compare ------------------------------------------------------------------------------------

  /** All records, this node's own too. */
  *held(): Iterable<Held> {
    yield this.#ownHeld();
    yield* this.members.values();
  }

  /** The sums of all buckets, over the same records. */
  sums(): number[] {
    return this.members.sums(this.#ownHeld());
  }

  #ownHeld(): Held {
    const hash = hashText(this.#own.id);
    return { record: this.#own, hash, sum: hashRecord(hash, this.#own) };
  }
}

/** Its bytes in a packet, at most: all its texts are ASCII, and no number is longer than its field can be. */
export function recordBytes({ id, address, metadata, accuser }: MemberRecord): number {
  return id.length + address.length + metadata.length + accuser.length + 26;
}

/** Whether an application could tell the two apart. */
function isNews(after: MemberRecord, before: MemberRecord): boolean {
  return after.address !== before.address || Buffer.compare(after.metadata, before.metadata) !== 0;
}
