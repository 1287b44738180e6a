import { seededRandom } from "@coterie/host";
import type { FetchEffect, OwnEffect, RaftEffect, Written } from "../src/core/effects.ts";
import { logStart, sizeOf } from "../src/core/log.ts";
import { type CoreOptions, defaultCoreOptions } from "../src/core/options.ts";
import { RaftCore } from "../src/core/raft.ts";
import { Recovery } from "../src/core/recovery.ts";
import type { Configuration, Entry, JournalRecord, Message, SnapshotMeta } from "../src/gen/raft.ts";

export interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

type Body = NonNullable<Message["body"]>["$case"];

/** One core with the disk and the hands that a node would lend it. */
export class Member {
  readonly id: string;
  core: RaftCore;
  /** What a crash would leave. */
  readonly journal: JournalRecord[] = [];
  /** Persists that have not completed, oldest first. */
  readonly writing: Extract<RaftEffect, { type: "persist" }>[] = [];
  readonly applied: Entry[] = [];
  /** The latest snapshot, which is durable. */
  snapshot: SnapshotMeta | null = null;
  readonly own: OwnEffect[] = [];
  /** How many entries were read from its journal again. */
  fetched = 0;
  epoch = 1;

  constructor(id: string, core: RaftCore) {
    this.id = id;
    this.core = core;
  }

  get is() {
    return this.core.inspection;
  }

  /** The entry at an index of its log, wherever that is. */
  entry(index: number): Entry {
    const inMemory = this.is.log.entry(index);
    if (inMemory) return inMemory;
    const written = this.journal.findLast(
      ({ record }) => record?.$case === "entry" && record.value.index === index,
    );
    if (written?.record?.$case !== "entry") throw new Error(`${this.id} has no entry ${index}`);
    return written.record.value;
  }
}

/** What stands in the journal once that is written. */
export function recordsOf(written: Written): JournalRecord[] {
  if (!("entries" in written)) return [written];
  return written.entries.map((value) => ({ record: { $case: "entry", value } }));
}

export interface CoresOptions extends Partial<CoreOptions> {
  readonly witness?: string;
  readonly priorities?: Readonly<Record<string, number>>;
  /** What they say that the group began with. Default: nothing, as before they knew of it. */
  readonly firstMembers?: string;
}

/** Cores on a network that delivers only what a test says, with a clock that only a test moves. */
export class Cores {
  now = 0;
  readonly members: Map<string, Member> = new Map();
  readonly network: Envelope[] = [];
  /** While true, every persist completes at once. */
  instantDisk = true;
  readonly #options: Partial<CoreOptions>;
  readonly #first: Configuration;
  readonly #witnesses: Set<string> = new Set();

  constructor(
    ids: readonly string[],
    { witness, priorities = {}, firstMembers, ...options }: CoresOptions = {},
  ) {
    this.#options = options;
    const voters = ids.map((id) => ({
      id,
      address: "",
      ...(id === witness ? { witness: true } : {}),
      ...(priorities[id] ? { priority: priorities[id] } : {}),
    }));
    this.#first = { voters, outgoing: [], learners: [], firstMembers };
    if (witness !== undefined) this.#witnesses.add(witness);
    for (const id of ids) this.join(id);
  }

