import type { HybridClock } from "@coterie/clocks";
import { murmur3 } from "@coterie/hashing";
import type { Core, Effect, NodeId, Random } from "@coterie/host";
import { AntiEntropyCore, type AntiEntropyOptions, type SyncMessage } from "../anti-entropy/core.ts";
import { entryBytes, writeId } from "../anti-entropy/entry.ts";
import { Replica } from "../anti-entropy/replica.ts";
import { Standing } from "../anti-entropy/standing.ts";
import type { Entry, ReplicaRecord } from "../gen/replica.ts";
import { listOf, type Peers } from "../peers.ts";
import { type Mongering, RumorCore, type RumorMessage } from "../rumor/core.ts";

export type MapMessage = { readonly $case: "rumors"; readonly value: RumorMessage<Entry> } | SyncMessage;

/** What the core asks of its node beyond sending and persisting. */
export type MapOwn =
  /** What a reader sees under the entry's key is this now: a value, or nothing. */
  | { readonly type: "changed"; readonly entry: Entry }
  /** Everything up to this write of the node is on its disk. */
  | { readonly type: "durable"; readonly ticket: number };

export type MapEffect = Effect<MapMessage, ReplicaRecord, MapOwn>;

export interface MapCoreOptions extends Omit<AntiEntropyOptions, "random"> {
  /** The node and its epoch: no two lives write under one name. */
  readonly writer: string;
  readonly epoch: number;
  readonly store: string;
  readonly certificateMs: number;
  readonly dormantMs: number;
  /** On how many nodes the dormant copy of a certificate is kept. Infinity: on all. */
  readonly dormantCopies: number;
  readonly treeDepth: number;
  readonly entriesMax: number;
  readonly heardMax: number;
  readonly rumors: Mongering & {
    readonly fanout: number;
    readonly periodMs: number;
    readonly rumorsMax: number;
    readonly rememberMax: number;
  };
}

/**
 * A replicated map: rumors carry each write to nearly everybody at once, anti-entropy to the rest, and death
 * certificates keep deleted what was deleted (Demers et al. 1987, sections 1.5 and 2).
 */
export class MapCore implements Core<MapMessage, ReplicaRecord, MapOwn> {
  readonly replica: Replica;
  readonly #options: MapCoreOptions;
  readonly #rumors: RumorCore<Entry>;
  readonly #sync: AntiEntropyCore;
  readonly #sweepEveryMs: number;
  #sweepAt: number;
  #tickets = 0;
  #records: ReplicaRecord[] = [];
  #changes: MapOwn[] = [];

  constructor(options: MapCoreOptions, parts: { clock: HybridClock; random: Random; now: number }) {
    const { id, peers, certificateMs, dormantMs, dormantCopies, treeDepth, entriesMax } = options;
    const { random, now } = parts;
    this.#options = options;
    this.replica = new Replica(
      {
        certificateMs,
        dormantMs,
        keepsDormant: (key) => keeps(key, id, peers, dormantCopies),
        treeDepth,
        entriesMax,
      },
      {
        clock: parts.clock,
        standing: new Standing(options.store, options.epoch, options.heardMax),
        sink: {
          record: (record) => void this.#records.push(record),
          changed: (entry) => void this.#changes.push({ type: "changed", entry }),
        },
      },
    );
    this.#rumors = new RumorCore<Entry>({
      ...options.rumors,
      id,
      peers,
      random: random.fork("rumors"),
      idOf: writeId,
      bytesOf: entryBytes,
      hear: (entry, _, at) => this.#hear(entry, at),
      messageBytesMax: options.messageBytesMax,
      contactsMax: Math.ceil(64 * options.rumors.k),
    });
    const syncs = random.fork("sync");
    // Not all at once when many nodes start together.
    const firstAt = now + syncs.float() * options.intervalMs;
    this.#sync = new AntiEntropyCore({ ...options, random: syncs }, this.replica, firstAt);
    this.#sweepEveryMs = Math.max(1, Math.min(certificateMs, dormantMs || certificateMs) / 8);
    this.#sweepAt = now + this.#sweepEveryMs;
  }

  get deadline(): number {
    return Math.min(this.#rumors.deadline, this.#sync.deadline, this.#sweepAt);
  }

  /** Begins a state that no disk held before: who it is comes first. */
  begin(): void {
    this.#records.push(...this.replica.standing.records());
  }

  /** Sets a key at this node, or deletes it with `null`. Answers the ticket that `durable` will name. */
  write(key: string, value: Uint8Array | null, now: number): number {
    this.#rumors.tell(this.replica.write(key, value, this.#options.writer, now), now);
    return ++this.#tickets;
  }

  advance(now: number): void {
    if (now >= this.#sweepAt) {
      this.replica.sweep(now);
      this.#sweepAt = now + this.#sweepEveryMs;
    }
    this.#rumors.advance(now);
    this.#sync.advance(now);
  }

  receive(from: NodeId, message: MapMessage, now: number): void {
    if (message.$case === "rumors") this.#rumors.receive(from, message.value, now);
    else this.#sync.receive(from, message, now);
  }

  drain(): readonly MapEffect[] {
    const effects: MapEffect[] = this.#changes;
    if (this.#changes.length > 0) this.#changes = [];
    if (this.#records.length > 0) {
      const whenDurable: MapEffect[] = [{ type: "durable", ticket: this.#tickets }];
      effects.push({ type: "persist", records: this.#records, whenDurable });
      this.#records = [];
    }
    for (const effect of this.#rumors.drain())
      if (effect.type === "send")
        effects.push({ type: "send", to: effect.to, message: { $case: "rumors", value: effect.message } });
    for (const effect of this.#sync.drain()) if (effect.type === "send") effects.push(effect);
    return effects;
  }

  metrics(): Readonly<Record<string, number>> {
    const named = (prefix: string, metrics: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`${prefix}_${key}`, value]));
    return {
      ...this.replica.metrics(),
      ...named("rumors", this.#rumors.metrics()),
      ...named("syncs", this.#sync.metrics()),
    };
  }

  #hear(entry: Entry, now: number): "news" | "known" | "refused" {
    // Whoever tells a rumor need not have seen what was forgotten here.
    const merged = this.replica.merge(entry, false, now);
    if (merged === "news") return "news";
    return merged === "known" || merged === "older" ? "known" : "refused";
  }
}

/** Whether this node is among the `copies` that rank first for the key (rendezvous hashing), as far as it knows the others. */
function keeps(key: string, self: NodeId, peers: Peers, copies: number): boolean {
  if (copies < 1 || copies === Number.POSITIVE_INFINITY) return copies > 0;
  const rank = (node: NodeId): number => murmur3.string!(`${key}\n${node}`, 0x2545_f491);
  const own = rank(self);
  let before = 0;
  for (const peer of listOf(peers)) if (peer !== self && rank(peer) < own && ++before >= copies) return false;
  return true;
}
