import type { NodeId, Random } from "@coterie/host";
import { seededRandom } from "@coterie/host";
import { calmDisk, type DiskModel } from "../disk/platter.ts";
import { WorldOptionsError } from "../errors.ts";
import { calmNetwork, type NetworkModel } from "../network/network.ts";
import type { Settings, Suite } from "../suite.ts";
import { happens, pick, shuffle } from "../time/chance.ts";
import { namesOf } from "../world/world.ts";
import { drawCut } from "./cuts.ts";
import { type Fault, type FaultKind, faultKinds, type Plan, type Step } from "./plan.ts";

/** Kinds that only suites which name them get. */
const onlyWhenNamed: readonly FaultKind[] = ["rot", "wipe"];

/**
 * Draws a plan from a seed. Swarm style (Groce et al., "Swarm testing", 2012): each seed draws its own mix of kinds
 * of faults and how severe each is, because a world in which everything fails all the time never gets anywhere, and
 * some failures need the absence of others. Throws `WorldOptionsError` for faults that there are not.
 */
export function drawPlan<Node, Call>(suite: Suite<Node, Call>, seed: number): Plan<Call> {
  const random = seededRandom(seed).fork("plan");
  const count = typeof suite.nodes === "number" ? suite.nodes : pick(random.fork("nodes"), suite.nodes);
  const mix = drawMix(suite, random.fork("mix"));
  const durationMs = suite.durationMs ?? 20_000;
  const nodes = namesOf(count);
  const steps = [
    ...drawCalls(suite, nodes, durationMs, random.fork("calls")),
    ...drawFaults(mix, nodes, suite, random.fork("faults")),
  ].sort((a, b) => a.atMs - b.atMs);
  return {
    format: "coterie-plan/1",
    suite: suite.name,
    seed,
    nodes: count,
    ...(suite.settings ? { settings: drawSettings(suite.settings, random.fork("settings")) } : {}),
    network: drawNetwork(mix, random.fork("network")),
    ...(mix.has("delay") ? { spread: pick(random.fork("spread"), [1, 1, 4, 20]) } : {}),
    disk: drawDisk(mix, random.fork("disk")),
    durationMs,
    livenessMs: suite.livenessMs ?? 30_000,
    steps,
  };
}

function drawSettings(choices: NonNullable<Suite<never>["settings"]>, random: Random): Settings {
  return Object.fromEntries(
    Object.entries(choices).map(([name, values]) => [name, pick(random.fork(name), values)]),
  );
}

function drawMix<Node, Call>(suite: Suite<Node, Call>, random: Random): ReadonlySet<FaultKind> {
  const offered = faultsOf(suite);
  if (offered.length === 0) return new Set();
  // One seed in four tries few things thoroughly; the others a half of everything.
  const chance = random.float() < 0.25 ? 0.2 : 0.5;
  const mix = offered.filter(() => random.float() < chance);
  return new Set(mix.length > 0 ? mix : [pick(random, offered)]);
}

/** A fault that nobody knows would be a world in which less goes wrong than its suite says. */
function faultsOf<Node, Call>({ faults = "everything" }: Suite<Node, Call>): readonly FaultKind[] {
  if (faults === "nothing") return [];
  if (faults === "everything") return faultKinds.filter((kind) => !onlyWhenNamed.includes(kind));
  const unknown = Array.isArray(faults) ? faults.filter((kind) => !faultKinds.includes(kind)) : [faults];
  if (unknown.length === 0) return faults;
  throw new WorldOptionsError(
    `faults names ${unknown.map((kind) => `${JSON.stringify(kind)}`).join(", ")}: it is "everything", "nothing", or a list of ${faultKinds.join(", ")}.`,
  );
}

/** A number from 0 to `max`, small ones more often. */
function severity(random: Random, max: number): number {
  return Math.round(random.float() ** 2 * max * 1000) / 1000;
}

function drawNetwork(mix: ReadonlySet<FaultKind>, random: Random): NetworkModel {
  const meanMs = mix.has("delay") ? pick(random, [1, 5, 20, 50]) : calmNetwork.delay.meanMs;
  return {
    delay: { minMs: calmNetwork.delay.minMs, meanMs },
    loss: mix.has("loss") ? severity(random, 0.3) : 0,
    duplicate: mix.has("duplicate") ? severity(random, 0.5) : 0,
    reorder: mix.has("reorder") ? severity(random, 0.5) : 0,
    bytesPerMs: mix.has("bandwidth") ? pick(random, [10, 100, 1000]) : 0,
    linkBytesMax: mix.has("bandwidth")
      ? pick(random, [4 << 10, 64 << 10, 1 << 20])
      : calmNetwork.linkBytesMax,
  };
}

function drawDisk(mix: ReadonlySet<FaultKind>, random: Random): DiskModel {
  if (!mix.has("disk-slow")) return calmDisk;
  return {
    ...calmDisk,
    read: { minMs: 0.02, meanMs: pick(random, [0.03, 0.5, 5, 20]) },
    write: { minMs: 0.01, meanMs: pick(random, [0.02, 0.5, 2]) },
    sync: { minMs: 0.2, meanMs: pick(random, [1, 5, 20, 100]) },
  };
}

