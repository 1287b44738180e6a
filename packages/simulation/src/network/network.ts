/**
 * The network of a world.
 *
 * Fault model. A message sent over a link (one direction between two machines)
 *  - takes a time drawn from the link's delay distribution, times the largest factor of what slows the link;
 *  - first waits its turn on the wire when bandwidth is limited; each lane of a link has a wire of its own; past
 *    `linkBytesMax` waiting bytes the sender is refused;
 *  - arrives in the order of its lane, unless it is one of those that are exempt (`reorder`), which arrive late and
 *    out of order, or is still crawling when the link gets faster;
 *  - may be lost, and may arrive twice, the second time late;
 *  - is lost when its link is cut, be it when it is sent or when it would arrive. Cuts are per direction, so that
 *    one-way partitions, bridges and flapping links are all lists of directed pairs.
 * A message outlives its sender: a crash takes back nothing that was sent, and a frame of an earlier life may reach
 * anyone, the sender's next life included. A message to a machine that is down is lost; to a paused one, it waits.
 * Bytes are never changed under way: the road below (ZeroMQ over TCP, or CURVE) checks them.
 * What a machine sends to itself always arrives, at the same instant, in a later event.
 */
import type { NodeId, Random } from "@coterie/host";
import type { Trace } from "../report/trace.ts";
import { type Delay, drawDelay, happens } from "../time/chance.ts";
import { hashBytes } from "../time/digest.ts";
import { anyLife } from "../time/queue.ts";
import { orderGapMs, type Timeline } from "../time/timeline.ts";
import type { Machine } from "../world/machine.ts";

/** How a network treats messages. Probabilities are per message, from 0 to 1. */
export interface NetworkModel {
  /** Time on the way. Default: 0.2 ms and 0.3 ms more on average. */
  readonly delay: Delay;
  /** Probability that a message is lost. Default 0. */
  readonly loss: number;
  /** Probability that a message arrives twice. Default 0. */
  readonly duplicate: number;
  /** Probability that a message arrives out of order. Default 0. */
  readonly reorder: number;
  /** Bandwidth of each lane of each link, in bytes per ms; 0 is without limit. Default 0. */
  readonly bytesPerMs: number;
  /** Bytes that may wait for their turn on a link's wire before the sender is refused. Default 8 MiB. */
  readonly linkBytesMax: number;
}

export const calmNetwork: NetworkModel = {
  delay: { minMs: 0.2, meanMs: 0.3 },
  loss: 0,
  duplicate: 0,
  reorder: 0,
  bytesPerMs: 0,
  linkBytesMax: 8 << 20,
};

/** How many times the usual delay a message that leaves the order takes on average. */
const latecomerFactor = 8;

export type Lane = "control" | "bulk";

const lanes: readonly Lane[] = ["control", "bulk"];

/** A directed pair of machines. */
export type Pair = readonly [from: NodeId, to: NodeId];

/** Something that is wrong with some links until it is lifted. */
export interface Disturbance {
  readonly pairs: readonly Pair[];
  /** Delays are multiplied by this; Infinity cuts the link. */
  readonly factor: number;
}

interface Wire {
  /** When the last byte handed over will have left. */
  free: number;
  /** When the last message that keeps the order will arrive. */
  lastArrival: number;
}

interface Link {
  readonly random: Random;
  readonly control: Wire;
  readonly bulk: Wire;
  readonly disturbances: Set<Disturbance>;
  model: NetworkModel;
  /** The largest factor of its disturbances; 1 without any. */
  factor: number;
}

/** What became of the messages of a world. */
export interface NetworkCounts {
  sent: number;
  delivered: number;
  lost: number;
  duplicated: number;
  refused: number;
}

/** The model of each link. */
export type LinkModels = (from: NodeId, to: NodeId) => NetworkModel;

export class Network {
  readonly #models: LinkModels;
  readonly counts: NetworkCounts = { sent: 0, delivered: 0, lost: 0, duplicated: 0, refused: 0 };
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #trace: Trace | undefined;
  readonly #machines = new Map<NodeId, Machine>();
  /** By the indices of both ends. Made when first needed: most pairs of a large world never talk. */
  readonly #links: (Link | undefined)[][] = [];
  #messages = 0;

  constructor(timeline: Timeline, random: Random, models: LinkModels, trace?: Trace) {
    this.#timeline = timeline;
    this.#random = random;
    this.#models = models;
    this.#trace = trace;
  }

  /** Links these machines with each other. */
  join(machines: readonly Machine[]): void {
    for (const machine of machines) {
      this.#machines.set(machine.id, machine);
      this.#links[machine.index] = [];
    }
  }

