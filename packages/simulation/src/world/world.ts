import { type Host, type NodeId, type Random, seededRandom } from "@coterie/host";
import { calmDisk, type DiskModel, Platter } from "../disk/platter.ts";
import { UnknownNodeError, WorldOptionsError } from "../errors.ts";
import { calmNetwork, type Disturbance, Network, type NetworkModel, type Pair } from "../network/network.ts";
import { describeMessage, Trace } from "../report/trace.ts";
import { hashText } from "../time/digest.ts";
import type { Event, Kind } from "../time/queue.ts";
import { orderGapMs, Timeline } from "../time/timeline.ts";
import { type HostParts, SimulatedHost } from "./host.ts";
import { Loop } from "./loop.ts";
import { Machine } from "./machine.ts";
import { CrashPoints } from "./points.ts";

/** How a world is made. */
export interface WorldOptions<Node> {
  /** Everything that is drawn in the world comes from here. */
  readonly seed: number | string;
  /** How many nodes, named n1, n2, ...; or their names. */
  readonly nodes: number | readonly NodeId[];
  /** Starts a node on its host: at the beginning, and again after each crash. `nodes` are all names. */
  readonly start: (host: Host, nodes: readonly NodeId[]) => Node | Promise<Node>;
  /** One model for all links, or one for each of them: of each direction between two nodes. */
  readonly network?: Partial<NetworkModel> | ((from: NodeId, to: NodeId) => Partial<NetworkModel>);
  readonly disk?: Partial<DiskModel>;
  /** Whether events due at the same instant come in a drawn order. Default: true. */
  readonly shuffle?: boolean;
  /** Keeps a trace of everything, for diagrams. Costs time and memory. Default: false. */
  readonly trace?: boolean;
  /** How a message reads in the trace. Default: its JSON. */
  readonly describe?: (channel: string, message: unknown) => string;
  /** Called after every event of a running node, when all its microtasks have run, before the next event. */
  readonly observe?: (node: Node, id: NodeId) => void;
  /** Called with each number that identifies an event in the digest; for telling two runs apart. */
  readonly onEvent?: (event: Event, digest: number) => void;
}

/** A node that stopped without being told to: it failed itself, threw, or left a rejection unhandled. */
export interface NodeFailure {
  readonly node: NodeId | undefined;
  readonly how: "failed" | "threw" | "rejected" | "did not start";
  readonly error: unknown;
  readonly atMs: number;
}

/** A process that is killed leaves what it wrote to the operating system; a power failure takes what was not synced. */
export type CrashKind = "process" | "power";

/** A whole cluster in one process, in virtual time, from one seed. */
export class World<Node> {
  readonly random: Random;
  readonly network: Network;
  readonly trace: Trace | undefined;
  readonly points: CrashPoints = new CrashPoints();
  /** Nodes that stopped without being told to, in order. */
  readonly failures: NodeFailure[] = [];
  readonly ids: readonly NodeId[];
  readonly #options: WorldOptions<Node>;
  readonly #timeline: Timeline;
  readonly #machines: readonly Machine[];
  readonly #byId = new Map<NodeId, Machine>();
  readonly #parts: HostParts;
  readonly #loop: Loop;

