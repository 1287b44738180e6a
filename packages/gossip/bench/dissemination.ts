import type { Bench } from "@coterie/bench";
import { measureConvergence, periodMs } from "./convergence.ts";
import type { Curve } from "./curves.ts";
import { countResurrections } from "./deletes.ts";
import { draw } from "./draw.ts";
import { type Mode, modes, nextShare, roundsInTheory, spreadByAntiEntropy } from "./ignorance.ts";
import { measureResidue } from "./residue.ts";
import { mean } from "./rounds.ts";

const nodes = 10_000;
const sizes = [10, 100, 1_000, 10_000];

/** How news spreads, beside what the papers say. Virtual rounds: figures depend on seeds alone, not on the machine. */
export async function dissemination(bench: Bench): Promise<void> {
  const short = bench.args.includes("short");
  const panels = [
    { title: "Rumors: feedback and coin", ...residue(bench, short ? 3 : 30) },
    { title: "Anti-entropy", ...antiEntropy(bench, short ? 1 : 5) },
    { title: "One update, fanout 3 every 200 ms", ...convergence(bench, short ? 3 : 15) },
  ];
  draw(bench, "dissemination", panels);
  await deletes(bench, short ? 30 : 1_000);
}

function residue(bench: Bench, runs: number) {
  const curves: Curve[] = [];
  for (let k = 1; k <= 7; k++) {
    // Where a handful is left, chance weighs more.
    const ran = k < 5 ? runs : 4 * runs;
    const { seen, standardError, expected, curve } = measureResidue(nodes, k, ran);
    const deviations = (seen - expected) / standardError;
    bench.note(
      `residue, k = ${k}: ${seen.toFixed(1)} ± ${standardError.toFixed(1)} of ${nodes} not reached in ${ran} runs, expected ${expected.toFixed(1)} (${deviations.toFixed(1)} standard errors)`,
    );
    bench.report({
      case: `rumors with feedback and coin, k = ${k}: not reached of ${nodes}`,
      unit: "nodes",
      better: "lower",
      ours: seen,
      peers: { expected },
    });
    curves.push({
      label: `k = ${k}`,
      colour: k - 1,
      points: curve.map((share, round) => [round + 1, share]),
    });
    const s = expected / nodes;
    curves.push({
      label: "",
      colour: k - 1,
      theory: true,
      points: [
        [curve.length * 0.6, s],
        [curve.length, s],
      ],
    });
  }
  return { xLabel: "round", yLabel: "share of ignorant nodes", logFrom: 1e-4, curves };
}

function antiEntropy(bench: Bench, runs: number) {
  const curves: Curve[] = [];
  for (const [colour, mode] of modes.entries()) {
    const all = Array.from({ length: runs }, (_, run) => spreadByAntiEntropy(mode, nodes, run + 1));
    reportRounds(bench, mode, all);
    const theory = [1 - 1 / nodes];
    while (theory.at(-1)! * nodes >= 0.5) theory.push(nextShare(mode, theory.at(-1)!));
    curves.push({ label: mode, colour, points: all[0]!.map((share, round) => [round, share]) });
    curves.push({ label: "", colour, theory: true, points: theory.map((share, round) => [round, share]) });
  }
  for (const mode of modes)
    for (const size of sizes) {
      const rounds = Array.from(
        { length: size < nodes ? 4 * runs : runs },
        (_, run) => spreadByAntiEntropy(mode, size, run + 100).length - 1,
      );
      bench.report({
        case: `anti-entropy, ${mode}: rounds to all of ${size}`,
        unit: "rounds",
        better: "lower",
        ours: mean(rounds),
        peers: { expected: roundsInTheory(mode, size) },
      });
    }
  return { xLabel: "round", yLabel: "share of ignorant nodes", logFrom: 1e-4, curves };
}

/** What each round leaves, against what it should leave of what it found. */
function reportRounds(bench: Bench, mode: Mode, runs: readonly (readonly number[])[]): void {
  const rounds = Math.max(...runs.map((shares) => shares.length));
  for (let round = 1; round < rounds; round++) {
    const found = runs.map((shares) => shares[round - 1] ?? 0);
    // Before, nearly everybody is ignorant in any case; later, chance alone decides about a handful.
    if (mean(found) > 0.95 || mean(found) * nodes < 50) continue;
    bench.report({
      case: `anti-entropy, ${mode}: ignorant of ${nodes} after round ${round}`,
      unit: "nodes",
      better: "lower",
      ours: mean(runs.map((shares) => shares[round] ?? 0)) * nodes,
      peers: { expected: mean(found.map((p) => nextShare(mode, p))) * nodes },
    });
  }
}

function convergence(bench: Bench, runs: number) {
  const curves = [30, 100, 1_000, 10_000].map((size, colour): Curve => {
    const { seen, expected, messagesPerNode, curve } = measureConvergence(size, runs);
    bench.note(`convergence, ${size} nodes: ${messagesPerNode.toFixed(1)} messages a node in all`);
    bench.report({
      case: `one update, fanout 3 every 200 ms: 99.99 % of ${size}`,
      unit: "s",
      better: "lower",
      ours: seen,
      peers: { expected },
    });
    const points = curve.map((share, round): readonly [number, number] => [
      ((round + 1) * periodMs) / 1000,
      share,
    ]);
    return { label: `${size} nodes`, colour, points: [[0, 0], ...points] };
  });
  return { xLabel: "seconds", yLabel: "share of nodes that know", curves };
}

async function deletes(bench: Bench, worlds: number): Promise<void> {
  const failed = await countResurrections(worlds);
  if (failed.length > 0) bench.note(`deleted values came back in worlds ${failed.join(", ")}`);
  bench.report({
    case: `deletes: worlds of ${worlds} in which a value came back (expected: 0)`,
    unit: "worlds",
    better: "lower",
    ours: failed.length,
  });
}
