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

test("a transcript: an old value returns, wakes the certificate, and goes", (t) => {
  const x = node("x", { peers: ["y"] });
  const y = node("y", { peers: ["x"] });
  write(x, "k", "old");
  exchange(x, y, 0);
  write(x, "k", null, 0);
  x.replica.sweep(1_500);
  t.deepEqual(
    [x.replica.metrics().dormant, shown(y), exchange(y, x, 1_500), shown(y), x.replica.metrics().woken_total],
    [
      1,
      { k: "old" },
      [
        "y>x request: compare 0",
        "x>y answer: children of 0",
        "y>x request: compare 13",
        "x>y answer: versions of 13",
        "y>x request: give k",
        "x>y answer: entries -k",
        "y>x request: done",
      ],
      {},
      1,
    ],
  );
});

test("a transcript: a node that was away for too long yields, and is trusted", (t) => {
  const x = node("x", { peers: ["y"] });
  const y = node("y", { peers: ["x"] });
  write(x, "k", "old");
  write(x, "kept", "1");
  exchange(x, y, 0);
  write(x, "k", null, 0);
  x.replica.sweep(1_000);
  x.replica.sweep(5_000);
  const trusted = () => x.replica.standing.trusts(y.replica.standing.tell("x"));
  t.false(trusted());
  t.deepEqual(exchange(y, x, 5_000), [
    "y>x request: compare 0",
    "x>y answer: children of 0",
    "y>x request: compare 13",
    "x>y answer: versions of 13",
  ]);
  t.deepEqual([shown(x), shown(y), trusted()], [{ kept: "1" }, { kept: "1" }, true]);
  // What y dropped it has forgotten: now x has to see that there is nothing left to drop.
  t.false(y.replica.standing.trusts(x.replica.standing.tell("y")));
  t.deepEqual(exchange(x, y, 9_000), ["x>y request: compare 0", "y>x answer: same 0"]);
  t.true(y.replica.standing.trusts(x.replica.standing.tell("y")));
});

test("who takes in a whole state takes over what it has forgotten, and refuses it too", (t) => {
  const [x, y, w] = trio();
  write(w, "k", "old");
  between(x, w, 0);
  write(x, "k", null, 0);
  x.replica.sweep(1_000);
  x.replica.sweep(5_000);
  // y never knew of the key.
  between(y, x, 5_000);
  between(w, y, 6_000);
  t.deepEqual([shown(w), shown(y)], [{}, {}]);
  between(x, y, 7_000);
  between(y, x, 8_000);
  t.deepEqual(shown(x), {});
});

/** Takes what `from` wants to say to `to`, and says it: one leg of an exchange. */
function leg(from: Node, to: Node, now: number): number {
  const sends = from.core.drain().filter((effect) => effect.type === "send");
  for (const { message } of sends) to.core.receive(from.id, message, now);
  return sends.length;
}

test("a peer that forgets in the middle of an exchange is not taken for one whose whole state is known", (t) => {
  const x = node("x", { peers: ["y"] });
  const y = node("y", { peers: ["x"] });
  write(x, "k", "old");
  exchange(x, y, 0);
  write(x, "k", null, 0);
  y.core.advance(y.core.deadline);
  leg(y, x, 900);
  leg(x, y, 900);
  // What y asks next, it would have been told a moment before.
  x.replica.sweep(1_000);
  x.replica.sweep(5_000);
  leg(y, x, 5_000);
  leg(x, y, 5_000);
  t.is(leg(y, x, 5_000), 0);
  t.is(y.core.metrics().abandoned_total, 1);
  t.false(x.replica.standing.trusts(y.replica.standing.tell("x")));
  t.deepEqual(shown(y), { k: "old" });
});

test("who forgets in the middle of its own exchange does not say that the peer has everything", (t) => {
  const x = node("x", { peers: ["y"] });
  const y = node("y", { peers: ["x"] });
  write(x, "k", "old");
  exchange(x, y, 0);
  write(x, "k", null, 0);
  x.core.advance(x.core.deadline);
  leg(x, y, 900);
  leg(y, x, 900);
  x.replica.sweep(1_000);
  x.replica.sweep(5_000);
  for (let legs = 0; legs < 4; legs++) {
    leg(x, y, 5_000);
    leg(y, x, 5_000);
  }
  t.deepEqual([shown(x), x.core.metrics().completed_total], [{}, 2]);
  t.false(x.replica.standing.trusts(y.replica.standing.tell("x")));
});

test("a farewell to an earlier life of the receiver does not count, nor does an answer to one of one's own", (t) => {
  const x = node("x", { peers: ["y"] });
  const y = node("y", { peers: ["x"] });
  write(x, "k", null, 0);
  const farewell = { session: 1, step: 1, push: true, pull: true, compare: [], give: [], want: [] };
  const standing = x.replica.standing.tell("y");
  const done = x.replica.standing.revision;
  const heard = () => y.replica.standing.tell("x").heardRevision;
  y.core.receive("x", { $case: "request", value: { ...farewell, standing, done, doneTo: 2 ** 32 - 1 } }, 0);
  t.is(heard(), 0);
  y.core.receive("x", { $case: "request", value: { ...farewell, standing, done, doneTo: 2 ** 32 } }, 0);
  t.is(heard(), done);
});

test("what others bring while a node yields does not slip through: the exchange does not count", (t) => {
  const x = node("x", { peers: ["y"] });
  const y = node("y", { peers: ["x"] });
  const old = write(x, "k", "old");
  write(x, "k", null, 0);
  x.replica.sweep(1_000);
  x.replica.sweep(5_000);
  write(y, "fresh", "1");
  const trusted = () => x.replica.standing.trusts(y.replica.standing.tell("x"));
  y.core.advance(y.core.deadline);
  leg(y, x, 5_000);
  leg(x, y, 5_000);
  leg(y, x, 5_000);
  leg(x, y, 5_000);
  // The leaves that differ were compared; what is left is to give.
  y.replica.merge(old, true, 5_000);
  leg(y, x, 5_000);
  leg(x, y, 5_000);
  t.deepEqual([y.core.metrics().completed_total, trusted()], [1, false]);
  exchange(y, x, 6_000);
  t.deepEqual([shown(x), shown(y), trusted()], [{ fresh: "1" }, { fresh: "1" }, true]);
});