  constructor(options: WorldOptions<Node>) {
    this.#options = options;
    this.random = seededRandom(options.seed);
    this.#timeline = new Timeline(options.shuffle === false ? undefined : this.random.fork("order"));
    this.trace = options.trace ? new Trace(() => this.#timeline.now) : undefined;
    const { network = {} } = options;
    const modelOf = typeof network === "function" ? network : () => network;
    const models = (from: NodeId, to: NodeId): NetworkModel => ({ ...calmNetwork, ...modelOf(from, to) });
    this.network = new Network(this.#timeline, this.random.fork("network"), models, this.trace);
    this.ids = namesOf(options.nodes);
    const disk = { ...calmDisk, ...options.disk };
    this.#machines = this.ids.map(
      (id, i) => new Machine(id, i, new Platter(this.random.fork(`disk/${id}`), disk)),
    );
    for (const machine of this.#machines) this.#byId.set(machine.id, machine);
    this.network.join(this.#machines);
    this.#parts = {
      timeline: this.#timeline,
      network: this.network,
      random: this.random,
      trace: this.trace,
      describe: this.trace && (options.describe ?? describeMessage),
      machine: (id) => this.#byId.get(id),
      failed: (machine, error) => this.#fail(machine, "failed", error),
      reached: (machine, point) => this.#reached(machine, point),
    };
    this.#loop = new Loop({
      timeline: this.#timeline,
      taken: options.onEvent,
      threw: (machine, error) => this.#fail(machine, machine ? "threw" : "rejected", error),
      settled: (machine) => {
        if (machine.running !== undefined) options.observe?.(machine.running as Node, machine.id);
      },
    });
    for (const machine of this.#machines) this.start(machine.id);
  }

  /** Virtual milliseconds since the world began. */
  get now(): number {
    return this.#timeline.now;
  }

  /** Events so far. */
  get events(): number {
    return this.#timeline.taken;
  }

  /** Equal for equal runs. */
  get digest(): string {
    return this.#timeline.digest.toString();
  }

  /** What `start` returned for a node that is up; undefined while it is down or still starting. */
  node(id: NodeId): Node | undefined {
    const machine = this.#machine(id);
    return machine.up ? (machine.running as Node | undefined) : undefined;
  }

  isUp(id: NodeId): boolean {
    return this.#machine(id).up;
  }

  isPaused(id: NodeId): boolean {
    return this.#machine(id).held !== undefined;
  }

  /** The host of a node's present life; undefined while it is down. */
  host(id: NodeId): Host | undefined {
    const machine = this.#machine(id);
    return machine.up ? machine.host : undefined;
  }

  /** Its number changes with each life of a node. */
  lifeOf(id: NodeId): number {
    return this.#machine(id).life;
  }

  #machine(id: NodeId): Machine {
    const machine = this.#byId.get(id);
    if (machine === undefined) throw new UnknownNodeError(id, this.ids);
    return machine;
  }

  // --- Running -----------------------------------------------------------------------------------------------------

  /** Runs until virtual time `untilMs`, or until `stop` answers true after some event. */
  async run(untilMs: number, stop?: () => boolean): Promise<void> {
    await this.#loop.run(untilMs, stop);
  }

  /** Runs for some virtual time more. */
  runFor(durationMs: number): Promise<void> {
    return this.run(this.now + durationMs);
  }

