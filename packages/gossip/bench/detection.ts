import type { Bench } from "@coterie/bench";
import { Members } from "../simulation/members.ts";
import { State } from "../src/gen/membership.ts";
import { isBulk } from "../src/membership/comparison.ts";
import type { Curve } from "./curves.ts";
import { draw } from "./draw.ts";
import { mean } from "./rounds.ts";

/** What SWIM §5 expects for the first detection, in protocol periods, whatever the number of members. */
const expected: number = Math.E / (Math.E - 1);

interface Detection {
  /** For each failure: periods until some member first watched it, the one it was watched in among them. */
  readonly periods: readonly number[];
  /** Protocol periods until somebody suspected it. */
  readonly suspectedAfter: number;
  /** Messages that a member sent in a period, before anything failed. */
  readonly messages: number;
}

/**
 * How long a failure goes unnoticed, and what watching costs each member, at some sizes: theory says that neither
 * depends on the size.
 */
export async function detection(bench: Bench): Promise<void> {
  const quick = bench.args.includes("short");
  const sizes = quick
    ? [
        [10, 200],
        [100, 100],
      ]
    : [
        [10, 1_000],
        [100, 500],
        [2_000, 300],
      ];
  const curves: Curve[] = [];
  for (const [size, failures] of sizes as [number, number][]) {
    const { periods, suspectedAfter, messages } = measure(size, failures);
    curves.push({ label: `${size} members`, colour: curves.length, points: shareWithin(periods) });
    const peers = { theory: expected };
    const name = `SWIM, ${size} members: mean first detection`;
    bench.report({ case: name, unit: "periods", better: "lower", ours: mean(periods), peers });
    bench.report({
      case: `SWIM, ${size} members: from the failure to the first suspicion`,
      unit: "periods",
      better: "lower",
      ours: suspectedAfter,
    });
    bench.report({
      case: `SWIM, ${size} members: load of a member`,
      unit: "messages/period",
      better: "lower",
      ours: messages,
      peers: { "theory (a ping and an ack)": 2 },
    });
  }
  const inTheory = Array.from({ length: 8 }, (_, k) => [k, 1 - Math.exp(-k)] as const);
  curves.push({ label: "1 - e^-k", colour: curves.length, theory: true, points: inTheory });
  const title = "Failures that somebody has noticed";
  draw(bench, "detection", [{ title, xLabel: "protocol periods", yLabel: "share", curves }]);
}

/** Which share of them had been noticed after each number of periods. */
function shareWithin(periods: readonly number[]): [number, number][] {
  return Array.from({ length: 8 }, (_, k) => [k, periods.filter((one) => one <= k).length / periods.length]);
}

function measure(size: number, failures: number): Detection {
  const periodMs = 1_000;
  // What is watched is counted where it is sent.
  let victim = "";
  let failedAt = 0;
  let watchedAt = Number.POSITIVE_INFINITY;
  let suspectedAt = Number.POSITIVE_INFINITY;
  let watching = 0;
  const cluster = new Members({
    seed: size,
    // Comparisons and healing are no part of what the theory speaks of: they are few, and not counted.
    settings: { probeIntervalMs: periodMs, syncIntervalMs: 1e9, healIntervalMs: 1e9 },
    told: ({ at, change, about }) => {
      if (about === victim && change === "suspected") suspectedAt = Math.min(suspectedAt, at);
    },
    sent: (_, to, message, now) => {
      if (message.kind?.$case !== "digest" && !isBulk(message.kind)) watching++;
      if (to === victim && now > failedAt && message.kind?.$case === "ping")
        watchedAt = Math.min(watchedAt, now);
    },
  });
  const ids = populate(cluster, size);
  cluster.cores.run(cluster.cores.now + 10 * periodMs);
  const before = watching;
  cluster.cores.run(cluster.cores.now + 10 * periodMs);
  const messages = (watching - before) / size / 10;
  const periods: number[] = [];
  let suspectedAfter = 0;
  for (let i = 0; i < failures; i++) {
    victim = ids[1 + (i % (size - 1))]!;
    // Not all at the same moment of somebody's period.
    cluster.cores.run(cluster.cores.now + 3 * periodMs * cluster.cores.random.float());
    failedAt = cluster.cores.now;
    watchedAt = Number.POSITIVE_INFINITY;
    suspectedAt = Number.POSITIVE_INFINITY;
    cluster.cores.stop(victim);
    cluster.cores.until(() => suspectedAt < Number.POSITIVE_INFINITY, 100 * periodMs);
    periods.push(Math.ceil((watchedAt - failedAt) / periodMs));
    suspectedAfter += (suspectedAt - failedAt) / periodMs;
    // It comes back before anybody calls it dead, and contradicts.
    restart(cluster, victim, ids[0]!);
  }
  return { periods, suspectedAfter: suspectedAfter / failures, messages };
}

/** Members that know each other from the start: how they find each other is not what is measured. */
export function populate(cluster: Members, size: number): readonly string[] {
  const ids = Array.from({ length: size }, (_, i) => `n${i + 1}`);
  for (const id of ids) cluster.start(id);
  const records = ids.map((id) => cluster.core(id).roster.own);
  for (const id of ids) {
    const core = cluster.core(id);
    for (const record of records)
      if (record.id !== id) core.roster.learn(record, record.id, "comparison", cluster.cores.now);
    while (core.roster.news.size > 0) core.roster.news.take(1e9, 1);
    core.drain();
    cluster.cores.touch(id);
  }
  return ids;
}

/** A new life that everybody knows of: the last one's suspicion ends with it. */
function restart(cluster: Members, id: string, teacher: string): void {
  cluster.start(id, []);
  const core = cluster.core(id);
  const { now } = cluster.cores;
  for (const { record } of cluster.core(teacher).roster.members.values())
    if (record.id !== id)
      core.roster.learn({ ...record, state: State.ALIVE, accuser: "" }, record.id, "comparison", now);
  core.roster.learn(cluster.core(teacher).roster.own, teacher, "comparison", now);
  core.drain();
  const { own } = core.roster;
  for (const other of cluster.cores.ids)
    if (other !== id) {
      cluster.core(other).roster.learn(own, id, "comparison", now);
      drainNews(cluster, other);
    }
  drainNews(cluster, id);
}

function drainNews(cluster: Members, id: string): void {
  const { news } = cluster.core(id).roster;
  while (news.size > 0) news.take(1e9, 1);
  cluster.cores.touch(id);
}
