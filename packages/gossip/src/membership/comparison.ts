import type { NodeId, Random } from "@coterie/host";
import type { Kind } from "../detector/detector.ts";
import type { Digest, MemberRecord, Page } from "../gen/membership.ts";
import { bucketCount, bucketOf, hashText } from "./members.ts";
import { type Roster, recordBytes } from "./roster.ts";

/** Records in one message, so that none of them grows past what a road carries. */
const pageBytesMax = 32 * 1024;
/** From its first page on a newcomer hears for so long what all others know. */
const introductionMs = 1_000;
/** Beyond so many members all compare less often: what there is to compare grows as fast as their number. */
const unscaledMembers = 32;

/**
 * Anti-entropy between two members (push-pull, Demers §1.3): whatever news were lost, all come to hold the same
 * records. Sums come before records, so that two members that agree, which is nearly always, say so in one packet
 * each. Whoever joins compares the nothing that it has.
 */
export class Comparison {
  readonly #roster: Roster;
  readonly #intervalMs: number;
  readonly #random: Random;
  readonly #send: (to: NodeId, kind: Kind) => void;
  #nextAt: number;
  #introducedUntil = Number.NEGATIVE_INFINITY;
  readonly counts = { started: 0, answered: 0, agreed: 0, pages: 0 };

  constructor(
    roster: Roster,
    intervalMs: number,
    random: Random,
    send: (to: NodeId, kind: Kind) => void,
    now: number,
  ) {
    this.#roster = roster;
    this.#intervalMs = intervalMs;
    this.#random = random;
    this.#send = send;
    // Members that started together do not compare together.
    this.#nextAt = now + intervalMs * random.float();
  }

  get deadline(): number {
    return this.#roster.members.inService === 0 ? Number.POSITIVE_INFINITY : this.#nextAt;
  }

  advance(now: number): void {
    if (now < this.deadline) return;
    const doublings = Math.max(0, Math.ceil(Math.log2(this.#roster.size / unscaledMembers)));
    this.#nextAt = now + this.#intervalMs * (1 + doublings) * (0.75 + 0.5 * this.#random.float());
    const [member] = this.#roster.members.sample(1);
    if (member !== undefined) this.start(member.record.id);
  }

  start(to: NodeId): void {
    this.counts.started++;
    const { members, own } = this.#roster;
    this.#send(to, { $case: "digest", value: { sums: members.sums(own) } });
  }

  /** Answers with what this member has in the buckets that differ, and asks for what the other one has. */
  digested(from: NodeId, { sums }: Digest): void {
    if (sums.length !== bucketCount) {
      this.#roster.counts.refused++;
      return;
    }
    this.counts.answered++;
    const own = this.#roster.members.sums(this.#roster.own);
    const wanted = own.flatMap((sum, bucket) => (sum === sums[bucket] ? [] : [bucket]));
    if (wanted.length === 0) this.counts.agreed++;
    this.#sendPages(from, wanted, wanted);
  }

  paged(from: NodeId, { records, wanted }: Page, now: number): void {
    this.counts.pages++;
    if (this.#roster.members.inService === 0) this.#introducedUntil = now + introductionMs;
    const source = now < this.#introducedUntil ? "introduction" : "comparison";
    for (const record of records) this.#roster.learn(record, from, source, now);
    if (wanted.length > 0) this.#sendPages(from, wanted, []);
  }

  /** At least one page: an empty one says that there is nothing to say. */
  #sendPages(to: NodeId, buckets: readonly number[], wanted: readonly number[]): void {
    let records: MemberRecord[] = [];
    let bytes = 0;
    let asked = [...wanted];
    const flush = (): void => {
      this.#send(to, { $case: "page", value: { records, wanted: asked } });
      records = [];
      bytes = 0;
      asked = [];
    };
    for (const record of this.#recordsOf(new Set(buckets))) {
      records.push(record);
      bytes += recordBytes(record);
      if (bytes >= pageBytesMax) flush();
    }
    if (records.length > 0 || asked.length > 0 || buckets.length === 0) flush();
  }

  *#recordsOf(buckets: ReadonlySet<number>): Iterable<MemberRecord> {
    const { own, members } = this.#roster;
    if (buckets.has(bucketOf(hashText(own.id)))) yield own;
    for (const { hash, record } of members.values()) if (buckets.has(bucketOf(hash))) yield record;
  }
}
