import test from "ava";
import { suite as naive } from "../simulation/naive.suite.ts";
import { store } from "../simulation/store.suite.ts";
import {
  type Plan,
  parsePlan,
  type RegisterCall,
  registers,
  type Suite,
  simulate,
  WorldOptionsError,
} from "../src/index.ts";
import { type Register, startRegister } from "./primary.ts";

const primaryBackup: Suite<Register, RegisterCall> = {
  name: "primary-backup",
  nodes: [2, 3],
  node: startRegister,
  workload: registers({
    keys: 1,
    get: (node) => node.read(),
    put: (node, _, value) => node.write(value),
    hadNoEffect: (error) => (error as Error).message === "not the primary",
  }),
  // It needs every node for every write, so it promises no progress when only a majority is healthy.
  livenessMs: 0,
  faults: [
    "loss",
    "duplicate",
    "reorder",
    "delay",
    "bandwidth",
    "partition",
    "slow",
    "pause",
    "clock",
    "disk-slow",
  ],
};

test("a protocol that bears its faults passes, seed after seed, and twice the same", async (t) => {
  for (let seed = 1; seed <= 30; seed++) {
    const report = await simulate({ ...primaryBackup, seed, twice: true });
    t.true(report.ok, report.story);
    t.true(report.history.some(({ outcome }) => outcome === "ok"));
  }
});

test("a store that syncs passes; one that answers before is caught, and its plan shrinks", async (t) => {
  for (let seed = 1; seed <= 30; seed++) {
    const report = await simulate({ ...store({ sync: true }), seed });
    t.true(report.ok, report.story);
  }
  const failing = await firstFailure(store({ sync: false }), 20);
  t.is(failing.violation?.kind, "history");
  const small = await failing.shrink();
  t.is(small.violation?.kind, "history");
  const faults = small.plan.steps.filter((step) => step.do !== "call");
  t.is(faults.length, 1, small.story);
  t.true(small.plan.steps.length <= 10, small.story);
});

