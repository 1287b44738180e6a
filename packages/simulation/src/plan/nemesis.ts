import type { NodeId, Random } from "@coterie/host";
import { calmDisk } from "../disk/platter.ts";
import { calmNetwork, type Pair } from "../network/network.ts";
import { pick, shuffle } from "../time/chance.ts";
import type { CrashKind, NodeFailure, World } from "../world/world.ts";
import { between } from "./cuts.ts";
import { describeStep, type Fault } from "./plan.ts";

type Coups = Extract<Fault, { do: "coups" }>;

/** Carries out the faults of a plan, ends each in its time, and heals a core in the end. */
export class Nemesis {
  readonly #world: World<unknown>;
  /** Nodes whose disk was spoiled: they may fail themselves, and that is right. */
  readonly #excused = new Set<NodeId>();
  /** Nodes whose disk lost what it had made durable: they cannot be counted on. */
  readonly #spoiled = new Set<NodeId>();
  readonly #isChief: (node: unknown) => boolean;
  readonly #choices: Random;
  /** Under way. */
  readonly #coups: Coups[] = [];
  /** Who has been seen as chief while a coup is under way. */
  readonly #chiefs = new Set<NodeId>();
  #over = false;

  constructor(world: World<unknown>, isChief: (node: unknown) => boolean = () => false) {
    this.#world = world;
    this.#isChief = isChief;
    this.#choices = world.random.fork("chiefs");
  }

  plan(step: Fault, salt: number): void {
    this.#world.at(step.atMs, () => this.#begin(step), salt);
  }

  /** A node has had an event: it may have become chief by it. */
  observe(node: unknown, id: NodeId): void {
    const coup = this.#coups.at(-1);
    if (coup === undefined) return;
    if (!this.#isChief(node)) this.#chiefs.delete(id);
    else if (!this.#chiefs.has(id)) {
      this.#chiefs.add(id);
      this.#after(coup.reignMs * this.#choices.float(), () => this.#oust(id, coup));
    }
  }

  #oust(id: NodeId, { how, outMs }: Coups): void {
    if (this.#over) return;
    const forMs = outMs * (0.25 + 0.75 * this.#choices.float());
    const world = this.#world;
    const others = world.ids.filter((other) => other !== id);
    world.trace?.add({ what: "fault", node: id, text: `a coup (${how})`, untilMs: world.now + forMs });
    if (how === "cut") this.#cut([...between([id], others), ...between(others, [id])], forMs);
    else if (how === "pause") this.#pause(id, forMs, false);
    else this.#crash(id, how, forMs);
  }

  #pause(id: NodeId, forMs: number, stopped: boolean): void {
    this.#world.pause(id);
    this.#after(forMs, () => this.#world.resume(id, stopped));
  }

  /** Whether a node was right to fail. */
  excuses(failure: NodeFailure): boolean {
    return failure.node !== undefined && failure.how !== "threw" && this.#excused.has(failure.node);
  }

  #after(ms: number, act: () => void): void {
    this.#world.at(this.#world.now + ms, act);
  }

