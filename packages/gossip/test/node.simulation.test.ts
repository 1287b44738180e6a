import { simulate, World } from "@coterie/simulation";
import test from "ava";
import { suite } from "../simulation/gossip.suite.ts";
import { createGossip, type Gossip } from "../src/index.ts";

const world = (seed: number, network = {}) =>
  new World<Gossip>({ seed, nodes: 3, start: (host, nodes) => createGossip(host, { nodes }), network });

test("a number raised on one node reaches every disk, over a network that loses, repeats and reorders", async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const w = world(seed, { loss: 0.3, duplicate: 0.2, reorder: 0.3 });
    await w.run(10);
    let done = false;
    w.on("n1", (node) => void node.raise(7).then(() => (done = true)));
    t.true(await w.until(() => done, 60_000), `seed ${seed}`);
    for (const id of w.ids) w.crash(id);
    for (const id of w.ids) w.start(id);
    await w.runFor(10_000);
    for (const id of w.ids) t.is(w.node(id)?.value, 7, `seed ${seed}, ${id}`);
    t.deepEqual(w.failures, []);
  }
});

test("what was said to be everywhere survives a crash at any point", async (t) => {
  for (let nth = 1; nth <= 10; nth++) {
    const w = world(nth);
    await w.run(10);
    w.crashAt("n2", undefined, nth, () => w.at(w.now + 500, () => w.start("n2")));
    let done = false;
    w.on("n1", (node) => void node.raise(7).then(() => (done = true)));
    t.true(await w.until(() => done, 60_000));
    w.crash("n2");
    w.start("n2");
    await w.runFor(1_000);
    t.is(w.node("n2")?.value, 7);
  }
});

test("while a node is down, raise ends with its deadline or its signal", async (t) => {
  const w = world(1);
  await w.run(10);
  w.crash("n3");
  const errors: unknown[] = [];
  const controller = new AbortController();
  w.on("n1", (node) => {
    node.raise(7, { timeoutMs: 1_000 }).catch((error) => errors.push(error.code));
    node.raise(8, { signal: controller.signal }).catch((error) => errors.push(error.message));
    node.raise(-1).catch((error) => errors.push(error.code));
  });
  await w.runFor(500);
  w.on("n1", () => controller.abort(new Error("enough")));
  await w.runFor(1_000);
  const code = "GOSSIP";
  t.deepEqual(errors, [`${code}_OPTION`, "enough", `${code}_TIMEOUT`]);
});

test("a node that is not among its nodes does not start", async (t) => {
  const start = (host: Parameters<typeof createGossip>[0]) => createGossip(host, { nodes: ["x"] });
  const w = new World({ seed: 1, nodes: 1, start });
  await w.run(100);
  t.is(w.failures[0]?.how, "did not start");
});

test("worlds in which everything goes wrong, each run twice", async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const report = await simulate({ ...suite, seed, twice: true });
    t.true(report.ok, report.story);
  }
});
