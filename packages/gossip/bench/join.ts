import type { Bench } from "@coterie/bench";
import { type MassJoin, massJoin } from "../simulation/mass-join.ts";
import type { Curve } from "./curves.ts";
import { draw } from "./draw.ts";

/** All must know all by then. */
const goalMs = 30_000;

/** Members that know nobody but the same three seeds, switched on at the same moment: the cores alone, virtual time. */
export function join(bench: Bench): void {
  const quick = bench.args.includes("short");
  const [sizes, largest] = quick ? [[30], 100] : [[10, 100, 1_000], 2_000];
  const curves: Curve[] = [];
  for (const count of [...sizes, largest]) {
    const seen = massJoin({ count, seeds: 3, seed: 1, untilMs: 2 * goalMs });
    reportOn(bench, `${count} members switched on at once`, seen);
    curves.push({ label: `${count} members`, colour: curves.length, points: points(seen) });
  }
  const lossy = massJoin({ count: largest / 2, seeds: 3, seed: 2, untilMs: 2 * goalMs, loss: 0.1 });
  reportOn(bench, `${largest / 2}, a tenth of all packets lost`, lossy);
  const title = "Share of all that a member knows, on average";
  draw(bench, "join", [{ title, xLabel: "seconds", yLabel: "share", curves }]);
}

function points({ curve }: MassJoin): (readonly [number, number])[] {
  return [[0, 0], ...curve.map(({ atMs, knownMean }) => [atMs / 1_000, knownMean] as const)];
}

function reportOn(bench: Bench, what: string, seen: MassJoin): void {
  const report = (name: string, unit: string, ours: number, goal?: number): void =>
    bench.report({
      case: `${what}: ${name}`,
      unit,
      better: "lower",
      ours,
      ...(goal !== undefined && { peers: { goal } }),
    });
  const { bytesMean, bytesMost } = seen.curve.at(-1)!;
  report("until all know all", "virtual s", (seen.completeMs ?? Number.NaN) / 1_000, goalMs / 1_000);
  report("sent by a member until then, on average", "KB", bytesMean / 1_000);
  report("sent by the busiest", "KB", bytesMost / 1_000);
  report("a seed's busiest second", "KB", seen.seedBytesPerSecond / 1_000);
  if (seen.failed > 0) bench.note(`${what}: ${seen.failed} times a member was called failed that was well`);
}
