import { type NodeId, seededRandom } from "@coterie/host";
import type { Trace } from "../report/trace.ts";
import type { Invariant, Operation, Suite } from "../suite.ts";
import { hashText } from "../time/digest.ts";
import type { Event } from "../time/queue.ts";
import { type NodeFailure, World, type WorldOptions } from "../world/world.ts";
import { Clients } from "./clients.ts";
import { Nemesis } from "./nemesis.ts";
import type { Plan } from "./plan.ts";

/** What went wrong. Two violations of one `kind` count as the same when a plan is shrunk. */
export interface Violation {
  /** `invariant <name>`, `node failed`, `history`, `no progress`, `no convergence` or `too many events`. */
  readonly kind: string;
  readonly message: string;
  readonly atMs: number;
  readonly node?: NodeId | undefined;
  readonly cause?: unknown;
}

/** What a run of a plan came to. */
export interface Outcome<Call = unknown> {
  readonly violation: Violation | undefined;
  /** Equal for equal runs. */
  readonly digest: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly history: readonly Operation<Call>[];
  /** Nodes that stopped of themselves, rightly or wrongly. */
  readonly failures: readonly NodeFailure[];
  /** Named points that were reached, with how often. */
  readonly points: ReadonlyMap<string, number>;
  readonly trace: Trace | undefined;
}

export interface RunOptions {
  /** Keeps a trace, for reports. Default: false. */
  readonly trace?: boolean;
  readonly onEvent?: (event: Event, digest: number) => void;
  /** A world that takes more events than this has run wild. Default: 20,000,000. */
  readonly eventsMax?: number;
}

/** The client that asks for progress in the liveness phase. */
const probeClient = 0;
const probeEveryMs = 200;

/** Runs a plan on a fresh world. */
export function runPlan<Node, Call>(
  suite: Suite<Node, Call>,
  plan: Plan<Call>,
  options: RunOptions = {},
): Promise<Outcome<Call>> {
  return new Run(suite, plan, options).run();
}

/** Every link with a slowness of its own, as far as the plan wants it. */
function linkModels({ seed, network, spread = 1 }: Plan): NonNullable<WorldOptions<never>["network"]> {
  if (spread === 1) return network;
  const random = seededRandom(seed).fork("spread");
  const { delay } = network;
  return (from, to) => {
    const factor = 1 + (spread - 1) * random.fork(`${from}>${to}`).float();
    return { ...network, delay: { minMs: delay.minMs * factor, meanMs: delay.meanMs * factor } };
  };
}

class Run<Node, Call> {
  readonly #suite: Suite<Node, Call>;
  readonly #plan: Plan<Call>;
  readonly #world: World<Node>;
  readonly #invariants: readonly Invariant<Node>[];
  readonly #nemesis: Nemesis;
  readonly #clients: Clients<Node, Call>;
  readonly #eventsMax: number;
  #violation: Violation | undefined;
  #failuresSeen = 0;

