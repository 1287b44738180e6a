import type { Host } from "@coterie/host";
import { simulate, World } from "@coterie/simulation";
import test from "ava";
import { settings, suite } from "../../simulation/gossip.suite.ts";
import { suite as parted } from "../../simulation/gossip-parted.suite.ts";
import { type Answer, createMembership, type Membership, type MembershipOptions } from "../../src/index.ts";

function world(seed: number, nodes: number, options: MembershipOptions = {}) {
  const start = (host: Parameters<typeof createMembership>[0]) =>
    createMembership(host, { seeds: ["sim://n1"], settings, ...options });
  return new World<Membership>({ seed, nodes, start });
}

const everybody = (w: World<Membership>) => w.ids.map((id) => w.node(id)!);

const complete = (w: World<Membership>) => () =>
  everybody(w).every((node) => node?.alive().length === w.ids.length);

test("worlds in which everything goes wrong, each run twice", async (t) => {
  for (let seed = 1; seed <= 15; seed++) {
    const report = await simulate({ ...suite, seed, twice: true });
    t.true(report.ok, report.story);
  }
});

test("worlds that fall apart for long and become one again, though no node starts anew", async (t) => {
  for (let seed = 1; seed <= 15; seed++) {
    const report = await simulate({ ...parted, seed });
    t.true(report.ok, report.story);
  }
});

test("both detectors find the member that crashed, and nobody else", async (t) => {
  for (const detector of ["swim", "phi"] as const) {
    const w = world(1, 8, { detector });
    t.true(await w.until(complete(w), 20_000), detector);
    await w.runFor(5_000);
    const failed: string[] = [];
    for (const node of everybody(w)) node.on("failed", ({ id }) => failed.push(id));
    w.crash("n3");
    await w.runFor(20_000);
    t.deepEqual([...new Set(failed)], ["n3"], detector);
    t.is(failed.length, 7, detector);
    t.is(new Set(["n1", "n2", "n8"].map((id) => w.node(id)!.fingerprint())).size, 1);
  }
});

test("a member that was paused is forgiven, with either detector", async (t) => {
  for (const detector of ["swim", "phi"] as const) {
    const w = world(2, 6, { detector });
    t.true(await w.until(complete(w), 20_000));
    const wrong: string[] = [];
    for (const [i, node] of everybody(w).entries())
      node.on("failed", ({ id }) => id !== "n4" && wrong.push(`${w.ids[i]}: ${id}`));
    w.pause("n4");
    await w.runFor(10_000);
    w.resume("n4");
    t.true(await w.until(complete(w), 20_000), detector);
    t.deepEqual(wrong, [], detector);
  }
});

test("changes can be listened to and read, and end with the membership", async (t) => {
  const w = world(3, 3);
  const told: string[] = [];
  let ended = false;
  await w.run(1);
  const node = w.node("n2")!;
  const stop = node.on("joined", ({ id }) => told.push(id));
  const read: string[] = [];
  void (async () => {
    for await (const { type, member } of node) read.push(`${member.id} ${type}`);
    ended = true;
  })();
  t.true(await w.until(complete(w), 10_000));
  await w.runFor(1_000);
  t.deepEqual(told.sort(), ["n1", "n3"]);
  stop();
  let left = false;
  w.on("n3", (other) => void other.leave().then(() => (left = true)));
  t.true(await w.until(() => left, 10_000));
  w.crash("n3");
  await w.runFor(5_000);
  t.deepEqual(read.sort(), ["n1 joined", "n3 joined", "n3 left"]);
  t.is(node.member("n3")?.state, "left");
  w.on("n2", (other) => void other[Symbol.asyncDispose]());
  t.true(await w.until(() => ended, 1_000));
  t.throws(() => node.broadcast("late"), { code: "GOSSIP_STOPPED" });
});

test("ready waits for another member, and ends with its time or its signal", async (t) => {
  const w = world(4, 2);
  await w.run(1);
  w.crash("n1");
  await w.run(2);
  const ends: unknown[] = [];
  const controller = new AbortController();
  w.on("n2", (node) => {
    node.ready({ timeoutMs: 500 }).catch((error) => ends.push(error.code));
    node.ready({ signal: controller.signal }).catch((error) => ends.push(error.message));
    void node.ready({ timeoutMs: 60_000 }).then(() => ends.push("ready"));
  });
  await w.runFor(1_000);
  w.on("n2", () => controller.abort(new Error("enough")));
  await w.runFor(1_000);
  w.start("n1");
  await w.runFor(10_000);
  t.deepEqual(ends, ["GOSSIP_TIMEOUT", "enough", "ready"]);
});

test("metadata reach everybody, and can be changed", async (t) => {
  const w = world(5, 4, { metadata: { zone: "b", rack: "7" } });
  t.true(await w.until(complete(w), 10_000));
  t.deepEqual(w.node("n1")!.member("n2")!.metadata, { zone: "b", rack: "7" });
  const updated: string[] = [];
  w.node("n1")!.on("updated", ({ id, metadata }) => updated.push(`${id} ${metadata.zone}`));
  w.on("n2", (node) => node.update({ zone: "c" }));
  await w.runFor(3_000);
  t.deepEqual(updated, ["n2 c"]);
  t.throws(() => w.node("n2")!.update({ zone: "x".repeat(600) }), { code: "GOSSIP_OPTION" });
});

