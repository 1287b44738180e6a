import type { Host } from "@coterie/host";
import test from "ava";
import { jsonCodec, World } from "../src/index.ts";

const bare = (seed = 1, nodes = 2) => new World<Host>({ seed, nodes, start: (host) => host });

test("a crashed node is inert: no timer, no send, no disk, and its promises never settle", async (t) => {
  const world = bare();
  await world.run(1);
  const host = world.host("n1")!;
  const happened: string[] = [];
  world
    .host("n2")!
    .transport.open("c", jsonCodec<string>())
    .receive((_, message) => happened.push(message));
  const channel = host.transport.open("c", jsonCodec<string>());
  host.clock.wake(host.clock.now() + 10, () => happened.push("timer"));
  void host.disk.open("f", { create: true }).then(() => happened.push("opened"));
  world.crash("n1");
  t.false(channel.send("n2", "late"));
  void host.disk.list("").then(() => happened.push("listed"));
  host.clock.wake(host.clock.now() + 1, () => happened.push("late timer"));
  host.fail(new Error("late"));
  await world.runFor(1_000);
  t.deepEqual(happened, []);
  t.deepEqual(world.failures, []);
  t.is(world.node("n1"), undefined);
});

test("a node that starts again has a greater epoch and another origin of time, on the same disk", async (t) => {
  const world = bare();
  await world.run(1);
  const before = world.host("n1")!;
  const epoch = before.epoch;
  let done = false;
  world.on("n1", async (host) => {
    const file = await host.disk.open("f", { create: true });
    await file.write(0, [Uint8Array.of(7)]);
    await file.sync();
    await host.disk.syncFolder("");
    done = true;
  });
  t.true(await world.until(() => done, 1_000));
  world.crash("n1", "power");
  world.start("n1");
  await world.runFor(1);
  const after = world.host("n1")!;
  t.not(after, before);
  t.true(after.epoch > epoch);
  t.deepEqual(await read(world, "f"), Uint8Array.of(7));
  world.crash("n1");
  world.wipe("n1");
  world.start("n1");
  await world.runFor(1);
  t.is(await read(world, "f"), undefined);
});

async function read(world: World<Host>, path: string): Promise<Uint8Array | undefined> {
  let found: Uint8Array | undefined | "nothing";
  world.on("n1", async (host) => {
    try {
      found = await (await host.disk.open(path)).read(0, 100);
    } catch {
      found = "nothing";
    }
  });
  await world.until(() => found !== undefined, 1_000);
  return found === "nothing" ? undefined : found;
}

test("a paused node takes everything late, in order, and can tell by its clock", async (t) => {
  const world = bare();
  await world.run(1);
  const heard: [number, number][] = [];
  const host = world.host("n1")!;
  host.transport.open("c", jsonCodec<number>()).receive((_, n) => heard.push([n, host.clock.now()]));
  const sender = world.host("n2")!.transport.open("c", jsonCodec<number>());
  const paused = host.clock.now();
  world.pause("n1");
  for (let i = 0; i < 10; i++) {
    world.on("n2", () => sender.send("n1", i));
    await world.runFor(10);
  }
  t.deepEqual(heard, []);
  world.resume("n1");
  await world.runFor(1);
  t.deepEqual(
    heard.map(([n]) => n),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  t.true(heard.every(([, at]) => at >= paused + 100));
});

test("a timer that was called off while its node was paused does not fire", async (t) => {
  const world = bare();
  await world.run(1);
  const fired: string[] = [];
  const host = world.host("n1")!;
  let cancel = (): void => {};
  host.clock.wake(host.clock.now() + 5, () => {
    fired.push("first");
    cancel();
  });
  cancel = host.clock.wake(host.clock.now() + 6, () => fired.push("second"));
  world.pause("n1");
  await world.runFor(50);
  world.resume("n1");
  await world.runFor(50);
  t.deepEqual(fired, ["first"]);
});

test("a stopped virtual machine's monotonic clock stands still; a drifting one runs fast", async (t) => {
  const world = bare();
  await world.run(1);
  const host = world.host("n1")!;
  const at = host.clock.now();
  world.pause("n1");
  await world.runFor(1_000);
  world.resume("n1", true);
  t.true(Math.abs(host.clock.now() - at) < 1e-6);
  world.drift("n1", 100_000);
  await world.runFor(1_000);
  t.true(Math.abs(host.clock.now() - at - 1_100) < 1e-6);
  const wall = host.clock.wall();
  world.jump("n1", -5_000);
  t.is(host.clock.wall(), wall - 5_000);
  t.true(Math.abs(host.clock.now() - at - 1_100) < 1e-6);
});

test("timers never fire before their time, whatever the clock does", async (t) => {
  const world = bare(3, 1);
  await world.run(1);
  const host = world.host("n1")!;
  const random = host.random.fork("test");
  let fired = 0;
  for (let i = 0; i < 500; i++) {
    const at = host.clock.now() + random.float() * 100;
    host.clock.wake(at, () => {
      fired++;
      t.true(host.clock.now() >= at);
    });
    world.drift("n1", random.between(-500_000, 500_000));
    await world.runFor(random.float());
  }
  await world.runFor(10_000);
  t.is(fired, 500);
});

test("every named point can be counted, and crashed at", async (t) => {
  const start = (host: Host) => {
    const work = () => {
      host.reach("work:begin");
      host.reach("work:end");
      host.clock.wake(host.clock.now() + 10, work);
    };
    work();
    return host;
  };
  const world = new World({ seed: 1, nodes: 1, start });
  await world.run(95);
  t.deepEqual(
    [...world.points.counts],
    [
      ["work:begin", 10],
      ["work:end", 10],
    ],
  );
  let crashed = 0;
  world.crashAt("n1", "work:end", 3, () => crashed++);
  await world.runFor(1_000);
  t.is(crashed, 1);
  t.false(world.isUp("n1"));
  t.deepEqual([...world.points.counts.values()], [13, 13]);
});

test("an unknown node and a world without nodes are refused", (t) => {
  t.throws(() => bare().crash("n9"), { code: "UNKNOWN_NODE" });
  t.throws(() => new World({ seed: 1, nodes: 0, start: (host) => host }), { code: "WORLD_OPTIONS" });
  t.throws(() => new World({ seed: 1, nodes: ["a", "a"], start: (host) => host }), { code: "WORLD_OPTIONS" });
});
