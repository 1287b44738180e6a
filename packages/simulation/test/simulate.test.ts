import test from "ava";
import { suite as naive } from "../simulation/naive.suite.ts";
import { store } from "../simulation/store.suite.ts";
import { type Plan, parsePlan, type RegisterCall, registers, type Suite, simulate } from "../src/index.ts";
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
      return naive.node(host, nodes);
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
        return naive.node(host, nodes);
      },
    });
    t.is(report.violation?.kind, "node failed");
    t.regex(report.violation!.message, /broken/);
  }
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
