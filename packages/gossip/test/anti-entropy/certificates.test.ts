import test from "ava";
import { exchange, type Node, node, shown, write } from "./nodes.ts";

const trio = (options = {}) =>
  ["a", "b", "c"].map((id) => node(id, { peers: ["a", "b", "c"].filter((p) => p !== id), ...options })) as [
    Node,
    Node,
    Node,
  ];

/** Makes all equal, whoever the core would have picked. */
function mix(now: number, ...nodes: Node[]): void {
  for (let round = 0; round < 6; round++)
    for (const x of nodes) for (const y of nodes) if (x !== y) between(x, y, now + round * 1_000_000);
}

/** An exchange of `x` with exactly `y`. */
function between(x: Node, y: Node, now: number): void {
  for (let tries = 0; tries < 60; tries++) {
    const told = exchange(x, y, now + tries * 10_000);
    if (told.length > 0) return;
  }
}

test("certificate: awake, then asleep, then forgotten", (t) => {
  const a = node("a");
  write(a, "k", "1");
  write(a, "k", null, 0);
  const metrics = () => {
    const { certificates, dormant, forgotten_total } = a.replica.metrics();
    return [certificates, dormant, forgotten_total];
  };
  a.replica.sweep(999);
  t.deepEqual(metrics(), [1, 0, 0]);
  a.replica.sweep(1_000);
  t.deepEqual(metrics(), [0, 1, 0]);
  t.is(a.replica.tree.high(0), 0);
  a.replica.sweep(2_999);
  t.deepEqual(metrics(), [0, 1, 0]);
  a.replica.sweep(3_000);
  t.deepEqual(metrics(), [0, 0, 1]);
});

test("a node that was away while a certificate fell asleep wakes it, and learns of the deletion", (t) => {
  const [a, b, c] = trio();
  write(a, "k", "old");
  mix(0, a, b, c);
  write(a, "k", null, 0);
  between(a, b, 0);
  // c is away.
  for (const x of [a, b]) x.replica.sweep(1_500);
  t.deepEqual([a.replica.metrics().certificates, shown(c)], [0, { k: "old" }]);
  between(c, b, 1_500);
  t.deepEqual([shown(b), shown(c)], [{}, {}]);
  t.is(b.replica.metrics().woken_total, 1);
  // Awake again: others are told by it.
  t.is(b.replica.metrics().certificates, 1);
});

test("a node that was away for longer than any certificate lives is refused, yields, and is trusted again", (t) => {
  const [a, b, c] = trio();
  write(a, "k", "old");
  write(a, "kept", "1");
  mix(0, a, b, c);
  write(a, "k", null, 0);
  between(a, b, 0);
  for (const x of [a, b]) x.replica.sweep(10_000);
  t.is(a.replica.metrics().forgotten_total, 1);
  // Refused, whoever begins.
  between(a, c, 10_000);
  t.deepEqual(shown(a), { kept: "1" });
  // What is written while it is away is not refused.
  write(c, "fresh", "2");
  between(c, a, 10_000);
  t.deepEqual(shown(c), { fresh: "2", kept: "1" });
  t.deepEqual(shown(a), shown(c));
  t.is(c.replica.metrics().yielded_total, 1);
  t.true(a.replica.standing.trusts(c.replica.standing.tell("a")));
});

test("what one node yielded, the next stale one cannot bring back to it", (t) => {
  const [a, b, c] = trio();
  write(a, "k", "old");
  mix(0, a, b, c);
  write(a, "k", null, 0);
  a.replica.sweep(1_000);
  a.replica.sweep(10_000);
  // b and c were cut off together, and still have it.
  between(b, a, 10_000);
  t.deepEqual(shown(b), {});
  between(c, b, 10_000);
  t.deepEqual([shown(b), shown(c)], [{}, {}]);
});

test("a rumor that is older than what was forgotten is refused; a newer one, or a newer value of a key, is not", (t) => {
  const a = node("a");
  const b = node("b");
  const old = write(b, "k", "old");
  const gone = write(a, "k", null, 0);
  write(b, "other", "x");
  a.replica.sweep(10_000);
  a.replica.sweep(20_000);
  t.is(a.replica.merge(old, false, 20_000), "refused");
  t.is(a.replica.merge({ ...gone, deleted: false, value: new Uint8Array(1) }, false, 20_000), "refused");
  t.is(a.replica.merge(write(b, "k", "new"), false, 20_000), "news");
  t.deepEqual(shown(a), { k: "new" });
});

test("a certificate's age travels with it: nobody keeps it awake for longer than the others", (t) => {
  const [a, b] = trio();
  write(a, "k", null, 0);
  b!.replica.merge(a.replica.told("k", 900)!, true, 5_000);
  b!.replica.sweep(5_099);
  t.is(b!.replica.metrics().certificates, 1);
  b!.replica.sweep(5_100);
  t.is(b!.replica.metrics().certificates, 0);
  // The same one again, still awake elsewhere, does not make it young.
  t.is(b!.replica.merge(a.replica.told("k", 999)!, true, 5_200), "known");
  t.is(b!.replica.metrics().certificates, 0);
});

test("an entry from a clock that runs too far ahead is not taken, and the exchange does not count as whole", (t) => {
  const [a, b] = trio();
  write(b!, "fine", "1");
  const ahead = { ...write(a, "k", "1"), wallMs: 10_000_000, key: "ahead" };
  t.is(b!.replica.merge(ahead, true, 0), "unable");
  t.is(b!.replica.metrics().drifted_total, 1);
});

test("entries are bounded: what does not fit is not taken now", (t) => {
  const a = node("a", { entriesMax: 2 });
  const b = node("b");
  t.deepEqual(
    ["x", "y", "z"].map((key) => a.replica.merge(write(b, key, "1"), true, 0)),
    ["news", "news", "unable"],
  );
  t.is(a.replica.merge(write(b, "x", "2"), true, 0), "news");
});
