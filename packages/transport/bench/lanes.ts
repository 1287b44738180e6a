import { performance } from "node:perf_hooks";
import type { Bench } from "@coterie/bench";
import type { NearRoad } from "./roads/road.ts";

const mib = 1024 ** 2;

/** Round trips in microseconds, one after another for as long as that is wanted, shortest first. */
async function pings(road: NearRoad, lane: "control" | "bulk", wanted: () => boolean): Promise<number[]> {
  const micros: number[] = [];
  while (wanted()) {
    const started = performance.now();
    await road.ping!(64, lane);
    micros.push((performance.now() - started) * 1_000);
  }
  return micros.sort((a, b) => a - b);
}

function report(bench: Bench, micros: readonly number[], what: string): void {
  for (const share of [0.5, 0.99])
    bench.report({
      case: `round trip, 64 B, p${share * 100}, ${what}`,
      unit: "us",
      better: "lower",
      ours: micros[Math.floor(micros.length * share)]!,
    });
}

/** What a ping takes on an idle link, and while the bulk lane reads a stream: beside it, and behind it on its lane. */
export async function lanes(bench: Bench, road: NearRoad, link: string, streamMib: number): Promise<void> {
  let left = 1_000;
  report(bench, await pings(road, "control", () => left-- > 0), `${link}, idle`);
  for (const lane of ["control", "bulk"] as const) {
    let streaming = true;
    const started = performance.now();
    const stream = road.stream!(streamMib * mib).then(() => {
      streaming = false;
      return (streamMib / (performance.now() - started)) * 1_000;
    });
    report(bench, await pings(road, lane, () => streaming), `${link}, ${lane} lane, beside a stream`);
    bench.report({
      case: `stream of ${streamMib} MiB, ${link}, with pings on the ${lane} lane`,
      unit: "MiB/s",
      better: "higher",
      ours: await stream,
    });
  }
}