  /** The step with the chief in the place of the name that stands for it, and the other way round. */
  #aimed({ chief: name, ...step }: Fault): Fault {
    const chief = name && this.#someChief();
    if (name === undefined || chief === undefined) return step;
    const swap = (id: NodeId): NodeId => (id === name ? chief : id === chief ? name : id);
    if ("node" in step) return { ...step, node: swap(step.node) };
    if ("pairs" in step) return { ...step, pairs: step.pairs.map(([a, b]): Pair => [swap(a), swap(b)]) };
    return step;
  }

  #someChief(): NodeId | undefined {
    const world = this.#world;
    const chiefs = world.ids.filter((id) => world.node(id) !== undefined && this.#isChief(world.node(id)));
    return chiefs.length > 0 ? pick(this.#choices, chiefs) : undefined;
  }

  #begin(planned: Fault): void {
    if (this.#over) return;
    const world = this.#world;
    const step = this.#aimed(planned);
    const untilMs = "forMs" in step ? world.now + step.forMs : undefined;
    const node = "node" in step ? step.node : undefined;
    world.trace?.add({ what: "fault", node, text: describeStep(step), untilMs });
    switch (step.do) {
      case "crash":
        return this.#crash(step.node, step.kind, step.forMs);
      case "blackout":
        for (const [i, id] of world.ids.entries()) this.#crash(id, step.kind, step.forMs + i * 20);
        return;
      case "crash-at":
        return this.#crashAt(step);
      case "wipe":
        this.#spoiled.add(step.node);
        this.#crash(step.node, "power", step.forMs);
        return world.wipe(step.node);
      case "pause":
        return this.#pause(step.node, step.forMs, step.stopped);
      case "coups":
        this.#chiefs.clear();
        this.#coups.push(step);
        return this.#after(step.forMs, () => void this.#coups.splice(this.#coups.indexOf(step), 1));
      case "cut":
        return step.flapMs > 0 ? this.#flap(step, world.now + step.forMs) : this.#cut(step.pairs, step.forMs);
      case "slow": {
        const lift = world.disturb({ pairs: step.pairs, factor: step.factor });
        return this.#after(step.forMs, lift);
      }
      case "drift":
        world.drift(step.node, step.ppm);
        return this.#after(step.forMs, () => world.drift(step.node, 0));
      case "jump":
        return world.jump(step.node, step.byMs);
      default:
        return this.#spoilDisk(step);
    }
  }

  #spoilDisk(step: Extract<Fault, { do: "disk-full" | "sync-fails" | "rot" }>): void {
    const world = this.#world;
    const platter = world.platter(step.node);
    this.#excused.add(step.node);
    if (step.do === "disk-full") {
      platter.full = true;
      this.#after(step.forMs, () => {
        platter.full = false;
        world.start(step.node);
      });
    } else if (step.do === "sync-fails") {
      platter.failingSyncs = 1;
      this.#after(step.forMs, () => {
        platter.failingSyncs = 0;
        world.start(step.node);
      });
    } else {
      this.#spoiled.add(step.node);
      this.#crash(step.node, "power", step.forMs);
      const where = platter.rot();
      if (where)
        world.trace?.add({ what: "note", node: step.node, text: `${where.path} at ${where.position}` });
    }
  }

  #crashAt({ node, point, nth, afterMs = 0, kind, forMs }: Extract<Fault, { do: "crash-at" }>): void {
    const crash = (): void => this.#crash(node, kind, forMs);
    this.#world.points.trap(node, point, nth, () => (afterMs > 0 ? this.#after(afterMs, crash) : crash()));
  }

  #crash(id: NodeId, kind: CrashKind, forMs: number): void {
    if (!this.#world.isUp(id)) return;
    this.#world.crash(id, kind);
    this.#chiefs.delete(id);
    this.#after(forMs, () => this.#world.start(id));
  }

  #cut(pairs: Extract<Fault, { do: "cut" }>["pairs"], forMs: number): void {
    this.#after(forMs, this.#world.cut(pairs));
  }

  #flap(step: Extract<Fault, { do: "cut" }>, untilMs: number): void {
    if (this.#over || this.#world.now >= untilMs) return;
    this.#cut(step.pairs, step.flapMs);
    this.#after(step.flapMs * 2, () => this.#flap(step, untilMs));
  }

  /**
   * The end of the safety phase: a core, one more than half of the nodes or all of them, becomes healthy, with good
   * links among its members. All others stay as they are. Answers the core, or undefined when too many disks were
   * spoiled.
   */
  heal(random: Random, all: boolean): readonly NodeId[] | undefined {
    this.#over = true;
    const world = this.#world;
    world.points.disarm();
    const sound = world.ids.filter((id) => !this.#spoiled.has(id));
    const size = all ? world.ids.length : (world.ids.length >> 1) + 1;
    if (sound.length < size) return undefined;
    const core = shuffle(random, sound).slice(0, size);
    world.network.mend(core, calmNetwork);
    for (const id of core) {
      const platter = world.platter(id);
      platter.full = false;
      platter.failingSyncs = 0;
      platter.model = calmDisk;
      world.drift(id, 0);
      world.resume(id);
      world.start(id);
    }
    world.trace?.add({ what: "note", text: `healthy from now on: ${core.join(", ")}` });
    return core;
  }
}
