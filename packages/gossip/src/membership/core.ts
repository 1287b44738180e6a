import type { Core, NodeId, Random } from "@coterie/host";
import type { FailureDetector, Kind, Watch } from "../detector/detector.ts";
import { LocalHealth } from "../detector/local-health.ts";
import { Relays } from "../detector/relays.ts";
import { UserEvents } from "../events/user-events.ts";
import { type MemberRecord, type Message, State, type UserEvent } from "../gen/membership.ts";
import { Comparison, isBulk } from "./comparison.ts";
import type { MembershipEffect, OwnEffect } from "./effects.ts";
import { Healing } from "./healing.ts";
import { firstIncarnation } from "./incarnation.ts";
import type { Member } from "./members.ts";
import type { MembershipSettings } from "./options.ts";
import { Roster, recordBytes } from "./roster.ts";

/** What a core is made of. */
export interface MembershipParts {
  readonly id: NodeId;
  /** Where this node listens. */
  readonly address: string;
  /** Counts the starts of this node. */
  readonly life: number;
  /** A hash of the cluster's name. */
  readonly cluster: number;
  readonly metadata: Uint8Array;
  /** Addresses to begin with. */
  readonly seeds: readonly string[];
  readonly settings: MembershipSettings;
  readonly random: Random;
  readonly detector: (watch: Watch, health: LocalHealth, random: Random, now: number) => FailureDetector;
}

/** Late wake-ups in a row that are forgiven. A process that is always late must come to a verdict some day. */
const stallsInRowMax = 3;
/** Bytes of a message that are not news. */
const overheadBytes = 64;

/**
 * SWIM with Lifeguard: who is a member, who does not answer, and how that is told. One member's part of it, pure.
 */
export class MembershipCore implements Core<Message, never, OwnEffect> {
  readonly roster: Roster;
  readonly #cluster: number;
  readonly #settings: MembershipSettings;
  readonly #health: LocalHealth;
  readonly #detector: FailureDetector;
  readonly #relays: Relays;
  readonly #comparison: Comparison;
  readonly #healing: Healing;
  readonly #watch: Watch;
  #effects: MembershipEffect[] = [];
  #gossipAt = Number.NEGATIVE_INFINITY;
  #sequence = 0;
  #stallsInRow = 0;
  #deafUntil = Number.NEGATIVE_INFINITY;
  /** Whom this node has asked for its own word lately. */
  readonly #asked = new Set<NodeId>();
  #askAgainAt = Number.NEGATIVE_INFINITY;
  #now: number;
  /** What the application tells: it rides along. */
  readonly #events: UserEvents;
  readonly #counts = { stalls: 0, packets: 0, strangers: 0 };