function drawCalls<Node, Call>(
  suite: Suite<Node, Call>,
  nodes: readonly NodeId[],
  durationMs: number,
  random: Random,
): Step<Call>[] {
  const clients = random.between(1, 6);
  const times = Array.from({ length: suite.calls ?? 200 }, () => random.float() * durationMs);
  return times
    .sort((a, b) => a - b)
    .map((time, index) => {
      const client = random.between(1, clients);
      const atMs = Math.round(time * 10) / 10;
      const call = suite.workload.draw(random, { client, index });
      return { do: "call", atMs, client, node: pick(random, nodes), call };
    });
}

/** How often each kind of step comes in a world that has it, at most. */
const often: Readonly<Partial<Record<FaultKind, number>>> = {
  partition: 14,
  slow: 6,
  crash: 20,
  coup: 6,
  pause: 10,
  freeze: 6,
  clock: 6,
  "disk-full": 2,
  "sync-fails": 4,
};

function drawFaults<Node, Call>(
  mix: ReadonlySet<FaultKind>,
  nodes: readonly NodeId[],
  { durationMs = 20_000, intensity = 1, isChief }: Suite<Node, Call>,
  random: Random,
): Fault[] {
  const steps: Fault[] = [];
  for (const kind of mix) {
    const own = random.fork(kind);
    const times = Math.ceil(own.between(1, often[kind] ?? 1) * intensity);
    for (let i = 0; i < times; i++) {
      const atMs = Math.round(own.float() * durationMs * 0.95);
      const order = shuffle(own, nodes);
      const drawn = drawFault(kind, atMs, order, own);
      steps.push(...(isChief ? drawn.map((step) => aim(step, order[0]!, own)) : drawn));
    }
  }
  return steps;
}

/** Every other fault is for the chief, where there may be one. */
function aim(step: Fault, first: NodeId, random: Random): Fault {
  if (!("node" in step || "pairs" in step)) return step;
  const chief = "node" in step ? step.node : first;
  return happens(random, 0.5) ? { ...step, chief } : step;
}

/** Short, or long enough for timeouts to pass, or long enough for others to get far ahead. */
function lasting(random: Random): number {
  const form = random.float();
  if (form < 0.4) return random.between(10, 500);
  return form < 0.85 ? random.between(500, 3_000) : random.between(3_000, 10_000);
}

function drawFault(
  kind: FaultKind,
  atMs: number,
  nodes: readonly NodeId[],
  random: Random,
): readonly Fault[] {
  const node = nodes[0]!;
  const forMs = lasting(random);
  switch (kind) {
    case "crash":
      return drawCrash(atMs, forMs, nodes, random);
    case "coup":
      return [drawCoups(atMs, random)];
    case "pause":
      return [{ do: "pause", atMs, forMs, node, stopped: false }];
    case "freeze":
      return [{ do: "pause", atMs, forMs, node, stopped: true }];
    case "partition":
      return nodes.length > 1 ? [drawCut(atMs, forMs, nodes, random)] : [];
    case "slow":
      if (nodes.length === 1) return [];
      return [{ ...drawCut(atMs, forMs, nodes, random), do: "slow", factor: random.between(5, 200) }];
    case "clock":
      return happens(random, 0.5)
        ? [{ do: "jump", atMs, node, byMs: random.between(-100_000, 100_000) }]
        : [{ do: "drift", atMs, forMs, node, ppm: random.between(-50_000, 50_000) }];
    case "disk-full":
    case "sync-fails":
      return [{ do: kind, atMs, forMs, node }];
    // A minority at most, and always the same one: the last nodes by name.
    case "rot":
    case "wipe":
      if (nodes.length < 3) return [];
      return [
        {
          do: kind,
          atMs,
          forMs,
          node: `n${nodes.length - random.between(0, ((nodes.length - 1) >> 1) - 1)}`,
        },
      ];
    default:
      return [];
  }
}

/**
 * Short reigns: what a chief has begun and told nobody, or only a few, is what its successors stumble over (figure 8 of
 * the Raft paper).
 */
function drawCoups(atMs: number, random: Random): Fault {
  return {
    do: "coups",
    atMs,
    forMs: random.between(500, 5_000),
    how: pick(random, ["cut", "cut", "pause", "process", "power"] as const),
    reignMs: pick(random, [1, 5, 20, 100, 500]),
    outMs: pick(random, [50, 200, 1_000, 3_000]),
  };
}

/** Exactly at the point, or a moment later: when what it said is out, but what should stand behind it may not be. */
function after(random: Random): number {
  return random.float() < 0.5 ? 0 : random.between(1, 16) / 8;
}

function drawCrash(atMs: number, forMs: number, nodes: readonly NodeId[], random: Random): readonly Fault[] {
  const kind = random.float() < 0.5 ? "power" : "process";
  const form = random.float();
  const node = nodes[0]!;
  if (form < 0.15) return [{ do: "blackout", atMs, forMs, kind }];
  if (form < 0.5)
    return [{ do: "crash-at", atMs, forMs, node, nth: random.between(1, 30), afterMs: after(random), kind }];
  if (form < 0.75) return [{ do: "crash", atMs, forMs, node, kind }];
  // A burst: several nodes crash at points close to each other and are back at once, so that what they had promised
  // a moment before is put to the test while it still matters.
  return Array.from({ length: random.between(2, 8) }, () => ({
    do: "crash-at",
    atMs: atMs + random.between(0, 1_500),
    forMs: random.between(5, 200),
    node: pick(random, nodes),
    nth: random.between(1, 8),
    afterMs: after(random),
    kind,
  }));
}
