import { seededRandom } from "@coterie/host";
import test from "ava";
import fc from "fast-check";
import { RumorCore, type RumorCoreOptions } from "../../src/rumor/core.ts";

const core = (options: Partial<RumorCoreOptions<string>> = {}) =>
  new RumorCore<string>({
    id: "a",
    peers: ["a", "b", "c", "d"],
    random: seededRandom(1),
    idOf: (item) => item,
    bytesOf: (item) => item.length,
    feedback: true,
    loss: "counter",
    k: 2,
    fanout: 1,
    periodMs: 100,
    messageBytesMax: 1_000,
    rumorsMax: 10,
    rememberMax: 100,
    contactsMax: 50,
    ...options,
  });

const push = (...rumors: string[]) => ({ rumors, known: [] });
const known = (...ids: string[]) => ({ rumors: [], known: ids });
const told = (node: RumorCore<string>) =>
  node.drain().flatMap((effect) => (effect.type === "send" ? [effect.message.rumors] : []));

test("a rumor of one's own is told at once, then every period", (t) => {
  const node = core();
  node.tell("x", 50);
  t.is(node.deadline, 50);
  node.advance(50);
  t.deepEqual(told(node), [["x"]]);
  node.advance(149);
  t.deepEqual(told(node), []);
  node.advance(150);
  t.deepEqual(told(node), [["x"]]);
});

test("what is heard is passed on a period later, and announced once", (t) => {
  const node = core();
  node.receive("b", push("x"), 0);
  node.receive("c", push("x"), 1);
  const effects = node.drain();
  t.deepEqual(
    effects.filter(({ type }) => type === "heard"),
    [{ type: "heard", item: "x", from: "b" }],
  );
  t.deepEqual(effects.at(-1), { type: "send", to: "c", message: known("x") });
  t.is(node.deadline, 100);
});

test("feedback and counter: the k-th contact that knew it ends interest; fresh ones do not", (t) => {
  const node = core();
  node.tell("x", 0);
  for (let now = 0; now < 1_000; now += 100) node.advance(now);
  t.is(node.hot, 1);
  node.receive("b", known("x"), 1_000);
  t.is(node.hot, 1);
  node.receive("c", known("x"), 1_000);
  t.is(node.hot, 0);
  node.advance(1_100);
  t.is(node.deadline, Number.POSITIVE_INFINITY);
});

test("blind and counter: told k times, whatever the contacts knew, and no feedback is given", (t) => {
  const node = core({ feedback: false, k: 3 });
  node.tell("x", 0);
  for (let now = 0; now < 1_000; now += 100) node.advance(now);
  t.is(told(node).length, 3);
  node.receive("b", push("x"), 2_000);
  t.deepEqual(node.drain(), []);
});

for (const feedback of [true, false])
  test(`coin${feedback ? " with feedback" : ", blind"}: interest ends with probability 1/k a contact`, (t) => {
    const k = 4;
    const rounds = 4_000;
    let contacts = 0;
    const random = seededRandom(7);
    for (let i = 0; i < rounds; i++) {
      const node = core({ feedback, loss: "coin", k, random, contactsMax: 1_000 });
      node.tell("x", 0);
      for (let now = 0; node.hot > 0; now += 100) {
        node.advance(now);
        contacts++;
        if (feedback) node.receive("b", known("x"), now);
      }
    }
    // Geometric: mean k, deviation sqrt(k (k - 1)); five standard errors.
    t.true(Math.abs(contacts / rounds - k) < (5 * Math.sqrt(k * (k - 1))) / Math.sqrt(rounds));
  });

test("peers that never answer do not keep a rumor hot for ever", (t) => {
  const node = core({ contactsMax: 5 });
  node.tell("x", 0);
  for (let now = 0; now < 10_000; now += 100) node.advance(now);
  t.is(told(node).length, 5);
});

test("packets keep to their bytes, and what did not fit leads the next one", (t) => {
  const node = core({ messageBytesMax: 25, feedback: false, k: 100 });
  for (const item of ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"]) node.tell(item, 0);
  node.advance(0);
  node.advance(100);
  t.deepEqual(told(node), [
    ["aaaaaaaaaa", "bbbbbbbbbb"],
    ["cccccccccc", "aaaaaaaaaa"],
  ]);
});

test("beyond the bound the rumor that was told most often goes", (t) => {
  const node = core({ rumorsMax: 2, messageBytesMax: 1 });
  node.tell("x", 0);
  node.advance(0);
  node.tell("y", 50);
  node.tell("z", 60);
  node.advance(60);
  node.advance(160);
  t.deepEqual(told(node), [["x"], ["y"], ["z"]]);
  t.is(node.metrics().crowded_out_total, 1);
});

test("what the node has from elsewhere is known; what it refuses is neither told nor answered", (t) => {
  const node = core({ hear: (item) => (item === "had" ? "known" : item === "bad" ? "refused" : "news") });
  node.receive("b", push("had", "bad", "new"), 0);
  t.deepEqual(node.drain(), [
    { type: "heard", item: "new", from: "b" },
    { type: "send", to: "b", message: known("had") },
  ]);
  t.is(node.hot, 1);
});

const event = fc.record({
  kind: fc.constantFrom("tell", "push", "known", "advance"),
  item: fc.constantFrom("u", "v", "w", "x", "y", "z"),
  from: fc.constantFrom("b", "c", "zz"),
});

test("whatever happens, each rumor is announced once, bounds hold, and a node with hot rumors has a deadline", (t) => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat(1_000), (events, seed) => {
      const node = core({ rumorsMax: 3, random: seededRandom(seed) });
      const announced: string[] = [];
      events.forEach(({ kind, item, from }, i) => {
        const now = i * 60;
        if (kind === "tell") node.tell(`${item}${i}`, now);
        else if (kind === "push") node.receive(from, push(item), now);
        else if (kind === "known") node.receive(from, known(item), now);
        else node.advance(now);
        for (const effect of node.drain()) {
          if (effect.type === "heard") announced.push(effect.item);
          else if (effect.type === "send") t.true(["b", "c", "d", "zz"].includes(effect.to));
        }
        t.true(node.hot <= 3);
        if (node.hot > 0) t.true(node.deadline < Number.POSITIVE_INFINITY);
      });
      t.is(new Set(announced).size, announced.length);
    }),
  );
});
