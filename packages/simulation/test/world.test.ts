import test from "ava";
import { World } from "../src/index.ts";
import { startRegister } from "./primary.ts";

const world = (options: Partial<ConstructorParameters<typeof World>[0]> = {}) =>
  new World({ seed: 1, nodes: 3, start: startRegister, ...options } as ConstructorParameters<
    typeof World<Awaited<ReturnType<typeof startRegister>>>
  >[0]);

test("a cluster runs in virtual time, and equal seeds give equal worlds", async (t) => {
  const runs = await Promise.all(
    [1, 1, 2].map(async (seed) => {
      const w = world({ seed, network: { loss: 0.2, duplicate: 0.1, reorder: 0.2 } });
      await w.run(10);
      for (let i = 1; i <= 20; i++) {
        let done = false;
        w.on("n1", (node) => void node.write(i).then(() => (done = true)));
        t.true(await w.until(() => done, 60_000));
      }
      for (const id of w.ids) t.is(w.node(id)!.stored.value, 20);
      return w.digest;
    }),
  );
  t.is(runs[0], runs[1]);
  t.not(runs[0], runs[2]);
});

test("ambient time and chance throw inside the world and work outside", async (t) => {
  const uses: Record<string, () => unknown> = {
    "Date.now": () => Date.now(),
    "new Date()": () => new Date(),
    "performance.now": () => performance.now(),
    setTimeout: () => setTimeout(() => {}, 1),
    setInterval: () => setInterval(() => {}, 1),
    setImmediate: () => setImmediate(() => {}),
    "Math.random": () => Math.random(),
    "crypto.randomUUID": () => crypto.randomUUID(),
    "crypto.getRandomValues": () => crypto.getRandomValues(new Uint8Array(1)),
    "AbortSignal.timeout": () => AbortSignal.timeout(1),
    "process.hrtime": () => process.hrtime(),
  };
  const thrown: string[] = [];
  const w = new World({
    seed: 1,
    nodes: 1,
    start: async () => {
      await null;
      for (const [name, use] of Object.entries(uses)) {
        try {
          use();
        } catch (error) {
          if ((error as { code: string }).code === "AMBIENT_USE") thrown.push(name);
        }
      }
      t.is(new Date(5).getTime(), 5);
      t.true(new Date(5) instanceof Date);
      return {};
    },
  });
  await w.run(1);
  t.deepEqual(thrown, Object.keys(uses));
  t.true(Date.now() > 0 && new Date() > new Date(0) && performance.now() > 0 && Math.random() >= 0);
  await new Promise((resolve) => setTimeout(resolve, 0));
});

test("every microtask of an event runs before the next event", async (t) => {
  const order: string[] = [];
  const w = new World({
    seed: 1,
    nodes: 1,
    start: (host) => {
      for (let i = 0; i < 3; i++)
        host.clock.wake(host.clock.now() + i, async () => {
          order.push(`event ${i}`);
          for (let hop = 0; hop < 50; hop++) await null;
          order.push(`end ${i}`);
        });
      return {};
    },
  });
  await w.run(10);
  t.deepEqual(order, ["event 0", "end 0", "event 1", "end 1", "event 2", "end 2"]);
});
