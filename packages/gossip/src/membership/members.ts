import type { NodeId, Random } from "@coterie/host";
import { type MemberRecord, State } from "../gen/membership.ts";
import type { Suspicion } from "./suspicion.ts";

/** What one node holds of one member. */
export interface Member {
  record: MemberRecord;
  /** The greatest incarnation that the member itself has told this node. */
  vouched: number;
  /** When its state began, as this node saw it. */
  since: number;
  suspicion: Suspicion | undefined;
  /** Whether the application counts on it: it was told `joined`, and not yet `failed` or `left`. */
  announced: boolean;
  readonly hash: number;
  /** What tells its record from others: see `hashRecord`. */
  sum: number;
  /** Place in the ring, -1 outside. */
  place: number;
}

/** Sums over the records that two members compare before they send any: see comparison.ts. */
export const bucketCount = 64;

export function isInService({ record }: Member): boolean {
  return record.state === State.ALIVE || record.state === State.SUSPECT;
}

/** All members that a node knows, the dead and those that left among them. The node itself is not one of them. */
export class MemberList {
  readonly #random: Random;
  readonly #byId = new Map<NodeId, Member>();
  readonly #gone = new Set<Member>();
  /** Members in service, in the order in which they are watched (SWIM §4.3). */
  readonly #ring: Member[] = [];
  #at = 0;
  /** Per bucket, the sum of its records' hashes: it is kept by adding and taking away, whatever the order. */
  readonly #sums = new Uint32Array(bucketCount);

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** How many are alive or suspected. */
  get inService(): number {
    return this.#ring.length;
  }

  /** Members that are dead or have left. */
  get gone(): ReadonlySet<Member> {
    return this.#gone;
  }

  get(id: NodeId): Member | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<Member> {
    return this.#byId.values();
  }

  add(record: MemberRecord, now: number): Member {
    const hash = hashText(record.id);
    const member: Member = {
      record,
      vouched: 0,
      since: now,
      suspicion: undefined,
      announced: false,
      hash,
      sum: hashRecord(hash, record),
      place: -1,
    };
    this.#byId.set(record.id, member);
    this.#count(member, 1);
    this.#settle(member);
    return member;
  }

  replace(member: Member, record: MemberRecord, now: number): void {
    this.#count(member, -1);
    if (record.state !== member.record.state) member.since = now;
    member.record = record;
    member.sum = hashRecord(member.hash, record);
    this.#count(member, 1);
    this.#settle(member);
  }

  remove(member: Member): void {
    this.#count(member, -1);
    this.#byId.delete(member.record.id);
    this.#gone.delete(member);
    if (member.place >= 0) this.#leaveRing(member);
  }

  /**
   * The next one to watch. Each comes once before any comes twice, in an order drawn anew each time round: so a dead
   * member is noticed by everybody within two rounds, and chosen as if at random by all together.
   */
  next(): Member | undefined {
    if (this.#at >= this.#ring.length) this.#shuffle();
    return this.#ring[this.#at++];
  }

  /** Up to `count` different members in service, drawn at random. */
  sample(count: number, except?: NodeId): Member[] {
    const drawn: Member[] = [];
    const { length } = this.#ring;
    for (let tries = 0; tries < count * 3 + 3 && drawn.length < Math.min(count, length); tries++) {
      const member = this.#ring[this.#random.between(0, length - 1)]!;
      if (member.record.id !== except && !drawn.includes(member)) drawn.push(member);
    }
    return drawn;
  }

  /** Those in service that come next after a place in the circle of hashes. */
  successors(id: NodeId, count: number): NodeId[] {
    const own = hashText(id);
    const distance = ({ hash }: Member): number => (hash - own) >>> 0;
    return [...this.#ring]
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, count)
      .map(({ record }) => record.id);
  }

  /** The sums with one more record counted in: that of the node itself. */
  sums(own: { readonly hash: number; readonly sum: number }): number[] {
    const sums = [...this.#sums];
    const bucket = bucketOf(own.hash);
    sums[bucket] = (sums[bucket]! + own.sum) >>> 0;
    return sums;
  }

  #count(member: Member, sign: 1 | -1): void {
    this.#sums[bucketOf(member.hash)]! += sign * member.sum;
  }

  /** Puts a member where its state says it belongs. */
  #settle(member: Member): void {
    if (isInService(member)) {
      this.#gone.delete(member);
      if (member.place < 0) this.#joinRing(member);
    } else {
      this.#gone.add(member);
      if (member.place >= 0) this.#leaveRing(member);
    }
  }

  /** At a random place, so that newcomers are not all watched at the same time. */
  #joinRing(member: Member): void {
    const place = this.#random.between(0, this.#ring.length);
    this.#put(this.#ring[place] ?? member, this.#ring.length);
    this.#put(member, place);
  }

  /** Closes the gap without letting anyone be skipped: those watched in this round stay in front. */
  #leaveRing(member: Member): void {
    let gap = member.place;
    if (gap < this.#at) {
      this.#at--;
      this.#put(this.#ring[this.#at]!, gap);
      gap = this.#at;
    }
    const last = this.#ring.pop()!;
    if (gap < this.#ring.length) this.#put(last, gap);
    member.place = -1;
  }

  #put(member: Member, place: number): void {
    this.#ring[place] = member;
    member.place = place;
  }

  #shuffle(): void {
    for (let last = this.#ring.length - 1; last > 0; last--) {
      const drawn = this.#random.between(0, last);
      const member = this.#ring[last]!;
      this.#put(this.#ring[drawn]!, last);
      this.#put(member, drawn);
    }
    this.#at = 0;
  }
}

export function bucketOf(hash: number): number {
  return hash % bucketCount;
}

/** 32 bits of FNV-1a, finished as murmur3 does it. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return avalanche(hash);
}

/**
 * 32 bits, with a sign, that tell two records apart which precedence tells apart, but for two nodes under one name.
 */
export function hashRecord(member: number, { incarnation, state }: MemberRecord): number {
  const low = avalanche((member ^ (incarnation >>> 0)) + state);
  return avalanche(low ^ Math.floor(incarnation / 2 ** 32)) | 0;
}

function avalanche(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
