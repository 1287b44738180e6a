import type { NodeId, Random } from "@coterie/host";
import type { Kind } from "../detector/detector.ts";
import type { Digest, Holdings, MemberRecord, Message, Page } from "../gen/membership.ts";
import { Allowance } from "./allowance.ts";
import { bucketCount, bucketOf } from "./members.ts";
import type { MembershipSettings } from "./options.ts";
import { bulkRecords, Pace } from "./pace.ts";
import { type Held, type Roster, recordBytes } from "./roster.ts";

/** Bytes in one message, so that none of them grows past what a road carries. */
const pageBytesMax = 32 * 1024;
/** Of one hash in a message. */
const hashBytes = 4;
/** Nobody sends more in one message; and of a longer one nobody has to ask for all that it names. */
const hashesMax = (2 * pageBytesMax) / hashBytes;
/** Members that somebody is told of whom this member has no allowance left to compare with: let it ask them. */
const introductions = 8;
/** While a view changes in bulk, comparisons come that many gossip intervals apart. */
const quickIntervals = 5;
/** Beyond so many members all compare less often: what there is to compare grows as fast as their number. */
const unscaledMembers = 32;

/**
 * Anti-entropy between two members (push-pull, Demers §1.3): whatever news were lost, all come to hold the same
 * records. Sums come before hashes, and hashes before records, so that two members that agree, which is nearly always,
 * say so in one packet each, and of two that do not each sends what the other lacks and nothing else. Whoever joins
 * compares the nothing that it has.
 *
 *     one    digest: sums of buckets ->
 *            <- holdings: the hash of each record, in buckets that differ                                  the other
 *            page: records that the other lacks; hashes of those that one lacks ->
 *            <- page: those
 */
export class Comparison {
  readonly #roster: Roster;
  readonly #settings: MembershipSettings;
  readonly #random: Random;
  readonly #send: (to: NodeId, kind: Kind) => void;
  readonly #pace: Pace;
  readonly #allowance: Allowance;
  readonly counts = { started: 0, agreed: 0, referred: 0, cutShort: 0 };

  constructor(
    roster: Roster,
    settings: MembershipSettings,
    random: Random,
    send: (to: NodeId, kind: Kind) => void,
    now: number,
  ) {
    this.#roster = roster;
    this.#settings = settings;
    this.#random = random;
    this.#send = send;
    this.#pace = new Pace(settings.gossipIntervalMs * quickIntervals, random, now);
    this.#allowance = new Allowance(settings.syncBytesPerSecond, now);
  }

  get deadline(): number {
    return this.#roster.members.inService === 0 ? Number.POSITIVE_INFINITY : this.#pace.nextAt;
  }

