// How fast a simulated five-node Raft world runs: events a second on one core under load, and how long an idle virtual
// hour takes. No peers: nothing on npm runs a cluster in virtual time.
import type { Bench } from "@coterie/bench";
import { World } from "@coterie/simulation";
import { type Command, Registers } from "../simulation/registers.ts";
import { createRaft, type Raft } from "../src/index.ts";

export const peers: Readonly<Record<string, string>> = {};

type Member = Raft<Command, boolean, string, number | null>;

/** A calm world of five, with its leader elected. */
async function fiveNodes(seed: number): Promise<World<Member>> {
  const world = new World<Member>({
    seed,
    nodes: 5,
    start: (host, voters) =>
      createRaft<Command, boolean, string, number | null>(host, {
        group: "registers",
        voters,
        stateMachine: new Registers(),
        electionTimeoutMs: 500,
        heartbeatIntervalMs: 50,
      }),
  });
  const led = (): boolean => world.ids.some((id) => world.node(id)?.status().role === "leader");
  if (!(await world.until(led, 60_000))) throw new Error("no leader within a virtual minute");
  return world;
}

/** Seconds of processor time: on a shared machine the wall shows mostly the others. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** Clients at every node, each with one put after the other. Answers events per second of one core. */
async function underLoad(seed: number, clients: number, virtualMs: number): Promise<number> {
  const world = await fiveNodes(seed);
  let value = 0;
  const put = (node: Member): void => {
    node.propose({ key: "k1", value: value++ }).then(
      () => put(node),
      () => {},
    );
  };
  for (const id of world.ids)
    world.on(id, (node) => {
      for (let i = 0; i < clients; i++) put(node);
    });
  const events = world.events;
  const began = processorSeconds();
  await world.runFor(virtualMs);
  return (world.events - events) / (processorSeconds() - began);
}

async function idleHour(seed: number): Promise<number> {
  const world = await fiveNodes(seed);
  const began = performance.now();
  await world.runFor(3_600_000);
  return (performance.now() - began) / 1000;
}

export async function run(bench: Bench): Promise<void> {
  const quick = bench.args.includes("--quick");
  let seed = 1;
  bench.note(
    "wanted: 150,000 events/s on one core; an idle virtual hour in under 5 s (heartbeats every 50 ms)",
  );
  for (const clients of [1, 8])
    await bench.compare({
      case: `five nodes, ${clients * 5} clients`,
      unit: "events/s of one core",
      better: "higher",
      ours: () => underLoad(seed++, clients, quick ? 2_000 : 10_000),
      peers: {},
    });
  await bench.compare({
    case: "five nodes, idle, one virtual hour",
    unit: "s of wall time",
    better: "lower",
    ours: () => idleHour(seed++),
    peers: {},
    rounds: quick ? 1 : 3,
  });
}
