import { seededRandom } from "@coterie/host";
import test from "ava";
import { names, Rounds } from "../../bench/rounds.ts";
import { type Flooded, FloodingCore, type FloodingCoreOptions } from "../../src/flooding/core.ts";
import { ringNeighbours } from "../../src/index.ts";

const options = (more: Partial<FloodingCoreOptions<string>> = {}): FloodingCoreOptions<string> => ({
  id: "a",
  neighbours: ["a", "b", "c", "d"],
  random: seededRandom(1),
  idOf: (item) => item,
  forwarding: { probability: 1 },
  certainHops: 0,
  hopsMax: 50,
  rememberMax: 100,
  ...more,
});

const sends = (core: FloodingCore<string>) =>
  core
    .drain()
    .flatMap((effect) => (effect.type === "send" ? [[effect.to, effect.message.hops] as const] : []));

test("what is new goes to all neighbours but the one it came from; what is not goes nowhere", (t) => {
  const core = new FloodingCore(options());
  core.tell("x");
  t.deepEqual(sends(core), [
    ["b", 0],
    ["c", 0],
    ["d", 0],
  ]);
  core.receive("b", { item: "y", hops: 3 });
  t.deepEqual(sends(core), [
    ["c", 4],
    ["d", 4],
  ]);
  core.receive("c", { item: "y", hops: 1 });
  core.receive("c", { item: "x", hops: 1 });
  t.deepEqual(core.drain(), []);
});

test("an item goes no further than its hops", (t) => {
  const core = new FloodingCore(options({ hopsMax: 3 }));
  core.receive("b", { item: "near", hops: 1 });
  core.receive("b", { item: "far", hops: 2 });
  t.deepEqual(sends(core), [
    ["c", 2],
    ["d", 2],
  ]);
  t.is(core.metrics().heard_total, 2);
});

test("by probability, or by degree: hubs tell as many on average as others do", (t) => {
  const neighbours = names(100);
  const forwarded = (forwarding: FloodingCoreOptions<string>["forwarding"], degree: number) => {
    const core = new FloodingCore(
      options({ forwarding, neighbours: neighbours.slice(0, degree), rememberMax: 5_000 }),
    );
    for (let i = 0; i < 2_000; i++) core.receive("z", { item: `i${i}`, hops: 5 });
    return sends(core).length / 2_000;
  };
  t.true(Math.abs(forwarded({ probability: 0.3 }, 100) - 30) < 1);
  t.true(Math.abs(forwarded({ byDegree: 4 }, 100) - 4) < 0.3);
  t.true(Math.abs(forwarded({ byDegree: 4 }, 10) - 4) < 0.3);
  t.is(forwarded({ byDegree: 4 }, 3), 3);
});

test("near its beginning a flood is certain", (t) => {
  const core = new FloodingCore(options({ forwarding: { probability: 0 }, certainHops: 2 }));
  core.tell("x");
  core.receive("b", { item: "y", hops: 0 });
  core.receive("b", { item: "z", hops: 1 });
  t.deepEqual(sends(core), [
    ["b", 0],
    ["c", 0],
    ["d", 0],
    ["c", 1],
    ["d", 1],
  ]);
});

/** Floods an overlay of rings once. Answers the share that heard, and messages a node. */
function flood(forwarding: FloodingCoreOptions<string>["forwarding"], seed: number): [number, number] {
  const ids = names(500);
  const random = seededRandom(seed);
  const cores = new Map(
    ids.map((id) => {
      const neighbours = ringNeighbours(ids, id, 4);
      return [id, new FloodingCore(options({ id, neighbours, random, forwarding, certainHops: 2 }))] as const;
    }),
  );
  const rounds = new Rounds<Flooded<string>, FloodingCore<string>>(cores, random, true);
  cores.get("n0")!.tell("x");
  rounds.collect("n0");
  rounds.round(0);
  const heard = [...cores.values()].filter((core) => core.metrics().heard_total === 1).length + 1;
  return [heard / ids.length, rounds.messages / ids.length];
}

test("a whole flood reaches everybody; one that spares two links in three still nearly everybody", (t) => {
  const [all, dear] = flood({ probability: 1 }, 1);
  t.is(all, 1);
  t.true(dear > 6);
  const [share, cheap] = flood({ byDegree: 3 }, 2);
  t.true(share > 0.85, `${share}`);
  t.true(cheap < dear / 2);
});
