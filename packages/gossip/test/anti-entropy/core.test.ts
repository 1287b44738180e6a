import test from "ava";
import { exchange, node, shown, write } from "./nodes.ts";

const pair = (options = {}) => {
  const a = node("a", { peers: ["b"], ...options });
  const b = node("b", { peers: ["a"], ...options });
  return { a, b };
};

test("equal replicas exchange one pair of digests, once they know that they are", (t) => {
  const { a, b } = pair();
  t.deepEqual(exchange(a, b, 0), ["a>b request: compare 0", "b>a answer: same 0", "a>b request: done"]);
  t.deepEqual(exchange(a, b, 200), ["a>b request: compare 0", "b>a answer: same 0"]);
});

test("push-pull: digests, then versions, then the values that differ alone", (t) => {
  const { a, b } = pair();
  write(a, "x", "1");
  exchange(a, b, 0);
  write(a, "left", "2");
  write(b, "right", "3");
  const told = exchange(a, b, 200);
  t.deepEqual(shown(a), { left: "2", right: "3", x: "1" });
  t.deepEqual(shown(b), shown(a));
  t.is(told[0], "a>b request: compare 0");
  t.is(told[1], "b>a answer: children of 0");
  t.regex(told.join("\n"), /give left/);
  t.regex(told.join("\n"), /want right/);
  t.notRegex(told.join("\n"), /(give|want|entries)[^\n]* x/);
});

test("push gives and does not take; pull takes and does not give", (t) => {
  for (const mode of ["push", "pull"] as const) {
    const { a, b } = pair({ mode });
    write(a, "left", "1");
    write(b, "right", "2");
    exchange(a, b, 0);
    t.deepEqual(shown(a), mode === "pull" ? { left: "1", right: "2" } : { left: "1" });
    t.deepEqual(shown(b), mode === "push" ? { left: "1", right: "2" } : { right: "2" });
  }
});

test("whatever the bytes allowed a message, all of it arrives", (t) => {
  const { a, b } = pair({ messageBytesMax: 100 });
  for (let i = 0; i < 150; i++) write(i % 2 ? a : b, `k${i}`, `value ${i}`);
  for (let i = 0; i < 50; i++) write(a, `k${i}`, null);
  const told = exchange(a, b, 0);
  t.true(told.length > 50);
  t.is(Object.keys(shown(a)).length, 100);
  t.deepEqual(shown(a), shown(b));
});

test("of two writes the later wins on both sides, and a deletion wins over what it deleted", (t) => {
  const { a, b } = pair();
  write(a, "k", "1");
  write(b, "k", "2");
  exchange(a, b, 0);
  t.deepEqual([shown(a), shown(b)], [{ k: "2" }, { k: "2" }]);
  write(a, "k", null);
  exchange(b, a, 200);
  t.deepEqual([shown(a), shown(b)], [{}, {}]);
  t.deepEqual(b.changes, ["k = 2", "k gone"]);
});

test("a session without an answer is given up, and an answer that comes too late changes nothing", (t) => {
  const { a, b } = pair();
  write(b, "k", "1");
  a.core.advance(0);
  const [request] = a.core.drain();
  t.is(a.core.deadline, 50);
  a.core.advance(50);
  t.true(a.core.deadline > 50 && a.core.deadline <= 125);
  if (request?.type === "send") b.core.receive("a", request.message, 60);
  for (const effect of b.core.drain()) if (effect.type === "send") a.core.receive("b", effect.message, 60);
  t.deepEqual(a.core.drain(), []);
});

test("nonsense from a peer is survived, and no one else is answered for", (t) => {
  const { a, b } = pair();
  write(a, "k", "1");
  const standing = b.replica.standing.tell("a");
  const request = {
    session: 1,
    step: 7,
    standing,
    push: true,
    pull: true,
    compare: [
      { node: 999_999, high: 1, low: 2 },
      { node: 0, high: 1, low: 2 },
    ],
    give: [],
    want: ["nobody", "k"],
    done: 0,
    doneTo: 0,
  };
  a.core.receive("zz", { $case: "request", value: request }, 0);
  a.core.receive(
    "zz",
    { $case: "request", value: { ...request, standing: undefined, done: 5, doneTo: 2 ** 33 } },
    0,
  );
  const answer = {
    session: 1,
    step: 0,
    standing,
    leaves: [],
    same: [],
    entries: [],
    wantsServed: 1e9,
    unable: false,
  };
  const children = [
    { node: 3, digests: [1] },
    { node: 0, digests: [1, 2, 3] },
  ];
  a.core.advance(0);
  a.core.receive("b", { $case: "answer", value: { ...answer, children } }, 0);
  a.core.receive("b", { $case: "answer", value: { ...answer, standing: undefined, children } }, 0);
  t.deepEqual(shown(a), { k: "1" });
  exchange(a, b, 500);
  t.deepEqual(shown(b), { k: "1" });
});

test("a peer that answers nothing, or has a tree of another depth, is not asked for ever", (t) => {
  const a = node("a", { peers: ["b"] });
  const b = node("b", { peers: ["a"], treeDepth: 2 });
  for (let i = 0; i < 30; i++) write(i % 2 ? a : b, `k${i}`, "1");
  t.true(exchange(a, b, 0).length < 100);
  t.true(exchange(b, a, 500).length < 100);
  const standing = b.replica.standing.tell("a");
  const nothing = {
    standing,
    children: [],
    leaves: [],
    same: [],
    entries: [],
    wantsServed: 0,
    unable: false,
  };
  a.core.advance(1_000);
  const [request] = a.core.drain();
  if (request?.type !== "send" || request.message.$case !== "request") return t.fail();
  const { session, step } = request.message.value;
  a.core.receive("b", { $case: "answer", value: { ...nothing, session, step } }, 1_000);
  t.deepEqual(a.core.drain(), []);
});
