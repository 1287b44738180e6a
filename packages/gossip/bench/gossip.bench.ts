import { type Bench, opsPerSecond } from "@coterie/bench";
import { GossipCore } from "../src/core/core.ts";

export const peers: Readonly<Record<string, string>> = {};

/** One turn of the core: raised, on disk, confirmed by both peers. */
function turn(core: GossipCore, value: number): void {
  core.raise(value, 0);
  core.receive("b", { kind: { $case: "confirm", value } }, 0);
  core.receive("c", { kind: { $case: "confirm", value } }, 0);
  core.stored(value);
  core.drain();
}

export async function run(bench: Bench): Promise<void> {
  const core = new GossipCore({ peers: ["b", "c"], resendIntervalMs: 100, value: 0 });
  let value = 0;
  const ours = (): number =>
    opsPerSecond((n) => {
      for (let i = 0; i < n; i++) turn(core, ++value);
    });
  await bench.compare({ case: "core, 3 nodes", unit: "raises/s", better: "higher", ours, peers: {} });
}