  constructor(suite: Suite<Node, Call>, plan: Plan<Call>, options: RunOptions) {
    this.#suite = suite;
    this.#plan = plan;
    this.#eventsMax = options.eventsMax ?? 20_000_000;
    this.#invariants = suite.invariants?.() ?? [];
    this.#world = new World<Node>({
      seed: plan.seed,
      nodes: plan.nodes,
      start: (host, nodes) => suite.node(host, nodes, plan.settings ?? {}),
      network: linkModels(plan),
      disk: plan.disk,
      observe: (node, id) => {
        this.#check(node, id);
        this.#nemesis.observe(node, id);
      },
      ...(options.trace ? { trace: true } : {}),
      ...(suite.describe ? { describe: suite.describe } : {}),
      ...(options.onEvent ? { onEvent: options.onEvent } : {}),
    });
    this.#nemesis = new Nemesis(
      this.#world as World<unknown>,
      suite.isChief && ((node) => suite.isChief!(node as Node)),
    );
    this.#clients = new Clients(this.#world, suite.workload, suite.callTimeoutMs ?? 5_000);
    for (const step of plan.steps) {
      const salt = hashText(JSON.stringify(step));
      if (step.do === "call") this.#clients.plan(step, salt);
      else this.#nemesis.plan(step, salt);
    }
  }

  async run(): Promise<Outcome<Call>> {
    const world = this.#world;
    const stop = (): boolean => this.#stop();
    await world.run(this.#plan.durationMs, stop);
    if (!this.#violation) await this.#live(stop);
    if (!this.#violation) this.#judge();
    return {
      violation: this.#violation,
      digest: world.digest,
      events: world.events,
      virtualMs: world.now,
      history: this.#clients.history,
      failures: world.failures,
      points: world.points.counts,
      trace: world.trace,
    };
  }

  #violate(kind: string, message: string, more: { node?: NodeId | undefined; cause?: unknown } = {}): void {
    if (this.#violation) return;
    this.#violation = { kind, message, atMs: this.#world.now, ...more };
    this.#world.trace?.add({
      what: "note",
      node: more.node,
      text: `VIOLATION: ${kind}: ${message.split("\n")[0]}`,
    });
  }

  #check(node: Node, id: NodeId): void {
    for (const invariant of this.#invariants) {
      const wrong = invariant.check(node, id);
      if (wrong !== undefined) this.#violate(`invariant ${invariant.name}`, wrong, { node: id });
    }
  }

  #stop(): boolean {
    const { failures, events } = this.#world;
    while (this.#failuresSeen < failures.length) {
      const failure = failures[this.#failuresSeen++]!;
      if (!this.#nemesis.excuses(failure) && !this.#mayStop(failure))
        this.#violate("node failed", `${failure.how}: ${String(failure.error)}`, {
          node: failure.node,
          cause: failure.error,
        });
    }
    if (events > this.#eventsMax)
      this.#violate("too many events", `more than ${this.#eventsMax} events by ${this.#world.now} ms`);
    return this.#violation !== undefined;
  }

  #mayStop({ node, how, error }: NodeFailure): boolean {
    return node !== undefined && how !== "threw" && this.#suite.mayStop?.(error, node) === true;
  }

  /** The liveness phase: some call must succeed at a core that is healthy, and its members must come to agree. */
  async #live(stop: () => boolean): Promise<void> {
    const world = this.#world;
    const { livenessMs } = this.#plan;
    if (livenessMs === 0) return;
    const core = this.#nemesis.heal(world.random.fork("core"), this.#suite.heals === "all");
    if (core === undefined) return;
    const deadline = world.now + livenessMs;
    const draws = world.random.fork("probes");
    const { workload, converged } = this.#suite;
    let probes = 0;
    const probe = (): void => {
      if (this.#clients.succeeded(probeClient) || world.now >= deadline) return;
      const index = probes++;
      const call = workload.probe ?? workload.draw(draws, { client: probeClient, index });
      this.#clients.call(probeClient, core[index % core.length]!, call);
      world.at(world.now + probeEveryMs, probe);
    };
    world.at(world.now, probe);
    await world.run(deadline, () => stop() || this.#clients.succeeded(probeClient));
    if (this.#violation) return;
    if (!this.#clients.succeeded(probeClient)) {
      return this.#violate(
        "no progress",
        `no call succeeded at ${core.join(", ")} within ${livenessMs} ms of health`,
      );
    }
    if (converged === undefined) return;
    const agree = (): boolean => {
      const nodes = core.map((id) => world.node(id)).filter((node) => node !== undefined);
      return nodes.length === core.length && converged(nodes);
    };
    await world.run(world.now + livenessMs, () => stop() || agree());
    if (!this.#violation && !agree())
      this.#violate("no convergence", `${core.join(", ")} did not come to agree within ${livenessMs} ms`);
  }

  #judge(): void {
    const wrong = this.#suite.workload.judge?.(this.#clients.history);
    if (wrong !== undefined) this.#violate("history", wrong);
  }
}
