import type { Host } from "@coterie/host";
import test from "ava";
import { jsonCodec, type NetworkModel, World } from "../src/index.ts";

interface Talker {
  readonly heard: { readonly from: string; readonly number: number; readonly at: number }[];
  say(to: string, number: number): boolean;
}

function startTalker(host: Host): Talker {
  const heard: Talker["heard"] = [];
  const channel = host.transport.open("talk", jsonCodec<number>());
  channel.receive((from, number) => heard.push({ from, number, at: host.clock.wall() }));
  return { heard, say: (to, number) => channel.send(to, number) };
}

async function talkers(network: Partial<NetworkModel> = {}, nodes = 3) {
  const world = new World<Talker>({ seed: 7, nodes, start: startTalker, network });
  await world.run(1);
  return world;
}

/** n1 says 0, 1, 2, ... to n2, one each millisecond; answers what n2 heard, long after. */
async function stream(network: Partial<NetworkModel>, count = 1_000): Promise<number[]> {
  const world = await talkers(network);
  for (let i = 0; i < count; i++) {
    world.on("n1", (node) => node.say("n2", i));
    await world.runFor(1);
  }
  await world.runFor(60_000);
  return world.node("n2")!.heard.map(({ number }) => number);
}

const inOrder = (numbers: readonly number[]) => numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);

test("a calm network delivers everything once and in order", async (t) => {
  t.deepEqual(
    await stream({ delay: { minMs: 1, meanMs: 20 } }),
    Array.from({ length: 1_000 }, (_, i) => i),
  );
});

test("loss, duplication and reordering come about as often as asked, each alone", async (t) => {
  const lossy = await stream({ loss: 0.3 });
  t.true(lossy.length > 600 && lossy.length < 800, `${lossy.length}`);
  t.true(inOrder(lossy));
  const doubled = await stream({ duplicate: 0.3 });
  t.true(doubled.length > 1_200 && doubled.length < 1_400, `${doubled.length}`);
  t.is(new Set(doubled).size, 1_000);
  const shuffled = await stream({ reorder: 0.3 });
  t.is(shuffled.length, 1_000);
  t.false(inOrder(shuffled));
});

test("each link may have a model of its own", async (t) => {
  const far = { delay: { minMs: 100, meanMs: 0 } };
  const near = { delay: { minMs: 1, meanMs: 0 } };
  const world = new World<Talker>({
    seed: 7,
    nodes: 3,
    start: startTalker,
    network: (from, to) => (from === "n1" && to === "n2" ? far : near),
  });
  await world.run(1);
  for (const to of ["n2", "n3"]) world.on("n1", (node) => node.say(to, 1));
  world.on("n2", (node) => node.say("n1", 2));
  const heard = (id: string) => world.node(id)!.heard.length;
  await world.runFor(50);
  t.deepEqual([heard("n1"), heard("n2"), heard("n3")], [1, 0, 1]);
  await world.runFor(100);
  t.is(heard("n2"), 1);
});

test("delays follow their distribution", async (t) => {
  const world = await talkers({ delay: { minMs: 5, meanMs: 10 } });
  const times: number[] = [];
  for (let i = 0; i < 500; i++) {
    const before = world.now;
    world.on("n1", (node) => node.say("n2", i));
    const heard = () => world.node("n2")!.heard.length > i;
    t.true(await world.until(heard, 1_000));
    times.push(world.now - before);
  }
  const mean = times.reduce((a, b) => a + b) / times.length;
  t.true(Math.min(...times) >= 5);
  t.true(mean > 13 && mean < 17, `${mean}`);
});

test("bandwidth holds messages back, and a full link refuses", async (t) => {
  const world = await talkers({ bytesPerMs: 1, linkBytesMax: 100 });
  let accepted = 0;
  world.on("n1", (node) => {
    for (let i = 0; i < 100; i++) if (node.say("n2", i)) accepted++;
  });
  await world.runFor(1);
  t.true(accepted > 10 && accepted < 100, `${accepted}`);
  await world.runFor(20);
  const early = world.node("n2")!.heard.length;
  t.true(early > 0 && early < accepted);
  await world.runFor(1_000);
  t.is(world.node("n2")!.heard.length, accepted);
});

test("partitions cut both ways, cuts one way, and both heal", async (t) => {
  const world = await talkers();
  const all = async () => {
    for (const id of world.ids) world.node(id)!.heard.length = 0;
    for (const id of world.ids)
      world.on(id, (node) => {
        for (const to of world.ids) if (to !== id) node.say(to, 1);
      });
    await world.runFor(100);
    return world.ids.map((id) =>
      world
        .node(id)!
        .heard.map(({ from }) => from)
        .sort()
        .join(),
    );
  };
  t.deepEqual(await all(), ["n2,n3", "n1,n3", "n1,n2"]);
  const heal = world.partition(["n1"], ["n2", "n3"]);
  t.deepEqual(await all(), ["", "n3", "n2"]);
  heal();
  const rejoin = world.cut([["n1", "n2"]]);
  t.deepEqual(await all(), ["n2,n3", "n3", "n1,n2"]);
  rejoin();
  t.deepEqual(await all(), ["n2,n3", "n1,n3", "n1,n2"]);
});

test("a message on its way is lost when its link is cut before it arrives", async (t) => {
  const world = await talkers({ delay: { minMs: 50, meanMs: 0 } });
  world.on("n1", (node) => node.say("n2", 1));
  await world.runFor(10);
  const heal = world.cut([["n1", "n2"]]);
  await world.runFor(100);
  heal();
  await world.runFor(100);
  t.deepEqual(world.node("n2")!.heard, []);
});

test("a disturbed link is slower by its factor", async (t) => {
  const world = await talkers({ delay: { minMs: 10, meanMs: 0 } });
  const lift = world.disturb({ pairs: [["n1", "n2"]], factor: 20 });
  world.on("n1", (node) => node.say("n2", 1));
  await world.runFor(150);
  t.is(world.node("n2")!.heard.length, 0);
  await world.runFor(100);
  t.is(world.node("n2")!.heard.length, 1);
  lift();
  world.on("n1", (node) => node.say("n2", 2));
  await world.runFor(11);
  t.is(world.node("n2")!.heard.length, 2);
});
