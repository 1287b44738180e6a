import type { NodeId } from "@coterie/host";
import type { DiskModel } from "../disk/platter.ts";
import { PlanError } from "../errors.ts";
import type { NetworkModel, Pair } from "../network/network.ts";
import type { Settings } from "../suite.ts";
import type { CrashKind } from "../world/world.ts";

/** The kinds of things that go wrong, as suites name them. */
export const faultKinds = [
  "loss", // messages are lost
  "duplicate", // messages arrive twice
  "reorder", // messages arrive out of order
  "delay", // messages take long
  "bandwidth", // links are narrow
  "partition", // links are cut: halves, one node, one way, bridges, flapping
  "slow", // some links become slow for a while
  "crash", // nodes crash, one by one or all at once, and come back
  "coup", // for a while, whoever becomes chief (`Suite.isChief`) is soon cut off, paused or crashed
  "pause", // nodes stop for a while: garbage collection, a stalled event loop
  "freeze", // nodes stop for a while and their clocks with them: a stopped virtual machine
  "clock", // clocks run fast or slow; wall clocks jump
  "disk-slow", // writes and syncs take long
  "disk-full", // nothing can grow for a while
  "sync-fails", // a sync fails, and its data may be lost
  "rot", // a bit flips on the disk of a minority
  "wipe", // a node of a minority comes back with an empty disk
] as const;
export type FaultKind = (typeof faultKinds)[number];

interface At {
  /** Virtual time at which it begins. */
  readonly atMs: number;
}

interface Lasting extends At {
  readonly forMs: number;
}

interface Aimed {
  /** This name of the step stands for whoever is chief (`Suite.isChief`) when it begins, if anybody is. */
  readonly chief?: NodeId;
}

/** Something that the nemesis or a client does. Each step brings its own end, so that any step can be left out. */
export type Step<Call = unknown> =
  | (At & {
      readonly do: "call";
      readonly client: number;
      readonly node: NodeId;
      readonly call: Call;
    })
  | Fault;

/** What the nemesis does. */
export type Fault = Aimed &
  (
    | (Lasting & { readonly do: "crash"; readonly node: NodeId; readonly kind: CrashKind })
    | (Lasting & { readonly do: "blackout"; readonly kind: CrashKind })
    | (Lasting & {
        readonly do: "crash-at";
        readonly node: NodeId;
        /** A named point; any, when there is none. */
        readonly point?: string;
        readonly nth: number;
        /** How long after: 0 for exactly there, in the middle of what the node does. Default: 0. */
        readonly afterMs?: number;
        readonly kind: CrashKind;
      })
    | (Lasting & {
        readonly do: "coups";
        readonly how: "cut" | "pause" | CrashKind;
        /** Each reign lasts up to this long. */
        readonly reignMs: number;
        /** Each chief is out for up to this long. */
        readonly outMs: number;
      })
    | (Lasting & { readonly do: "wipe"; readonly node: NodeId })
    | (Lasting & { readonly do: "pause"; readonly node: NodeId; readonly stopped: boolean })
    | (Lasting & {
        readonly do: "cut";
        readonly shape: string;
        readonly pairs: readonly Pair[];
        /** The cut comes and goes, this long each; 0 for one that stays. */
        readonly flapMs: number;
      })
    | (Lasting & { readonly do: "slow"; readonly pairs: readonly Pair[]; readonly factor: number })
    | (Lasting & { readonly do: "drift"; readonly node: NodeId; readonly ppm: number })
    | (At & { readonly do: "jump"; readonly node: NodeId; readonly byMs: number })
    | (Lasting & { readonly do: "disk-full"; readonly node: NodeId })
    | (Lasting & { readonly do: "sync-fails"; readonly node: NodeId })
    | (Lasting & { readonly do: "rot"; readonly node: NodeId })
  );

/** Everything that happens to a world from outside. Plain JSON; with its seed it is the world. */
export interface Plan<Call = unknown> {
  readonly format: "coterie-plan/1";
  readonly suite: string;
  /** What the plan was drawn from, and what delays and fates are drawn from when it runs. */
  readonly seed: number;
  readonly nodes: number;
  readonly settings?: Settings;
  readonly network: NetworkModel;
  /** Links differ: the delays of each are longer by a factor of its own, from 1 to this. Default: 1. */
  readonly spread?: number;
  readonly disk: DiskModel;
  /** The safety phase: anything may break. */
  readonly durationMs: number;
  /** The liveness phase: a core heals, and must make progress. */
  readonly livenessMs: number;
  readonly steps: readonly Step<Call>[];
}

