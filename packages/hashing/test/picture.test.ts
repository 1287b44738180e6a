import test from "ava";
import { draw, HashRing, MismatchedHashError, NoNodesError, planMigration } from "../src/index.ts";
import { named } from "./strategies.ts";

const small = { virtualNodes: 16, arcs: 4096 };
const ring = (ids: Iterable<string>): HashRing => new HashRing(ids, small);

/** Counts opening and closing tags: enough to see that a document of ours is well-formed. */
function assertWellFormed(t: import("ava").ExecutionContext, svg: string): void {
  const open: string[] = [];
  for (const [, closing, name, selfClosing] of svg.matchAll(/<(\/?)([a-z]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (selfClosing) continue;
    if (closing) t.is(open.pop(), name);
    else open.push(name!);
  }
  t.deepEqual(open, []);
  t.false(/NaN|undefined|Infinity/.test(svg));
}

test("a ring: one self-contained document that names each node and its share", (t) => {
  const svg = draw(ring(["alpha", "beta", "gamma"]));
  assertWellFormed(t, svg);
  for (const id of ["alpha", "beta", "gamma"]) t.true(svg.includes(`>${id}<`));
  t.false(/(href|src|url\(|<script|@import)/.test(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")));
  t.true(svg.includes("ring, 3 nodes"));
});

test("what moves when a node joins: in all, at the least, and between whom", (t) => {
  const [before, after] = [ring(["a", "b", "c"]), ring(["a", "b", "c", "d"])];
  const svg = draw(before, after, { title: "d joins" });
  const { share, moves } = planMigration(before, after);
  assertWellFormed(t, svg);
  t.true(svg.includes(">d joins<"));
  t.true(svg.includes(`${(100 * share).toFixed(1)} % moves`));
  for (const { from } of moves) t.true(svg.includes(`${from} gives d `));
  t.true(svg.includes("(new)"));
});

test("the same picture every time", (t) => {
  t.is(draw(ring(named(9))), draw(ring(named(9).reverse())));
});

test("names that look like markup stay text", (t) => {
  const svg = draw(ring(["<b>&\"'", "x"]), ring(["<b>&\"'", "x", "</svg>"]), { title: "<script>" });
  assertWellFormed(t, svg);
  t.false(svg.includes("<script") || svg.includes("<b>"));
});

test("one node, and more nodes than rows", (t) => {
  assertWellFormed(t, draw(ring(["only"])));
  const svg = draw(ring(named(60)), ring([...named(60), "zz-new"]));
  assertWellFormed(t, svg);
  t.true(svg.includes("and 38 more nodes"));
  t.true(svg.includes(">zz-new<"));
});

test("an empty ring, or rings that read keys differently, cannot be drawn", (t) => {
  t.throws(() => draw(ring([])), { instanceOf: NoNodesError });
  const other = new HashRing(["a"], { ...small, seed: 3 });
  t.throws(() => draw(ring(["a"]), other), { instanceOf: MismatchedHashError });
});
