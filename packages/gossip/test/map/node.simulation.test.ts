import { jsonCodec, simulate, World, type WorldOptions } from "@coterie/simulation";
import type { Codec } from "@coterie/transport";
import test from "ava";
import { suite } from "../../simulation/gossip-map.suite.ts";
import { suite as away } from "../../simulation/gossip-map-away.suite.ts";
import { createReplicatedMap, type ReplicatedMap, type ReplicatedMapOptions } from "../../src/index.ts";

type Map = ReplicatedMap<string>;
const codec = jsonCodec<string>();

const world = (options: Partial<ReplicatedMapOptions<string>> = {}, more: Partial<WorldOptions<Map>> = {}) =>
  new World<Map>({
    seed: 1,
    nodes: 3,
    start: (host, peers) => createReplicatedMap<string>(host, { peers, codec, intervalMs: 200, ...options }),
    ...more,
  });

const shown = (map: Map | undefined) => Object.fromEntries([...(map?.entries() ?? [])].sort());

test("writes are seen here at once, and everywhere soon", async (t) => {
  const w = world();
  await w.run(10);
  w.on("n1", (map) => {
    void map.set("k", "1");
    t.is(map.get("k"), "1");
  });
  await w.runFor(2_000);
  for (const id of w.ids) t.deepEqual(shown(w.node(id)), { k: "1" }, id);
  w.on("n3", (map) => void map.delete("k"));
  await w.runFor(2_000);
  for (const id of w.ids) t.deepEqual([w.node(id)!.size, w.node(id)!.has("k")], [0, false], id);
});

test("what was answered survives the power failing everywhere; also after the journal was rewritten", async (t) => {
  const w = world({ journalSegmentBytes: 32_768, certificateMs: 60_000 });
  await w.run(10);
  let answered = 0;
  for (let i = 0; i < 3_000; i++)
    w.on("n2", (map) => void map.set(`k${i % 20}`, `v${i}`).then(() => answered++));
  await w.until(() => answered === 3_000, 60_000);
  w.on("n2", (map) => void map.delete("k7").then(() => answered++));
  await w.until(() => answered === 3_001, 60_000);
  await w.runFor(2_000);
  for (const id of w.ids) w.crash(id, "power");
  for (const id of w.ids) w.start(id);
  await w.runFor(10);
  for (const id of w.ids) {
    const map = w.node(id)!;
    t.is(map.size, 19, id);
    t.regex(map.get("k19")!, /^v\d*[13579]9$/);
    t.true(map.version("k7")?.deleted);
  }
});

test("the later write wins on every node; a listener hears of each change once", async (t) => {
  const w = world();
  await w.run(10);
  const heard: string[] = [];
  w.on("n3", (map) => void map.watch(({ key, value }) => heard.push(`${key} ${value}`)));
  const heal = w.partition(["n1"], ["n2", "n3"]);
  w.on("n1", (map) => void map.set("k", "first"));
  await w.runFor(500);
  w.on("n2", (map) => void map.set("k", "second"));
  await w.runFor(1_000);
  heal();
  await w.runFor(3_000);
  for (const id of w.ids) t.is(w.node(id)!.get("k"), "second", id);
  t.deepEqual(heard, ["k second"]);
});

test("without a disk, a node that starts again gets everything from the others", async (t) => {
  const w = world({ durable: false });
  await w.run(10);
  w.on("n1", (map) => void map.set("k", "1"));
  await w.runFor(2_000);
  w.crash("n1");
  w.start("n1");
  await w.runFor(10);
  t.deepEqual(shown(w.node("n1")), {});
  await w.runFor(3_000);
  t.deepEqual(shown(w.node("n1")), { k: "1" });
});

test("mistakes, bounds, deadlines and the end are told apart", async (t) => {
  const w = world({ entriesMax: 2, valueBytesMax: 10, keyLengthMax: 5 }, { disk: { ...slowDisk } });
  await w.run(2_000);
  const codes: unknown[] = [];
  const note = (written: Promise<void>) =>
    void written.catch((error) => codes.push(error.code ?? error.message));
  w.on("n1", (map) => {
    note(map.set("", "1"));
    note(map.set("longer", "1"));
    note(map.set("k", "x".repeat(20)));
    void map.set("k1", "1").catch(() => {});
    void map.set("k2", "1").catch(() => {});
    note(map.set("k3", "1"));
    note(map.set("k1", "2", { timeoutMs: 1 }));
    note(map.set("k1", "3", { signal: AbortSignal.abort(new Error("enough")) }));
  });
  await w.runFor(100);
  w.on("n1", (map) => {
    note(map.set("k2", "2"));
    void map[Symbol.asyncDispose]();
    note(map.set("k2", "3"));
  });
  await w.runFor(5_000);
  t.deepEqual(codes.toSorted(), [
    "GOSSIP_MAP_FULL",
    "GOSSIP_MESSAGE_TOO_LARGE",
    "GOSSIP_OPTION",
    "GOSSIP_OPTION",
    "GOSSIP_STOPPED",
    "GOSSIP_STOPPED",
    "GOSSIP_TIMEOUT",
    "enough",
  ]);
  t.deepEqual(w.failures, []);
});

