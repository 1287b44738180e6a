import { createHybridClock } from "@coterie/clocks";
import { seededRandom } from "@coterie/host";
import test from "ava";
import fc from "fast-check";
import { compareEntries, writeId } from "../../src/anti-entropy/entry.ts";
import { Replica } from "../../src/anti-entropy/replica.ts";
import { Standing } from "../../src/anti-entropy/standing.ts";
import type { Entry, ReplicaRecord } from "../../src/gen/replica.ts";
import { MapCore, type MapCoreOptions, type MapEffect } from "../../src/map/core.ts";

const nothing = { record() {}, changed() {} };
const forLong = {
  certificateMs: 1e9,
  dormantMs: 1e9,
  keepsDormant: () => true,
  treeDepth: 2,
  entriesMax: 100,
};

const replica = (sink = nothing) =>
  new Replica(forLong, {
    clock: createHybridClock({ wall: () => 1_000 }),
    standing: new Standing("s", 1, 10),
    sink,
  });

/** Distinct writes: no two nodes write under one name at one time. */
const entries = fc.uniqueArray(
  fc
    .record({
      key: fc.constantFrom("x", "y", "z"),
      wallMs: fc.nat(3),
      logical: fc.nat(2),
      writer: fc.constantFrom("a#1", "a#2", "b#1"),
      deleted: fc.boolean(),
    })
    .map((e): Entry => ({ ...e, value: new Uint8Array(0), ageMs: 0 })),
  { selector: (e) => `${e.wallMs}.${e.logical}.${e.writer}`, maxLength: 12 },
);

function stateOf(...batches: (readonly Entry[])[]): string {
  const node = replica();
  for (const batch of batches) for (const entry of batch) node.merge(entry, true, 0);
  const state = ["x", "y", "z"]
    .map((key) => node.get(key))
    .map((e) => (e ? `${writeId(e)} ${e.deleted}` : "-"));
  return `${state.join("; ")}; ${node.tree.high(0)} ${node.tree.low(0)}`;
}

test("merging is commutative, associative and idempotent", (t) => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(11)), fc.nat(1_000), (list, again, seed) => {
      const random = seededRandom(seed);
      const shuffled = list.map((e) => [random.float(), e] as const).sort(([a], [b]) => a - b);
      const repeated = again.flatMap((i) => (list[i] ? [list[i]] : []));
      t.is(
        stateOf(
          shuffled.map(([, e]) => e),
          repeated,
        ),
        stateOf(list),
      );
    }),
  );
});

test("the state is the latest write of each key", (t) => {
  fc.assert(
    fc.property(entries, (list) => {
      const node = replica();
      for (const entry of list) node.merge(entry, true, 0);
      for (const key of ["x", "y", "z"]) {
        const of = list.filter((e) => e.key === key).sort(compareEntries);
        t.is(node.get(key), of.at(-1));
      }
    }),
  );
});

test("what is restored from its records is what was there", (t) => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(4_000), { maxLength: 4 }), (list, sweeps) => {
      const records: ReplicaRecord[] = [];
      const options = { ...forLong, certificateMs: 1_000, dormantMs: 1_000 };
      const make = (sink = nothing) =>
        new Replica(options, {
          clock: createHybridClock({ wall: () => 1_000 }),
          standing: new Standing("s", 1, 10),
          sink: { ...sink, changed() {} },
        });
      const node = make({
        ...nothing,
        record: (record: ReplicaRecord) => void records.push(record),
      } as typeof nothing);
      let now = 0;
      list.forEach((entry, i) => {
        now += 100;
        node.merge(entry, true, now);
        now += sweeps[i] ?? 0;
        node.sweep(now);
      });
      for (const journal of [records, [...node.records(now)]]) {
        const restored = make();
        for (const record of journal) restored.restore(record, now, 0);
        t.deepEqual([...restored.values()].map(writeId).sort(), [...node.values()].map(writeId).sort());
        t.is(restored.tree.low(0), node.tree.low(0));
        t.is(restored.metrics().dormant, node.metrics().dormant);
        t.deepEqual(restored.standing.horizon, node.standing.horizon);
        t.is(restored.standing.forgotten, node.standing.forgotten);
      }
    }),
  );
});