test("an event is told to each member once, over a network that loses and repeats", async (t) => {
  const w = new World<Membership>({
    seed: 6,
    nodes: 10,
    start: (host) => createMembership(host, { seeds: ["sim://n1"], settings }),
    network: { loss: 0.1, duplicate: 0.2, reorder: 0.2 },
  });
  t.true(await w.until(complete(w), 20_000));
  const heard: string[] = [];
  for (const [i, node] of everybody(w).entries())
    node.on("event", ({ from, name, payload }) => heard.push(`${w.ids[i]}<${from} ${name} ${payload}`));
  const events = 50;
  for (let i = 0; i < events; i++) {
    w.on("n4", (node) => node.broadcast("deploy", Uint8Array.of(i)));
    await w.runFor(20);
  }
  await w.runFor(10_000);
  t.is(heard.length, new Set(heard).size, "each once");
  // What is told a bounded number of times reaches nearly all of those who lose a tenth of their packets.
  t.true(heard.length >= 0.99 * events * w.ids.length, `${heard.length}`);
  t.throws(() => w.node("n1")!.broadcast("big", new Uint8Array(600)), { code: "GOSSIP_OPTION" });
  t.throws(() => w.node("n1")!.broadcast(""), { code: "GOSSIP_OPTION" });
});

test("a query gathers what members answer, until all have, its time is over or it is called off", async (t) => {
  const w = world(7, 6);
  t.true(await w.until(complete(w), 10_000));
  for (const [i, node] of everybody(w).entries())
    node.answer("load", ({ from }) => (i === 5 ? undefined : new TextEncoder().encode(`${from} asks ${i}`)));
  const gathered: Record<string, string[]> = { all: [], two: [], none: [], off: [] };
  const gather = async (name: string, answers: AsyncIterable<Answer>): Promise<void> => {
    for await (const { payload } of answers) gathered[name]?.push(new TextDecoder().decode(payload));
    gathered[name]?.push("end");
  };
  const controller = new AbortController();
  let reason = "";
  w.on("n2", (node) => {
    void gather("all", node.query("load"));
    void gather("two", node.query("load", undefined, { answersMax: 2 }));
    void gather("none", node.query("unheard of", undefined, { timeoutMs: 500 }));
    gather("off", node.query("nothing", undefined, { signal: controller.signal })).catch((error) => {
      reason = error.message;
    });
  });
  await w.runFor(100);
  w.on("n2", () => controller.abort(new Error("enough")));
  await w.runFor(20_000);
  const five = [0, 1, 2, 3, 4].map((i) => `n2 asks ${i}`);
  t.deepEqual(gathered.all?.sort(), [...five, "end"].sort());
  t.is(gathered.two?.length, 3);
  t.deepEqual(gathered.none, ["end"]);
  t.is(reason, "enough");
  t.is(w.node("n2")!.metrics().queries, 0);
  t.throws(() => w.node("n1")!.answer("load", () => undefined), { code: "GOSSIP_OPTION" });
  t.throws(() => w.node("n1")!.query("load", undefined, { timeoutMs: 0 }), { code: "GOSSIP_OPTION" });
});

test("a node that starts again finds the others though its seed is down, by what it wrote to its disk", async (t) => {
  const w = world(8, 4);
  t.true(await w.until(complete(w), 10_000));
  await w.runFor(3_000);
  for (const id of w.ids) w.crash(id);
  for (const id of ["n2", "n3", "n4"]) w.start(id);
  const found = () => ["n2", "n3", "n4"].every((id) => w.node(id)?.alive().length === 3);
  t.true(await w.until(found, 20_000));
});

test("a node that left joins again on the same host, and is heard", async (t) => {
  const hosts = new Map<string, Host>();
  const start = (host: Host) => {
    hosts.set(host.id, host);
    return createMembership(host, { seeds: ["sim://n1"], settings });
  };
  const w = new World<Membership>({ seed: 9, nodes: 3, start });
  t.true(await w.until(complete(w), 10_000));
  const heard: string[] = [];
  w.node("n1")!.on("event", ({ from, name }) => heard.push(`${from} ${name}`));
  let left = false;
  w.on("n3", (node) => {
    for (let i = 0; i < 20; i++) node.broadcast(`before ${i}`);
    void node.leave().then(() => (left = true));
  });
  t.true(await w.until(() => left, 10_000));
  await w.runFor(1_000);
  t.is(w.node("n1")!.member("n3")?.state, "left");
  let again: Membership | undefined;
  w.on("n3", () => {
    again = createMembership(hosts.get("n3")!, { seeds: ["sim://n1"], settings });
  });
  t.true(await w.until(() => w.node("n1")!.member("n3")?.state === "alive", 10_000));
  heard.length = 0;
  w.on("n3", () => again!.broadcast("after"));
  await w.runFor(5_000);
  t.deepEqual(heard, ["n3 after"]);
});

test("options are checked", async (t) => {
  for (const options of [{ preset: "moon" }, { detector: "crystal ball" }, { metadata: { a: 1 } }]) {
    const w = new World<Membership>({
      seed: 1,
      nodes: 1,
      start: (host) => createMembership(host, options as never),
    });
    await w.run(10);
    t.is((w.failures[0]!.error as { code?: string }).code, "GOSSIP_OPTION");
  }
});