  constructor(parts: MembershipParts, now: number) {
    const { id, address, metadata, settings, random } = parts;
    this.#now = now;
    this.#cluster = parts.cluster;
    this.#settings = settings;
    this.#health = new LocalHealth(settings.awarenessMax);
    const incarnation = firstIncarnation(parts.life, now);
    this.#events = new UserEvents(id, incarnation);
    const own: MemberRecord = {
      id,
      address,
      incarnation,
      state: State.ALIVE,
      metadata,
      accuser: "",
    };
    const emit = (effect: OwnEffect): void => void this.#effects.push(effect);
    const members = random.fork("members");
    this.roster = new Roster(own, settings, this.#health, members, emit, (from) => this.#ask(from));
    this.#watch = this.#makeWatch();
    this.#relays = new Relays(this.#watch, settings.probeTimeoutMs * 0.8);
    this.#detector = parts.detector(this.#watch, this.#health, random.fork("detector"), now);
    const send = (to: NodeId, kind: Kind): void => this.#send(to, kind);
    this.#comparison = new Comparison(this.roster, settings, random.fork("sync"), send, now);
    this.#healing = new Healing(this.roster, parts.seeds, settings.healIntervalMs, random.fork("heal"), now, {
      greet: (to) => this.#comparison.start(to),
      contact: (where) => emit({ type: "contact", address: where }),
    });
  }

  #makeWatch(): Watch {
    const { members } = this.roster;
    return {
      get inService() {
        return members.inService;
      },
      next: () => members.next()?.record.id,
      helpers: (count, except) => members.sample(count, except).map(({ record }) => record.id),
      successors: (count) => members.successors(this.roster.own.id, count),
      isInService: (id) => (members.get(id)?.place ?? -1) >= 0,
      sequence: () => ++this.#sequence,
      send: (to, kind) => this.#send(to, kind),
      suspect: (id, now) => this.roster.accuse(id, now),
    };
  }

  // --- Time --------------------------------------------------------------------------------------------------------

  get deadline(): number {
    if (this.roster.isLeaving) return this.#gossipDeadline;
    return Math.min(
      this.#detector.deadline,
      this.#relays.deadline,
      this.roster.deadline,
      this.#gossipDeadline,
      this.#comparison.deadline,
      this.#healing.deadline,
    );
  }

  get #gossipDeadline(): number {
    const { members, news } = this.roster;
    const silent = news.size === 0 && !this.#events.hasNews;
    const alone = members.inService === 0 && members.gone.size === 0;
    return silent || alone ? Number.POSITIVE_INFINITY : this.#gossipAt;
  }

  advance(now: number): void {
    if (this.#enter(now)) return;
    this.#stallsInRow = 0;
    if (now < this.deadline) return;
    if (!this.roster.isLeaving) {
      this.#detector.advance(now);
      this.#relays.advance(now);
      this.roster.advance(now);
      this.#comparison.advance(now);
      this.#healing.advance(now);
    }
    if (now >= this.#gossipDeadline) this.#gossip(now);
  }

  /**
   * Every input begins here. True when this process did not run while something was due: what it did not hear in that
   * time says nothing about anybody else. So all that waits for others waits that much longer, and this member doubts
   * itself. A process that is always late is forgiven only so often in a row: it must come to a verdict some day.
   */
  #enter(now: number): boolean {
    const lateMs = now - Math.max(this.deadline, this.#now);
    this.#now = now;
    if (lateMs <= this.#settings.stallToleranceMs) return false;
    if (this.#stallsInRow++ >= stallsInRowMax) {
      this.#stallsInRow = 0;
      return false;
    }
    this.#counts.stalls++;
    if (lateMs >= this.#settings.forgetAfterMs) this.#joinAnew(now);
    this.#health.worsen(1 + Math.floor(lateMs / this.#settings.probeIntervalMs));
    this.#detector.postpone(lateMs);
    this.#relays.postpone(lateMs);
    this.roster.postpone(lateMs);
    return true;
  }

  /**
   * Others have forgotten by now who was gone in the meantime, and would take what this member remembers for news: it
   * would bring back the dead. So it forgets everybody, but for where to look for them, and does not hear what has
   * waited in its sockets.
   */
  #joinAnew(now: number): void {
    this.#deafUntil = now + this.#settings.probeTimeoutMs;
    this.#healing.addSeeds(this.roster.forgetAll());
  }

  // --- Messages ----------------------------------------------------------------------------------------------------

  receive(from: NodeId, message: Message, now: number): void {
    this.#enter(now);
    if (from === this.roster.own.id || this.roster.isLeaving || now < this.#deafUntil) return;
    if (message.cluster !== this.#cluster) {
      this.#counts.strangers++;
      return;
    }
    const { learnt } = this.roster.counts;
    this.#hear(from, message, now);
    this.#comparison.learnt(this.roster.counts.learnt - learnt, now);
  }

  #hear(from: NodeId, message: Message, now: number): void {
    for (const record of message.records) this.roster.learn(record, from, "news", now);
    for (const event of message.events)
      if (this.#events.hear(event)) this.#effects.push({ type: "event", event });
    this.roster.heard(from, message.incarnation);
    const { kind } = message;
    switch (kind?.$case) {
      case "ping":
        return this.#acknowledge(from, kind.value);
      case "pingRequest":
        return this.#relays.requested(from, kind.value.sequence, kind.value.target, now);
      case "ack":
        return this.#acknowledged(from, kind.value.sequence, now);
      case "nack":
        return this.#detector.notAcknowledged(from, kind.value.sequence, now);
      case "digest":
        return this.#comparison.digested(from, kind.value, now);
      case "holdings":
        return this.#comparison.holds(from, kind.value, now);
      case "page":
        return this.#comparison.paged(from, kind.value, now);
      case "answer":
        this.#effects.push({ type: "answer", from, ...kind.value });
    }
  }

  #acknowledge(to: NodeId, { sequence, introduce }: { sequence: number; introduce: boolean }): void {
    this.#send(to, { $case: "ack", value: { sequence } }, introduce ? [this.roster.own] : []);
  }

  #acknowledged(from: NodeId, sequence: number, now: number): void {
    if (!this.#relays.acknowledged(from, sequence)) this.#detector.acknowledged(from, sequence, now);
  }

  /** Asks for a member's own word, once in a protocol period. */
  #ask(id: NodeId): void {
    if (this.#now >= this.#askAgainAt) {
      this.#asked.clear();
      this.#askAgainAt = this.#now + this.#settings.probeIntervalMs;
    }
    if (this.#asked.has(id) || this.#asked.size >= this.#settings.membersMax) return;
    this.#asked.add(id);
    this.#send(id, { $case: "ping", value: { sequence: ++this.#sequence, introduce: true } });
  }

  /** Sends a message, with as much news as fits. What is held against the receiver comes first (Lifeguard §IV-C). */
  #send(to: NodeId, kind: Message["kind"], first: readonly MemberRecord[] = []): void {
    const records = [...first];
    const held = this.roster.members.get(to)?.record;
    if (this.#settings.buddy && held !== undefined && held.state !== State.ALIVE) records.push(held);
    // What is large already carries no news: it may have to wait on its lane.
    let room = isBulk(kind) ? 0 : this.#settings.packetBytesMax - overheadBytes;
    for (const record of records) room -= recordBytes(record);
    this.#post(to, kind, records, room);
  }

  #post(to: NodeId, kind: Message["kind"], records: MemberRecord[], room: number): boolean {
    const times = this.roster.timesMax;
    // Half of the room is the application's, if it has as much to say; so neither starves the other.
    const share = this.#events.hasNews ? room / 2 : 0;
    const news = this.roster.news.take(room - share, times);
    const events = this.#events.take(room - news.bytes, times).items;
    records.push(...news.items);
    if (kind === undefined && records.length === 0 && events.length === 0) return false;
    this.#counts.packets++;
    const message = {
      incarnation: this.roster.own.incarnation,
      records,
      events,
      kind,
      cluster: this.#cluster,
    };
    this.#effects.push({ type: "send", to, message });
    return true;
  }

  /** Tells news to a few members, the lately dead among them: they may have something to say about it. */
  #gossip(now: number): void {
    this.#gossipAt = now + this.#settings.gossipIntervalMs;
    const targets: Member[] = this.roster.members.sample(this.#settings.gossipFanout);
    for (const member of this.roster.members.gone) {
      if (targets.length > this.#settings.gossipFanout) break;
      const lately = now - member.since < this.#settings.gossipToTheDeadMs;
      if (lately && member.record.state === State.DEAD) targets.push(member);
    }
    for (const { record } of targets)
      if (!this.#post(record.id, undefined, [], this.#settings.packetBytesMax - overheadBytes)) return;
  }

  // --- What the node asks ------------------------------------------------------------------------------------------

  /** Somebody who listens at an address that this node was told: compare with it, and so become a member. */
  greet(id: NodeId, now: number): void {
    this.#enter(now);
    if (id !== this.roster.own.id) this.#comparison.start(id);
  }

  /** Tells all members something; with a timeout, it is a question. It happens here too. */
  say(name: string, payload: Uint8Array, queryTimeoutMs = 0): UserEvent {
    const event = this.#events.say(name, payload, queryTimeoutMs);
    this.#effects.push({ type: "event", event });
    return event;
  }

  /** Answers a question of another member. */
  answer({ origin, number }: UserEvent, payload: Uint8Array): void {
    this.#send(origin, { $case: "answer", value: { number, payload } });
  }

  /** Further addresses at which members may be found. */
  addSeeds(addresses: readonly string[]): void {
    this.#healing.addSeeds(addresses);
  }

  update(metadata: Uint8Array): void {
    this.roster.update(metadata);
  }

  /** Says goodbye. `hasSaidGoodbye` tells when enough members were told. */
  leave(): void {
    if (!this.roster.isLeaving) this.roster.leave();
  }

  get hasSaidGoodbye(): boolean {
    const { news, own, members } = this.roster;
    return this.roster.isLeaving && (members.inService === 0 || !news.has(own.id));
  }

  drain(): readonly MembershipEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  metrics(): Readonly<Record<string, number>> {
    const { roster } = this;
    const { counts } = roster;
    return {
      members: roster.size,
      gone: roster.members.gone.size,
      incarnation: roster.own.incarnation,
      health_multiplier: this.#health.multiplier,
      news_waiting: roster.news.size,
      news_dropped_total: roster.news.dropped,
      packets_sent_total: this.#counts.packets,
      strangers_total: this.#counts.strangers,
      stalls_total: this.#counts.stalls,
      suspicions_total: counts.suspicions,
      failures_total: counts.failures,
      refutations_total: counts.refutations,
      conflicts_total: counts.conflicts,
      refused_total: counts.refused,
      unbelievable_total: counts.unbelievable,
      events_received_total: this.#events.counts.received,
      events_repeated_total: this.#events.counts.repeated,
      events_refused_total: this.#events.counts.refused,
      comparisons_total: this.#comparison.counts.started,
      comparisons_agreed_total: this.#comparison.counts.agreed,
      comparisons_referred_total: this.#comparison.counts.referred,
      comparisons_cut_short_total: this.#comparison.counts.cutShort,
      ...this.#detector.metrics(),
    };
  }
}
