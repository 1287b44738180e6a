import type { Host } from "@coterie/host";
import { transportContract } from "@coterie/transport/contract";
import test from "ava";
import { World } from "../src/index.ts";

/** A calm world whose nodes are bare hosts; an id that is asked for again gets a new life. */
function calmRoad() {
  const world = new World<Host>({ seed: 1, nodes: ["a", "b"], start: (host) => host });
  const used = new Set<string>();
  return {
    async transport(id: string) {
      if (used.has(id)) {
        world.crash(id, "process");
        world.start(id);
      }
      used.add(id);
      return world.host(id)!.transport;
    },
    pass: (ms: number) => world.runFor(ms),
    close: async () => {},
  };
}

for (const { name, run } of transportContract)
  test(`transport: ${name}`, async (t) => {
    await t.notThrowsAsync(run(async () => calmRoad()));
  });