  #boot(
    id: string,
    epoch: number,
    journal: readonly JournalRecord[],
    snapshot: SnapshotMeta | null,
  ): RaftCore {
    const recovery = new Recovery();
    for (const record of journal) recovery.add(record);
    const isWitness = this.#witnesses.has(id);
    // Scenarios say themselves what is compacted: nobody is waited for.
    const options = { ...defaultCoreOptions, catchUpBytesMax: 1, id, epoch, isWitness, ...this.#options };
    const begins = this.#first.voters.some((voter) => voter.id === id);
    const first = begins ? this.#first : { voters: [], outgoing: [], learners: [] };
    const members = snapshot?.configuration ?? first;
    const recovered = recovery.finish(snapshot ?? logStart, members, snapshot?.configurationIndex ?? 0);
    return new RaftCore(options, seededRandom(`${id}/${epoch}`), recovered, this.now);
  }

  /** Starts a node: a member, or one that is to be added. */
  join(id: string, isWitness = false): void {
    if (isWitness) this.#witnesses.add(id);
    const member = new Member(id, this.#boot(id, 1, [], null));
    this.members.set(id, member);
    this.drain(id);
    member.own.length = 0;
  }

  get(id: string): Member {
    return this.members.get(id)!;
  }

  /** The one leader of the highest term, if any. */
  get leader(): Member | undefined {
    return [...this.members.values()]
      .filter((m) => m.is.role === "leader")
      .sort((a, b) => b.is.term - a.is.term)[0];
  }

  /** Carries out what a member wants; messages go to the network. */
  drain(id: string): void {
    const member = this.get(id);
    for (;;) {
      const effects = member.core.drain();
      if (effects.length === 0) return;
      this.#carryOut(member, effects);
    }
  }

  #carryOut(member: Member, effects: readonly RaftEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "send")
        this.network.push({ from: member.id, to: effect.to, message: effect.message });
      else if (effect.type === "persist") {
        member.writing.push(effect);
        if (this.instantDisk) this.write(member.id);
      } else if (effect.type === "stored") member.core.stored(effect, this.now);
      else if (effect.type === "fetch") this.#fetch(member, effect);
      else {
        if (effect.type === "apply") {
          member.applied.push(...effect.entries);
          member.core.applied(effect.entries.at(-1)!.index);
        } else if (effect.type === "restore") member.core.applied(effect.meta.index);
        member.own.push(effect);
      }
    }
  }

  /** Reads what a member's memory does not hold any more. */
  #fetch(member: Member, effect: FetchEffect): void {
    const entries: Entry[] = [];
    for (let index = effect.from, bytes = 0; index <= effect.to && bytes < effect.bytesMax; index++) {
      entries.push(member.entry(index));
      bytes += sizeOf(entries.at(-1)!);
    }
    member.core.fetched(effect, entries, this.now);
    member.fetched += entries.length;
  }

  /** Completes a member's oldest persist. */
  write(id: string): void {
    const member = this.get(id);
    const persist = member.writing.shift();
    if (persist === undefined) return;
    member.journal.push(...persist.records.flatMap(recordsOf));
    this.#carryOut(member, persist.whenDurable);
  }

  /** Kills a member and starts it on what its journal holds. */
  restart(id: string): void {
    const member = this.get(id);
    member.writing.length = 0;
    member.epoch++;
    member.core = this.#boot(id, member.epoch, member.journal, member.snapshot);
    member.applied.length = 0;
  }

  /** Starts a member on a log of entries of these terms, as if they were left of an earlier life. */
  remember(id: string, terms: readonly number[], term: number = terms.at(-1) ?? 0): void {
    const member = this.get(id);
    member.journal.push({ record: { $case: "hardState", value: { term, vote: "" } } });
    for (const [i, entryTerm] of terms.entries()) {
      const entry = {
        index: i + 1,
        term: entryTerm,
        kind: 1,
        time: 0,
        origin: "",
        id: 0,
        data: new Uint8Array(),
      } as const;
      member.journal.push({ record: { $case: "entry", value: entry } });
    }
    this.restart(id);
    this.drain(id);
    member.own.length = 0;
  }

  /** A snapshot of everything that a member has applied is durable. */
  takeSnapshot(id: string): void {
    const member = this.get(id);
    const { index, term, time } = member.applied.at(-1)!;
    const { configuration, index: configurationIndex } = member.core.membersAt(index);
    member.snapshot = { index, term, time, configuration, configurationIndex };
  }

  /** A leader's snapshot has arrived and is durable; the leader does not know that yet. */
  installSnapshot(from: string, to: string): void {
    const { snapshot } = this.get(from);
    const member = this.get(to);
    member.snapshot = snapshot;
    member.core.install(from, snapshot!, this.now);
    this.drain(to);
  }

  /** The leader is told how a transfer ended. */
  transferred(from: string, to: string, succeeded: boolean): void {
    const member = this.get(from);
    member.core.transferred(to, succeeded ? member.snapshot!.index : null, this.now);
    this.drain(from);
  }

  /** Lets time pass for one member until it wants something, and takes what it wants. */
  timeout(id: string): void {
    const member = this.get(id);
    this.now = Math.max(this.now, member.core.deadline);
    member.core.advance(this.now);
    this.drain(id);
  }

  /** Delivers the oldest message that fits. */
  deliver(fits: (e: Envelope) => boolean = () => true): Envelope | undefined {
    const at = this.network.findIndex(fits);
    if (at < 0) return undefined;
    const [envelope] = this.network.splice(at, 1);
    this.receive(envelope!);
    return envelope;
  }

  receive({ from, to, message }: Envelope): void {
    this.get(to).core.receive(from, message, this.now);
    this.drain(to);
  }

  drop(fits: (e: Envelope) => boolean = () => true): number {
    const kept = this.network.filter((e) => !fits(e));
    return this.network.splice(0, this.network.length, ...kept).length - kept.length;
  }

  /** Delivers everything that fits until the network holds nothing of the kind. */
  settle(fits: (e: Envelope) => boolean = () => true): void {
    for (let i = 0; i < 100_000; i++) if (this.deliver(fits) === undefined) return;
    throw new Error("the network does not settle");
  }

  /** Makes `id` leader of everybody. */
  elect(id: string): Member {
    // Followers owe loyalty to a leader they heard from; enough time passes for them to have lost it.
    this.now += 10_000;
    this.get(id).core.advance(this.now);
    this.drain(id);
    this.settle();
    return this.get(id);
  }

  propose(id: string, text: string): number {
    const proposal = this.get(id).core.propose(new TextEncoder().encode(text), this.now);
    this.drain(id);
    return proposal;
  }
}

export function body<Case extends Body>(message: Message, kind: Case) {
  if (message.body?.$case !== kind) throw new Error(`expected ${kind}, got ${message.body?.$case}`);
  return message.body.value as Extract<NonNullable<Message["body"]>, { $case: Case }>["value"];
}

export const isKind =
  (...kinds: Body[]) =>
  ({ message }: Envelope): boolean =>
    kinds.includes(message.body!.$case);

/** The commands that a member has applied, as text. */
export function commands(member: Member): string[] {
  return member.applied.filter(({ kind }) => kind === 0).map(({ data }) => new TextDecoder().decode(data));
}