const mean = (meanMs: number) => ({ minMs: 0.01, meanMs });
const slowDisk = { read: mean(0.05), write: mean(0.03), sync: { minMs: 200, meanMs: 1 }, tear: 0.5 };

test("options out of range are refused", async (t) => {
  const wrong: readonly Partial<ReplicatedMapOptions<string>>[] = [
    { intervalMs: 0 },
    { treeDepth: 5 },
    { dormantMs: -1 },
    { mode: "both" as "push" },
    { rumors: { k: 0 } },
    { name: "a/b" },
  ];
  for (const options of wrong) {
    const w = world(options, { nodes: 1 });
    await w.run(100);
    t.is((w.failures[0]?.error as { code?: string })?.code, "GOSSIP_OPTION", JSON.stringify(options));
  }
});

test("a value that cannot be encoded is refused, and nothing is written", async (t) => {
  const w = world();
  await w.run(10);
  const codes: unknown[] = [];
  w.on("n1", (map) => void map.set("k", undefined as never).catch(({ code }) => codes.push(code)));
  await w.runFor(1_000);
  t.deepEqual(codes, ["ERR_UNENCODABLE_MESSAGE"]);
  for (const id of w.ids) t.is(w.node(id)!.size, 0, id);
});

test("a value that cannot be decoded fails nobody, is left out and counted, until it is written anew", async (t) => {
  const loose: Codec<string> = {
    ...codec,
    // A field with text that is not JSON.
    encode: (value, writer) =>
      value === "bad" ? ({ finish: () => Uint8Array.of(10, 1, 120) } as never) : codec.encode(value, writer),
  };
  const heard: string[] = [];
  const w = new World<Map>({
    seed: 1,
    nodes: 3,
    async start(host, peers) {
      const options = { peers, codec: host.id === "n1" ? loose : codec, intervalMs: 200 };
      const map = await createReplicatedMap<string>(host, options);
      map.watch(({ key, value }) => heard.push(`${host.id} ${key} ${value}`));
      return map;
    },
  });
  await w.run(10);
  w.on("n1", (map) => void map.set("k", "bad"));
  w.on("n1", (map) => void map.set("l", "good"));
  await w.runFor(2_000);
  w.crash("n2");
  w.start("n2");
  await w.runFor(2_000);
  for (const id of w.ids) {
    const map = w.node(id)!;
    t.deepEqual(shown(map), { l: "good" }, id);
    t.true(map.has("k"), id);
    t.throws(() => map.get("k"), { code: "GOSSIP_UNDECODABLE_VALUE" });
    t.true(map.metrics().undecodable! > 0, id);
  }
  t.deepEqual(heard.toSorted(), ["n1 l good", "n2 l good", "n3 l good"]);
  w.on("n3", (map) => void map.set("k", "mended"));
  await w.runFor(2_000);
  for (const id of w.ids) t.deepEqual(shown(w.node(id)), { k: "mended", l: "good" }, id);
  t.deepEqual(w.failures, []);
});

const raw: Codec<Uint8Array> = {
  encode: (bytes, writer) => writer!.raw(bytes),
  decode: () => new Uint8Array(0),
};

test("garbled messages are counted and dropped", async (t) => {
  const counted: (() => number)[] = [];
  const w = new World<Map | { garble(): void }>({
    seed: 2,
    nodes: 3,
    start: (host, peers) => {
      if (host.id !== "n3") {
        counted.push(() => host.transport.metrics().droppedMalformed!);
        return createReplicatedMap<string>(host, { peers: ["n1", "n2"], codec, intervalMs: 200 });
      }
      const channel = host.transport.open("gossip:map", raw);
      const noise = host.random.fork("noise");
      return {
        garble() {
          for (let i = 0; i < 600; i++) {
            const bytes = Uint8Array.from({ length: noise.between(2, 80) }, () => noise.between(0, 255));
            // Each kind of message, and an entry in it: what is inside is garbled.
            if (i % 2 === 0) bytes.set([[0x0a, 0x12, 0x1a][i % 3]!, bytes.length - 2]);
            channel.send(peers[i % 2]!, bytes);
          }
        },
      };
    },
  });
  await w.run(10);
  w.on("n1", (map) => void (map as Map).set("k", "1"));
  await w.runFor(1_000);
  for (let i = 0; i < 5; i++) {
    w.on("n3", (node) => (node as { garble(): void }).garble());
    await w.runFor(500);
  }
  w.on("n2", (map) => void (map as Map).set("k", "2"));
  await w.runFor(2_000);
  for (const id of ["n1", "n2"]) t.is((w.node(id) as Map).get("k"), "2", id);
  for (const count of counted) t.true(count() > 100, `${count()}`);
  t.deepEqual(w.failures, []);
});

test("worlds with long absences, partitions and crashes: no deletion is undone", async (t) => {
  for (let seed = 1; seed <= 12; seed++) {
    const report = await simulate({ ...suite, seed, twice: seed <= 3 });
    t.true(report.ok, report.story);
  }
});

test("worlds in which certificates live for a moment only: no deletion is undone", async (t) => {
  for (let seed = 1; seed <= 3; seed++) {
    const report = await simulate({ ...away, seed });
    t.true(report.ok, report.story);
  }
});