  /** Runs until `condition` holds, at most for `withinMs`. Answers whether it came to hold. */
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    if (!condition()) await this.run(this.now + withinMs, condition);
    return condition();
  }

  /** Does something at a time of the world, apart from all nodes. */
  at(atMs: number, act: () => void, salt = 0): void {
    this.#timeline.schedule(atMs, "world", undefined, 0, salt, act);
  }

  /** Does something on a node, as an event of its own; nothing when the life it has now has ended by then. */
  on(id: NodeId, act: (node: Node) => void, kind: Kind = "client", salt = 0): void {
    const machine = this.#machine(id);
    this.#timeline.schedule(this.now, kind, machine, machine.life, salt, () => {
      if (machine.running !== undefined) act(machine.running as Node);
    });
  }

  /** Lets a text enter the digest: what clients saw, for instance. */
  mix(text: string): void {
    this.#timeline.digest.mix(hashText(text));
  }

  // --- Nodes -------------------------------------------------------------------------------------------------------

  /** Starts a node that is down, on the disk it has. */
  start(id: NodeId): void {
    const machine = this.#machine(id);
    if (machine.up) return;
    machine.life++;
    machine.up = true;
    machine.running = undefined;
    const host = new SimulatedHost(this.#parts, machine);
    machine.host = host;
    this.#timeline.schedule(this.now, "start", machine, machine.life, machine.life, () => {
      this.trace?.add({ what: "started", node: id });
      void this.#boot(machine, host);
    });
  }

  async #boot(machine: Machine, host: SimulatedHost): Promise<void> {
    const { life } = machine;
    try {
      const running = await this.#options.start(host, this.ids);
      if (machine.leads(life)) machine.running = running ?? {};
    } catch (error) {
      if (machine.leads(life)) this.#fail(machine, "did not start", error);
    }
  }

  /** Ends a node's life at once, in the middle of whatever it does. */
  crash(id: NodeId, kind: CrashKind = "power"): void {
    const machine = this.#machine(id);
    if (!machine.up) return;
    machine.up = false;
    machine.held = undefined;
    machine.running = undefined;
    machine.host = undefined;
    if (kind === "power") machine.platter.powerFailure();
    this.trace?.add({ what: "crashed", node: id, text: kind });
  }

  /** Puts an empty disk into a node that is down. */
  wipe(id: NodeId): void {
    const machine = this.#machine(id);
    if (machine.up) throw new WorldOptionsError(`Node ${id} is up: crash it before its disk is taken out.`);
    machine.platter.replace();
    this.trace?.add({ what: "note", node: id, text: "disk replaced by an empty one" });
  }

  /** Holds a node's events back, as a garbage collection, a stalled event loop or a stopped virtual machine does. */
  pause(id: NodeId): void {
    const machine = this.#machine(id);
    if (!machine.up || machine.held) return;
    machine.held = [];
    machine.pausedAt = this.now;
    this.trace?.add({ what: "paused", node: id });
  }

  /** Lets a paused node go on: all that it missed comes at once. With `stopped`, its clock stood still meanwhile. */
  resume(id: NodeId, stopped = false): void {
    const machine = this.#machine(id);
    const { held } = machine;
    if (!held) return;
    machine.held = undefined;
    if (stopped) machine.clock.stoodStill(this.now - machine.pausedAt);
    held.forEach((event, i) => {
      // What was held keeps its order, whatever shuffles equal times.
      const at = this.now + i * orderGapMs;
      this.#timeline.schedule(at, event.kind, machine, event.life, event.salt, () => {
        const { act } = event;
        event.act = undefined;
        act?.();
      });
    });
    machine.caughtUpAt = this.now + held.length * orderGapMs;
    this.trace?.add({ what: "resumed", node: id });
  }

  /** Crashes a node the `nth` time that it reaches a named point from now on; any point when `point` is undefined. */
  crashAt(
    id: NodeId,
    point: string | undefined,
    nth = 1,
    then?: () => void,
    kind: CrashKind = "power",
  ): void {
    this.points.trap(this.#machine(id).id, point, nth, () => {
      this.crash(id, kind);
      then?.();
    });
  }

  #reached(machine: Machine, point: string): void {
    this.trace?.add({ what: "reached", node: machine.id, text: point });
    this.points.reached(machine.id, point);
  }

  #fail(machine: Machine | undefined, how: NodeFailure["how"], error: unknown): void {
    this.failures.push({ node: machine?.id, how, error, atMs: this.now });
    this.trace?.add({ what: "failed", node: machine?.id, text: `${how}: ${String(error)}` });
    if (machine) this.crash(machine.id, "process");
  }

  // --- Clocks and disks --------------------------------------------------------------------------------------------

  /** Makes a node's clocks run fast (above 0) or slow, in parts per million. */
  drift(id: NodeId, ppm: number): void {
    this.#machine(id).clock.drift(ppm, this.now);
  }

  /** Makes a node's wall clock jump. */
  jump(id: NodeId, byMs: number): void {
    this.#machine(id).clock.offsetMs += byMs;
  }

  /** The disk below a node, for its faults. */
  platter(id: NodeId): Platter {
    return this.#machine(id).platter;
  }

  // --- Links -------------------------------------------------------------------------------------------------------

  /** Cuts links until the returned function is called. */
  cut(pairs: readonly Pair[]): () => void {
    return this.disturb({ pairs, factor: Number.POSITIVE_INFINITY });
  }

  /** Splits the nodes into groups that cannot reach each other, until the returned function is called. */
  partition(...groups: readonly (readonly NodeId[])[]): () => void {
    const pairs: Pair[] = [];
    for (const one of groups)
      for (const other of groups)
        if (one !== other) for (const a of one) for (const b of other) pairs.push([a, b]);
    return this.cut(pairs);
  }

  disturb(disturbance: Disturbance): () => void {
    this.network.disturb(disturbance);
    return () => this.network.lift(disturbance);
  }
}

/** Beyond that a world is too slow to be of use. */
const nodesMax = 10_000;

/** Names of nodes: n1, n2, ... for a number. Throws `WorldOptionsError`. */
export function namesOf(nodes: number | readonly NodeId[]): readonly NodeId[] {
  const names = typeof nodes === "number" ? Array.from({ length: nodes }, (_, i) => `n${i + 1}`) : nodes;
  if (names.length === 0 || names.length > nodesMax || new Set(names).size !== names.length)
    throw new WorldOptionsError(`A world has 1 to ${nodesMax} nodes, each with a name of its own.`);
  return names;
}