test("a certificate that was on the disk for its time falls asleep, however short the lives of the node", (t) => {
  const node = new Replica(
    { ...forLong, certificateMs: 1_000, dormantMs: 1_000 },
    { clock: createHybridClock({ wall: () => 1 }), standing: new Standing("s", 1, 10), sink: nothing },
  );
  const entry = {
    key: "k",
    wallMs: 5_000,
    logical: 0,
    writer: "a#1",
    deleted: true,
    value: new Uint8Array(0),
    ageMs: 0,
  };
  node.restore({ record: { $case: "entry", value: { entry, dormant: false } } }, 100, 6_500);
  node.sweep(100);
  t.deepEqual([node.metrics().certificates, node.metrics().dormant], [0, 1]);
  node.sweep(600);
  t.is(node.metrics().dormant, 0);
});

function core(id: string, more: Partial<MapCoreOptions> = {}): MapCore {
  return new MapCore(
    {
      id,
      writer: `${id}#1`,
      epoch: 1,
      store: id,
      peers: ["a", "b"],
      mode: "push-pull",
      intervalMs: 1_000,
      answerTimeoutMs: 100,
      messageBytesMax: 1_000,
      certificateMs: 10_000,
      dormantMs: 10_000,
      dormantCopies: Number.POSITIVE_INFINITY,
      treeDepth: 1,
      entriesMax: 10,
      heardMax: 10,
      rumors: { feedback: true, loss: "coin", k: 1, fanout: 1, periodMs: 50, rumorsMax: 10, rememberMax: 10 },
      ...more,
    },
    { clock: createHybridClock({ wall: () => 1_000 }), random: seededRandom(id), now: 0 },
  );
}

const types = (effects: readonly MapEffect[]) => effects.map(({ type }) => type);

test("a write is seen at once, told at once, and answered for only when it is on disk", (t) => {
  const a = core("a");
  const ticket = a.write("k", Uint8Array.of(1), 0);
  a.advance(0);
  const effects = a.drain();
  t.deepEqual(types(effects).slice(0, 2), ["changed", "persist"]);
  const persist = effects[1]!;
  t.deepEqual(persist.type === "persist" && persist.whenDurable, [{ type: "durable", ticket }]);
  t.true(effects.some((effect) => effect.type === "send" && effect.message.$case === "rumors"));
});

test("a rumor that is older than what is here is answered as known, and changes nothing", (t) => {
  const a = core("a");
  const b = core("b");
  b.write("k", Uint8Array.of(1), 0);
  const old = b.replica.get("k")!;
  b.write("k", Uint8Array.of(2), 0);
  a.receive("b", { $case: "rumors", value: { rumors: [b.replica.get("k")!], known: [] } }, 0);
  t.deepEqual(types(a.drain()), ["changed", "persist"]);
  a.receive("b", { $case: "rumors", value: { rumors: [old], known: [] } }, 0);
  const [answer] = a.drain();
  t.deepEqual(answer?.type === "send" && answer.message.$case === "rumors" && answer.message.value.known, [
    writeId(old),
  ]);
  t.deepEqual(a.replica.get("k")?.value, Uint8Array.of(2));
});

test("dormant copies are kept on as many nodes as asked for, the same ones for all", (t) => {
  const ids = ["a", "b", "c", "d", "e"];
  for (const copies of [0, 1, 3]) {
    const cores = ids.map((id) => core(id, { peers: ids, dormantCopies: copies }));
    for (const key of ["k1", "k2", "k3"]) {
      cores[0]!.write(key, null, 0);
      for (const other of cores) other.replica.merge(cores[0]!.replica.get(key)!, true, 0);
    }
    for (const each of cores) each.advance(10_000);
    t.is(
      cores.reduce((sum, each) => sum + each.metrics().dormant!, 0),
      3 * copies,
    );
  }
});