  #between(from: Machine, to: Machine): Link {
    const links = this.#links[from.index]!;
    const made = links[to.index];
    if (made !== undefined) return made;
    const link: Link = {
      random: this.#random.fork(`${from.id}>${to.id}`),
      control: { free: 0, lastArrival: 0 },
      bulk: { free: 0, lastArrival: 0 },
      disturbances: new Set(),
      model: this.#models(from.id, to.id),
      factor: 1,
    };
    links[to.index] = link;
    return link;
  }

  #link([from, to]: Pair): Link | undefined {
    const [source, target] = [this.#machines.get(from), this.#machines.get(to)];
    return source && target && this.#between(source, target);
  }

  /** Begins a disturbance; `lift` ends it. */
  disturb(disturbance: Disturbance): void {
    for (const pair of disturbance.pairs) {
      const link = this.#link(pair);
      link?.disturbances.add(disturbance);
      if (link) reckon(link);
    }
  }

  lift(disturbance: Disturbance): void {
    for (const pair of disturbance.pairs) {
      const link = this.#link(pair);
      if (link?.disturbances.delete(disturbance)) reckon(link);
    }
  }

  /** Ends every disturbance of the links among these machines, and gives those links another model. */
  mend(machines: readonly NodeId[], model: NetworkModel): void {
    for (const from of machines)
      for (const to of machines) {
        const link = this.#link([from, to]);
        if (link === undefined) continue;
        link.disturbances.clear();
        link.model = model;
        reckon(link);
      }
  }

  /** Takes a message over from its sender. `false`: refused, for want of room. */
  carry(
    from: Machine,
    to: Machine,
    lane: Lane,
    bytes: Uint8Array,
    text: (() => string) | undefined,
    deliver: () => void,
  ): boolean {
    const { now } = this.#timeline;
    this.counts.sent++;
    const id = ++this.#messages;
    this.#trace?.sent(id, from.id, to.id, text);
    if (from === to) {
      this.#arrange(now, id, from, to, undefined, bytes, deliver);
      return true;
    }
    const link = this.#between(from, to);
    if (this.waitingBytes(from, to, lane) + bytes.length > link.model.linkBytesMax) {
      this.counts.refused++;
      this.#trace?.lost(id, from.id, to.id, "refused");
      return false;
    }
    if (link.factor === Number.POSITIVE_INFINITY || happens(link.random, link.model.loss)) {
      this.#lose(id, from, to);
      return true;
    }
    const arrival = arrivalOf(link, link[lane], now, bytes.length);
    this.#arrange(arrival, id, from, to, link, bytes, deliver);
    if (happens(link.random, link.model.duplicate)) {
      this.counts.duplicated++;
      const late = drawDelay(link.random, link.model.delay) * latecomerFactor;
      this.#arrange(arrival + late, id, from, to, link, bytes, deliver);
    }
    return true;
  }

  #arrange(
    at: number,
    id: number,
    from: Machine,
    to: Machine,
    link: Link | undefined,
    bytes: Uint8Array,
    deliver: () => void,
  ): void {
    const salt = (hashBytes(bytes) ^ (from.index << 16)) | 1;
    this.#timeline.schedule(at, "message", to, anyLife, salt, () => {
      if (link?.factor === Number.POSITIVE_INFINITY) return this.#lose(id, from, to);
      this.counts.delivered++;
      this.#trace?.delivered(id, from.id, to.id);
      deliver();
    });
  }

  #lose(id: number, from: Machine, to: Machine): void {
    this.counts.lost++;
    this.#trace?.lost(id, from.id, to.id, "lost");
  }

  /** Bytes handed over that have not left yet. */
  waitingBytes(from: Machine, to: Machine, lane: Lane): number {
    const link = this.#between(from, to);
    const waitMs = link[lane].free - this.#timeline.now;
    return waitMs > 0 ? waitMs * link.model.bytesPerMs : 0;
  }

  /** When half of a full outbox will have left: now, when it is not that full. */
  roomAt(from: Machine, to: Machine, lane: Lane): number {
    const { model } = this.#between(from, to);
    const surplus = this.waitingBytes(from, to, lane) - model.linkBytesMax / 2;
    return this.#timeline.now + (surplus > 0 ? surplus / model.bytesPerMs : 0);
  }
}

/** The worst disturbance rules. When it ends, what is sent from then on need not wait for what crawls behind. */
function reckon(link: Link): void {
  const before = link.factor;
  link.factor = 1;
  for (const { factor } of link.disturbances) link.factor = Math.max(link.factor, factor);
  if (link.factor < before) for (const lane of lanes) link[lane].lastArrival = 0;
}

/** Puts a message on the wire and says when it will arrive. */
function arrivalOf(link: Link, wire: Wire, now: number, length: number): number {
  const { model, random } = link;
  const leaves = model.bytesPerMs > 0 ? Math.max(now, wire.free) + length / model.bytesPerMs : now;
  wire.free = leaves;
  const arrival = leaves + drawDelay(random, model.delay) * link.factor;
  if (happens(random, model.reorder))
    return arrival + drawDelay(random, model.delay) * latecomerFactor * link.factor;
  wire.lastArrival = Math.max(arrival, wire.lastArrival + orderGapMs);
  return wire.lastArrival;
}