test("a broken protocol is caught, shrunk, saved, replayed and drawn", async (t) => {
  const report = await firstFailure(naive, 5);
  const small = await report.shrink();
  t.is(small.violation?.kind, report.violation?.kind);
  t.true(small.plan.steps.length <= 5, small.story);
  const replayed = await simulate({
    ...naive,
    plan: parsePlan(JSON.stringify(small.plan)) as Plan<RegisterCall>,
  });
  t.is(replayed.digest, small.digest);
  const html = await replayed.diagram();
  t.regex(html, /^<!doctype html>/);
  t.notRegex(html, /https?:\/\//);
  t.regex(await replayed.shiviz(), /^\w+ .*\nn\d {"n\d":1}/);
  t.regex(replayed.story, /not linearizable/);
});

test("what beside the seed decides is found, with the first event that differs", async (t) => {
  let worlds = 0;
  const report = await simulate({
    ...naive,
    faults: "nothing",
    seed: 1,
    twice: true,
    node: (host, nodes) => {
      if (host.id === "n2") worlds++;
      host.clock.wake(host.clock.now() + 100 + worlds, () => {});
      return naive.node(host, nodes, {});
    },
  });
  t.is(report.violation?.kind, "not deterministic");
  t.regex(report.violation!.message, /part at event \d+: a \w+ event of n\d/);
});

test("an invariant, a throw and a node that gives up are violations of their own kind", async (t) => {
  const base = { ...naive, faults: "nothing" as const, seed: 1 };
  const invariant = await simulate({
    ...base,
    invariants: () => [
      { name: "small", check: (node) => ((node.get("k1") ?? 0) > 20 ? "too large" : undefined) },
    ],
  });
  t.is(invariant.violation?.kind, "invariant small");
  for (const stop of ["throw", "fail", "reject"]) {
    const report = await simulate({
      ...base,
      node: async (host, nodes) => {
        host.clock.wake(host.clock.now() + 50, () => {
          if (stop === "throw") throw new Error("broken");
          if (stop === "fail") host.fail(new Error("broken"));
        });
        if (stop === "reject") throw new Error("broken");
        return naive.node(host, nodes, {});
      },
    });
    t.is(report.violation?.kind, "node failed");
    t.regex(report.violation!.message, /broken/);
  }
});

test("a node that is right to stop is no violation, and the others go on", async (t) => {
  const suite: typeof naive = {
    ...naive,
    faults: "nothing",
    livenessMs: 0,
    node: (host, nodes) => {
      if (host.id === "n2")
        host.clock.wake(host.clock.now() + 50, () => host.fail(new Error("no part in it")));
      return naive.node(host, nodes, {});
    },
  };
  const stopped = await simulate({
    ...suite,
    seed: 1,
    mayStop: (error, id) => id === "n2" && /part/.test(`${error}`),
  });
  t.not(stopped.violation?.kind, "node failed");
  t.deepEqual(
    stopped.failures.map(({ node }) => node),
    ["n2"],
  );
  const other = await simulate({ ...suite, seed: 1, mayStop: (error) => /other/.test(`${error}`) });
  t.is(other.violation?.kind, "node failed");
});

test("faults that there are not are refused by name", async (t) => {
  for (const faults of [["crash", "crsh"], "all", [undefined]] as unknown as ["crash"][]) {
    const error = await t.throwsAsync(simulate({ ...naive, faults, seed: 1 }), {
      instanceOf: WorldOptionsError,
    });
    t.regex(error.message, /crsh|all|undefined/);
    t.regex(error.message, /disk-full/);
  }
  t.is(
    (await simulate({ ...naive, faults: [], seed: 1 })).plan.steps.filter((step) => step.do !== "call")
      .length,
    0,
  );
});

test("settings are drawn for each world, told to its nodes, kept in its plan, and plain where they do not matter", async (t) => {
  const told = new Set<unknown>();
  const suite: Suite<ReturnType<typeof naive.node>, RegisterCall> = {
    ...(naive as unknown as Suite<ReturnType<typeof naive.node>, RegisterCall>),
    settings: { batch: [100, 1], eager: [false, true] },
    node: (host, nodes, settings) => {
      told.add(`${settings.batch} ${settings.eager}`);
      return naive.node(host, nodes, {});
    },
  };
  for (let seed = 1; seed <= 20; seed++) await simulate({ ...suite, seed });
  t.deepEqual([...told].sort(), ["1 false", "1 true", "100 false", "100 true"]);
  const small = await (await firstFailure(suite, 5)).shrink();
  t.deepEqual(small.plan.settings, { batch: 100, eager: false });
  t.regex(small.story, /batch 100, eager false/);
});

test("faults find the chief, and coups whoever comes after", async (t) => {
  let chief = "n3";
  const lives = new Map<string, number>();
  const suite: Suite<{ readonly id: string }, RegisterCall> = {
    name: "chiefs",
    nodes: 3,
    node: ({ id, clock }) => {
      lives.set(id, (lives.get(id) ?? 0) + 1);
      const tick = (): void => void clock.wake(clock.now() + 1, tick);
      tick();
      return { id };
    },
    isChief: ({ id }) => id === chief,
    workload: { draw: () => ({ op: "get", key: "k" }), perform: () => null },
    faults: "nothing",
    calls: 0,
    livenessMs: 0,
  };
  const plan = (await simulate({ ...suite, seed: 1 })).plan;
  const crash = { do: "crash", atMs: 10, forMs: 10, node: "n1", chief: "n1", kind: "process" } as const;
  lives.clear();
  await simulate({ ...suite, plan: { ...plan, durationMs: 100, steps: [crash] } });
  t.deepEqual(Object.fromEntries(lives), { n1: 1, n2: 1, n3: 2 });

  lives.clear();
  const coups = { do: "coups", atMs: 10, forMs: 100, how: "process", reignMs: 5, outMs: 10 } as const;
  const turns = {
    name: "turns",
    check: () => {
      if (lives.get("n3") === 4) chief = "n2";
      return undefined;
    },
  };
  await simulate({ ...suite, invariants: () => [turns], plan: { ...plan, durationMs: 300, steps: [coups] } });
  t.is(lives.get("n1"), 1);
  t.is(lives.get("n3"), 4);
  t.true(lives.get("n2")! > 2);
});

test("a cluster that makes no progress in health is caught", async (t) => {
  const report = await simulate({
    ...naive,
    faults: "nothing",
    seed: 1,
    workload: { ...naive.workload, perform: () => new Promise(() => {}) },
  });
  t.is(report.violation?.kind, "no progress");
});

test("plans that cannot be replayed say why", (t) => {
  const good = { format: "coterie-plan/1", suite: "x", seed: 1, nodes: 1, durationMs: 1, livenessMs: 1 };
  t.throws(() => parsePlan("{", "a.json"), { code: "PLAN", message: /a\.json is not JSON/ });
  t.throws(() => parsePlan("null"), { code: "PLAN", message: /not an object/ });
  t.throws(() => parsePlan("{}"), { code: "PLAN", message: /format/ });
  t.throws(() => parsePlan(JSON.stringify(good)), { code: "PLAN", message: /network\.delay/ });
});

async function firstFailure<Node>(suite: Suite<Node, RegisterCall>, seeds: number) {
  for (let seed = 1; seed <= seeds; seed++) {
    const report = await simulate({ ...suite, seed });
    if (!report.ok) return report;
  }
  throw new Error(`no failure in ${seeds} seeds`);
}