  advance(now: number): void {
    if (now < this.deadline) return;
    const doublings = Math.max(0, Math.ceil(Math.log2(this.#roster.size / unscaledMembers)));
    this.#pace.step(this.#settings.syncIntervalMs * (1 + doublings), now);
    const [member] = this.#roster.members.sample(1);
    if (member !== undefined) this.start(member.record.id);
  }

  /** Records came that were new here, in whatever way. */
  learnt(count: number, now: number): void {
    if (count > 0) this.#pace.learnt(count, now);
  }

  start(to: NodeId): void {
    this.counts.started++;
    this.#send(to, { $case: "digest", value: { sums: this.#roster.sums() } });
  }

  /**
   * Answers with what this member has in the buckets that differ. Thousands that ask at the same moment, as of a seed
   * when a cluster is switched on, are sent on to others once the allowance is spent.
   */
  digested(from: NodeId, { sums }: Digest, now: number): void {
    if (sums.length !== bucketCount) {
      this.#roster.counts.refused++;
      return;
    }
    const differing = new Set<number>();
    for (const [bucket, sum] of this.#roster.sums().entries())
      if (sum !== sums[bucket]) differing.add(bucket);
    if (differing.size === 0) {
      this.counts.agreed++;
      return this.#send(from, { $case: "page", value: { records: [], wanted: [] } });
    }
    if (!this.#sendHoldings(from, differing, now)) this.#refer(from);
  }

  /** Whether anything could be said. */
  #sendHoldings(to: NodeId, differing: ReadonlySet<number>, now: number): boolean {
    const byBucket = new Map<number, number[]>([...differing].map((bucket) => [bucket, []]));
    for (const { hash, sum } of this.#roster.held()) byBucket.get(bucketOf(hash))?.push(sum);
    let said = false;
    let holdings: Holdings = { buckets: [], hashes: [] };
    for (const [bucket, hashes] of this.#rotated(byBucket)) {
      if (!this.#allowance.take((1 + hashes.length) * hashBytes, now)) {
        this.counts.cutShort++;
        break;
      }
      said = true;
      holdings.buckets.push(bucket);
      for (const hash of hashes) holdings.hashes.push(hash);
      if (holdings.hashes.length * hashBytes < pageBytesMax) continue;
      this.#send(to, { $case: "holdings", value: holdings });
      holdings = { buckets: [], hashes: [] };
    }
    if (holdings.buckets.length > 0) this.#send(to, { $case: "holdings", value: holdings });
    return said;
  }

  /** Those that get only a part get different ones, and have something to tell each other. */
  #rotated<Item>(items: Iterable<Item>): Item[] {
    const all = [...items];
    const first = this.#random.between(0, Math.max(0, all.length - 1));
    return [...all.slice(first), ...all.slice(0, first)];
  }

  #refer(to: NodeId): void {
    this.counts.referred++;
    const { members, own } = this.#roster;
    const records = [own, ...members.sample(introductions, to).map(({ record }) => record)];
    this.#send(to, { $case: "page", value: { records, wanted: [] } });
  }

  /** Sends what the other one lacks, and asks for what this member lacks. */
  holds(from: NodeId, { buckets, hashes }: Holdings, now: number): void {
    if (hashes.length > hashesMax) {
      this.#roster.counts.refused++;
      return;
    }
    const compared = new Set(buckets);
    const theirs = new Set(hashes);
    const ours: Held[] = [];
    for (const one of this.#roster.held()) if (compared.has(bucketOf(one.hash))) ours.push(one);
    const own = new Set(ours.map(({ sum }) => sum));
    const wanted = hashes.filter((hash) => !own.has(hash));
    let lacking = ours.filter(({ sum }) => !theirs.has(sum));
    // The sums differ, and no hash does: two records have the same one. Whoever lacks one of them is told both.
    if (wanted.length === 0 && lacking.length === 0) lacking = ours;
    this.#sendPages(from, lacking, wanted, now);
  }

  paged(from: NodeId, { records, wanted }: Page, now: number): void {
    // What comes in bulk is not told on: comparison is quick then, and tells each what it lacks and nothing else.
    const source = records.length >= bulkRecords ? "bulk" : "comparison";
    for (const record of records) this.#roster.learn(record, from, source, now);
    if (wanted.length === 0) return;
    const hashes = new Set(wanted);
    const held = [...this.#roster.held()].filter(({ sum }) => hashes.has(sum));
    this.#sendPages(from, held, [], now);
  }

  #sendPages(to: NodeId, held: readonly Held[], wanted: number[], now: number): void {
    let records: MemberRecord[] = [];
    let bytes = 0;
    let asked = wanted;
    const flush = (): void => {
      if (records.length + asked.length > 0)
        this.#send(to, { $case: "page", value: { records, wanted: asked } });
      records = [];
      bytes = 0;
      asked = [];
    };
    for (const { record } of this.#rotated(held)) {
      const more = recordBytes(record);
      if (!this.#allowance.take(more, now)) {
        this.counts.cutShort++;
        break;
      }
      records.push(record);
      bytes += more;
      if (bytes >= pageBytesMax) flush();
    }
    flush();
  }
}

/** Whether a message carries many records, or the hashes of many. */
export function isBulk(kind: Message["kind"]): boolean {
  return kind?.$case === "page" || kind?.$case === "holdings";
}
