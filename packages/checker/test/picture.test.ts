import test from "ava";
import type { Operation } from "../src/history/operation.ts";
import { checkLinearizable } from "../src/linearizability/check.ts";
import { type KvInput, type KvOutput, kv } from "../src/models/kv.ts";
import { drawLinearizability } from "../src/picture/linearizability.ts";
import { linearizableHistory, withStaleRead } from "./histories.ts";

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

test("the operation that breaks the history is marked, the order before it numbered", (t) => {
  const history = withStaleRead(linearizableHistory({ seed: 1, operations: 60, clients: 4, keys: 1 }), 0.6);
  const report = checkLinearizable(history, kv);
  const html = drawLinearizability(history, kv, report);
  const breaking = history[report.violation!.blocked!]!;
  t.is(count(html, /class="bar blocked/g), 1);
  t.is(count(html, /class="bar /g), 60);
  t.is(count(html, /<circle /g), report.violation!.order.length);
  t.true(html.includes(`operation ${report.violation!.blocked} of process ${breaking.process}`));
  t.true(html.includes(`completed at ${breaking.completedAt}`));
});

test("every point of the order lies inside its own bar", (t) => {
  const history = linearizableHistory({ seed: 2, operations: 80, clients: 5, keys: 1, unknown: 0.05 });
  const html = drawLinearizability(history, kv, checkLinearizable(history, kv));
  const bars = [...html.matchAll(/class="bar[^"]*" style="left:(\d+)px;top:(\d+)px;width:(\d+)px"/g)];
  const points = [...html.matchAll(/<circle cx="(\d+)" cy="(\d+)"/g)];
  t.true(points.length > 70);
  for (const [, x, y] of points) {
    const inside = bars.some(([, left, top, width]) => {
      return top === y && Number(x) >= Number(left) && Number(x) <= Number(left) + Number(width);
    });
    t.true(inside, `${x},${y}`);
  }
});

test("text from the history cannot become markup, and nothing is loaded from elsewhere", (t) => {
  const evil = '</title><script>alert("1")</script>';
  const input: KvInput = { op: "get", key: evil };
  const history: Operation<KvInput, KvOutput>[] = [
    { process: evil, invokedAt: 0, completedAt: 1, input, output: evil, outcome: "ok" },
  ];
  const html = drawLinearizability(history, kv, checkLinearizable(history, kv), { title: evil });
  t.false(html.includes("<script>alert"));
  t.is(count(html, /<script/g), 1);
  t.false(/(?:src|href)=|url\(|https?:/.test(html));
});

test("a large history is drawn around the operation that breaks it", (t) => {
  const history = withStaleRead(linearizableHistory({ seed: 3, operations: 3000, clients: 5, keys: 1 }), 0.5);
  const html = drawLinearizability(history, kv, checkLinearizable(history, kv), { operationsMax: 50 });
  t.is(count(html, /class="bar /g), 50);
  t.is(count(html, /class="bar blocked/g), 1);
  t.true(html.includes("2950 of the 3000 operations"));
});

test("an undecided history and an empty one are drawn too", (t) => {
  const { access: _, ...searched } = kv;
  const history = linearizableHistory({ seed: 4, operations: 100, clients: 30, keys: 1 });
  const report = checkLinearizable(history, searched, { budget: { steps: 2000 } });
  t.is(report.verdict, "unknown");
  t.true(drawLinearizability(history, searched, report).includes("nothing is decided"));
  t.true(drawLinearizability([], kv, checkLinearizable([], kv)).includes("holds no operations"));
});
