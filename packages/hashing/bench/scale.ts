import type { Bench } from "@coterie/bench";
import {
  AnchorHash,
  type CellPlacement,
  HashRing,
  JumpHash,
  MAGLEV_LARGE,
  Maglev,
  MultiProbe,
  type Placement,
  Rendezvous,
  SkeletonRendezvous,
  shares,
} from "@coterie/hashing";
import asciichart from "asciichart";
import { elapsedMs, lookupsPerSecond, median, nodeIds } from "./measures.ts";

const sizes = [10, 32, 100, 316, 1000, 3162, 10_000];

const makers: Record<string, (ids: string[]) => Placement> = {
  ring: (ids) => new HashRing(ids),
  rendezvous: (ids) => new Rendezvous(ids),
  skeleton: (ids) => new SkeletonRendezvous(ids),
  jump: (ids) => new JumpHash(ids),
  "maglev, large table": (ids) => new Maglev(ids, { table: MAGLEV_LARGE }),
  "multi-probe": (ids) => new MultiProbe(ids),
  anchor: (ids) => new AnchorHash(ids, { capacity: 16_384 }),
};

/** What each strategy costs from 10 to 10,000 nodes: a row each, and a curve of the lookups. */
export function scale(bench: Bench): void {
  const curves = Object.entries(makers).map(([name, make]) => {
    const lookups = sizes.map((nodes) => measure(bench, name, nodes, make));
    return { name, logs: lookups.map((ns) => Math.log10(ns)) };
  });
  for (const { name, logs } of curves)
    bench.note(`${name}: a lookup from 10 to 10,000 nodes\n${curve(logs)}`);
}

/** Measures one strategy at one size; gives the nanoseconds of a lookup. */
function measure(bench: Bench, name: string, nodes: number, make: (ids: string[]) => Placement): number {
  const placement = make(nodeIds(nodes));
  const owner = (key: string): string => placement.owner(key);
  const count = name === "rendezvous" ? Math.min(200_000, Math.ceil(4_000_000 / nodes)) : 200_000;
  lookupsPerSecond(owner, count);
  const lookupNs = median([1, 2, 3].map(() => 1e9 / lookupsPerSecond(owner, count)));
  const addMs = median(
    Array.from({ length: 7 }, (_, i) => {
      // The first lookup after a change pays for what a strategy puts off.
      const ms = elapsedMs(() => {
        placement.add(`guest-${i}`);
        placement.owner("any");
      });
      placement.remove(`guest-${i}`);
      return ms;
    }),
  );
  const report = (what: string, unit: string, ours: number): void =>
    bench.report({ case: `${name}, ${nodes} nodes: ${what}`, unit, better: "lower", ours });
  report("lookup", "ns", lookupNs);
  report("add", "ms", addMs);
  if ("cells" in placement) {
    const largest = Math.max(...shares(placement as CellPlacement).values());
    report("largest share / mean", "", largest * nodes);
  }
  return lookupNs;
}

/** Seven points, drawn out so that a line can be seen between them. */
function curve(logs: readonly number[]): string {
  const wide = logs.flatMap((log, i) => {
    const next = logs[i + 1] ?? log;
    return Array.from(
      { length: i + 1 < logs.length ? 10 : 1 },
      (_, step) => log + ((next - log) * step) / 10,
    );
  });
  const format = (log: number): string => `${Math.round(10 ** log)} ns`.padStart(10);
  return asciichart.plot(wide, { height: 5, min: 1, max: 5, format });
}