/** Reads a plan that was saved. Throws `PlanError` that names what is wrong. */
export function parsePlan(text: string, source = "the plan"): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PlanError(`${source} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const plan = value as Partial<Plan> | null;
  const fail = (why: string): never => {
    throw new PlanError(`${source} cannot be replayed: ${why}.`);
  };
  if (typeof plan !== "object" || plan === null) fail("it is not an object");
  if (plan?.format !== "coterie-plan/1")
    fail(`its format is ${JSON.stringify(plan?.format)}, not "coterie-plan/1"`);
  const { seed, nodes, suite, durationMs, livenessMs, network, disk, steps } = plan as Plan;
  if (typeof suite !== "string") fail("suite must be a name");
  if (!Number.isSafeInteger(seed)) fail("seed must be an integer");
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 100) fail("nodes must be a number from 1 to 100");
  for (const ms of [durationMs, livenessMs])
    if (!(ms >= 0 && ms <= 1e9)) fail("durationMs and livenessMs must be from 0 to 1e9");
  if (typeof network?.delay?.meanMs !== "number") fail("network.delay is missing");
  if (typeof disk?.sync?.meanMs !== "number") fail("disk.sync is missing");
  if (!Array.isArray(steps)) fail("steps must be a list");
  for (const [i, step] of steps.entries())
    if (!(step?.atMs >= 0) || typeof step.do !== "string") fail(`step ${i} needs atMs and do`);
  return plan as Plan;
}

/** A step in words. */
export function describeStep(step: Step): string {
  const chief = "chief" in step && step.chief ? ` (for ${step.chief} read the chief, if there is one)` : "";
  return inWords(step) + chief;
}

function inWords(step: Step): string {
  const lasting = "forMs" in step ? ` for ${Math.round(step.forMs)} ms` : "";
  switch (step.do) {
    case "call":
      return `client ${step.client} asks ${step.node}: ${JSON.stringify(step.call)}`;
    case "crash":
      return `${step.node} crashes (${step.kind})${lasting}`;
    case "blackout":
      return `all nodes crash (${step.kind})${lasting}`;
    case "crash-at":
      return `${step.node} crashes (${step.kind}) ${step.afterMs ? `${step.afterMs} ms after it reaches` : "when it reaches"} ${step.point ?? "a point"} for the ${step.nth}. time${lasting}`;
    case "coups": {
      const { how, reignMs, outMs } = step;
      return `whoever is chief is out (${how}) within ${reignMs} ms, for up to ${outMs} ms;${lasting}`;
    }
    case "wipe":
      return `${step.node} loses its disk${lasting}`;
    case "pause":
      return `${step.node} is paused${step.stopped ? ", its clock too," : ""}${lasting}`;
    case "cut":
      return `${step.flapMs > 0 ? "flapping " : ""}${step.shape}${lasting}: ${pairsInWords(step.pairs)}`;
    case "slow":
      return `links ${Math.round(step.factor)} times slower${lasting}: ${pairsInWords(step.pairs)}`;
    case "drift":
      return `${step.node}'s clock drifts by ${step.ppm} ppm${lasting}`;
    case "jump":
      return `${step.node}'s wall clock jumps by ${step.byMs} ms`;
    case "disk-full":
      return `${step.node}'s disk is full${lasting}`;
    case "sync-fails":
      return `${step.node}'s next sync fails; it is restarted after ${Math.round(step.forMs)} ms`;
    case "rot":
      return `a bit flips on ${step.node}'s disk; it is restarted after ${Math.round(step.forMs)} ms`;
  }
}

function pairsInWords(pairs: readonly Pair[]): string {
  const shown = pairs.slice(0, 12).map(([from, to]) => `${from}>${to}`);
  return shown.join(" ") + (pairs.length > 12 ? ` and ${pairs.length - 12} more` : "");
}
