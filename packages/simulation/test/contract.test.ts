import type { Host } from "@coterie/host";
import { diskContract } from "@coterie/storage/contract";
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

for (const { name, run } of diskContract)
  test(`disk: ${name}`, async (t) => {
    let outcome: "passed" | Error | undefined;
    const world = new World({
      seed: 1,
      nodes: 1,
      start: (host) => {
        run(host.disk).then(
          () => {
            outcome = "passed";
          },
          (error: Error) => {
            outcome = error;
          },
        );
        return {};
      },
    });
    await world.until(() => outcome !== undefined, 60_000);
    if (outcome instanceof Error) throw outcome;
    t.is(outcome, "passed");
  });
