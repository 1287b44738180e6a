// Thousands of members on simulated hosts, in a process of its own: its memory is measured, and may be large.
import { World } from "@coterie/simulation";
import { createMembership, type Membership } from "../src/index.ts";

/** What it came to. */
export interface WholeStack {
  /** Virtual time until all knew all; undefined when they did not in two minutes. */
  readonly joinedMs: number | undefined;
  readonly joinWallMs: number;
  /** Wall time of a virtual second, while all watch and one fails. */
  readonly wallPerSecond: number;
  /** How many of the others call the one that crashed failed. */
  readonly noticed: number;
  readonly rssBytes: number;
}

const steadyMs = 20_000;

async function run(count: number): Promise<WholeStack> {
  const started = performance.now();
  const world = new World<Membership>({
    seed: 1,
    nodes: count,
    // One node is the seed of all, and all are switched on at once.
    start: (host) => createMembership(host, { seeds: ["sim://n1"] }),
  });
  const size = (id: string): number | undefined => world.node(id)?.metrics().members;
  const isComplete = (): boolean => world.ids.every((id) => size(id) === count);
  while (!isComplete() && world.now < 120_000) await world.runFor(1_000);
  const joinedMs = isComplete() ? world.now : undefined;
  // Until the news of all the joins are told, there is more to do than watching.
  const isQuiet = (): boolean => world.ids.every((id) => world.node(id)?.metrics().news_waiting === 0);
  while (!isQuiet() && world.now < 300_000) await world.runFor(1_000);
  const quiet = performance.now();
  world.crash("n2");
  await world.runFor(steadyMs);
  const wallPerSecond = (performance.now() - quiet) / steadyMs;
  const noticed = world.ids.filter((id) => world.node(id)?.member("n2")?.state === "failed").length;
  const { rss } = process.memoryUsage();
  return { joinedMs, joinWallMs: quiet - started, wallPerSecond, noticed, rssBytes: rss };
}

process.send?.(await run(Number(process.argv[2])));
process.disconnect?.();
