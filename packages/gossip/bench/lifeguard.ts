import type { Bench } from "@coterie/bench";
import { Members } from "../simulation/members.ts";
import type { MembershipSettings } from "../src/membership/options.ts";
import { populate } from "./detection.ts";
import { draw } from "./draw.ts";

/** What makes plain SWIM out of ours: no local health, suspicions of one length, nobody told what is held against it. */
const plain: Partial<MembershipSettings> = { awarenessMax: 1, suspicionMaxTimeoutMult: 1, buddy: false };

const size = 100;
const victimCount = 5;
/** Slow members are cut off from the network, though they run on, for so long at a time, with a pause between. */
const blockedMs = 16_384;
const freeMs = 1_024;

/** What the slow members did to the healthy ones. */
interface Harm {
  /** Times that a healthy member was called failed, by anybody. */
  readonly falsePositives: number;
  /** The same, by healthy members alone. */
  readonly atHealthy: number;
  /** From a true failure to its first report by a healthy member, and to the last: medians over some failures. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Lifeguard's experiment (§V): some members of a hundred are slow; how often are healthy ones taken for dead? */
export async function lifeguard(bench: Bench): Promise<void> {
  const slow = bench.args.includes("short") ? [1, 8, 32] : [1, 2, 4, 8, 16, 32];
  const runs = bench.args.includes("short") ? 1 : 4;
  const seen: [count: number, ours: number, plain: number][] = [];
  const sum = { ours: 0, plain: 0, oursAtHealthy: 0, plainAtHealthy: 0 };
  for (const count of slow) {
    const ours = measure(count, {}, runs);
    const peer = measure(count, plain, runs);
    const name = `${count} slow of ${size}`;
    const row = (what: string, unit: string, a: number, b: number): void =>
      bench.report({ case: `${name}: ${what}`, unit, better: "lower", ours: a, peers: { "plain SWIM": b } });
    row("false positives", "reports/min", ours.falsePositives, peer.falsePositives);
    row("false positives at healthy members", "reports/min", ours.atHealthy, peer.atHealthy);
    row("a true failure is first reported after", "ms", ours.firstMs, peer.firstMs);
    row("and last after", "ms", ours.lastMs, peer.lastMs);
    seen.push([count, ours.atHealthy, peer.atHealthy]);
    sum.ours += ours.falsePositives;
    sum.plain += peer.falsePositives;
    sum.oursAtHealthy += ours.atHealthy;
    sum.plainAtHealthy += peer.atHealthy;
  }
  const all = (what: string, a: number, b: number): void =>
    bench.report({
      case: `1 to 32 slow of ${size}: ${what}`,
      unit: "reports/min",
      better: "lower",
      ours: a,
      peers: { "plain SWIM": b },
      target: 50,
    });
  all("false positives", sum.ours, sum.plain);
  all("false positives at healthy members", sum.oursAtHealthy, sum.plainAtHealthy);
  bench.note(
    "where plain SWIM reports a failure within a second, its slow members had just accused that one too",
  );
  const most = Math.max(...seen.map(([, , reports]) => reports));
  const points = (which: 1 | 2): [number, number][] => seen.map((one) => [one[0], one[which] / most]);
  draw(bench, "lifeguard", [
    {
      title: `False positives at healthy members, of ${Math.round(most)} a minute`,
      xLabel: `slow members of ${size}`,
      yLabel: "share",
      logFrom: 1e-5,
      curves: [
        { label: "Lifeguard", colour: 0, points: points(1) },
        { label: "plain SWIM", colour: 1, points: points(2) },
      ],
    },
  ]);
}

function measure(slowCount: number, settings: Partial<MembershipSettings>, runs: number): Harm {
  const sum = { falsePositives: 0, atHealthy: 0, firstMs: 0, lastMs: 0 };
  for (let run = 0; run < runs; run++) {
    const harm = once(slowCount, settings, run);
    for (const name of Object.keys(sum) as (keyof Harm)[]) sum[name] += harm[name] / runs;
  }
  return sum;
}

function once(slowCount: number, settings: Partial<MembershipSettings>, run: number): Harm {
  const cluster = new Members({ seed: `${slowCount}/${run}`, settings });
  const ids = populate(cluster, size);
  const slow = new Set(ids.slice(0, slowCount));
  const healthy = new Set(ids.slice(slowCount));
  const { cores } = cluster;
  cores.run(5_000);
  const cycle = (id: string): void => {
    cores.block(id, blockedMs);
    cores.at(cores.now + blockedMs + freeMs, () => cycle(id));
  };
  for (const id of slow) cycle(id);
  cluster.told.length = 0;
  const measuredMs = 120_000;
  cores.run(cores.now + measuredMs);
  const wrong = cluster.told.filter(({ change, about }) => change === "failed" && healthy.has(about));
  const perMinute = 60_000 / measuredMs;
  // Then some fail in earnest.
  const victims = ids.slice(-victimCount);
  for (const victim of victims) cores.stop(victim);
  const failedAt = cores.now;
  cores.run(failedAt + 120_000);
  for (const victim of victims) healthy.delete(victim);
  const reports = victims.map((victim) =>
    cluster.told.filter(
      ({ at, by, change, about }) =>
        at > failedAt && change === "failed" && about === victim && healthy.has(by),
    ),
  );
  return {
    falsePositives: wrong.length * perMinute,
    atHealthy: wrong.filter(({ by }) => healthy.has(by)).length * perMinute,
    firstMs: median(reports.map((all) => Math.min(...all.map(({ at }) => at - failedAt)))),
    lastMs: median(reports.map((all) => Math.max(...all.map(({ at }) => at - failedAt)))),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
