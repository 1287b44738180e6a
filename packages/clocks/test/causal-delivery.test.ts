import test from "ava";
import fc from "fast-check";
import { type CausalMessage, compare, createCausalDelivery, versionVector } from "../src/index.ts";

const members = ["a", "b", "c", "d"];
type Message = CausalMessage<string>;

/** Runs a group over a network that reorders and repeats at will; every message reaches everybody in the end. */
function chat(choices: readonly { at: number; act: number }[]): {
  log: Map<string, string[]>;
  causes: Map<string, string[]>;
} {
  const group = new Map(members.map((id) => [id, createCausalDelivery<string>(id)]));
  const log = new Map<string, string[]>(members.map((id) => [id, []]));
  const causes = new Map<string, string[]>();
  const inFlight = new Map<string, Message[]>(members.map((id) => [id, []]));
  const take = (id: string, message: Message): void => {
    for (const delivered of group.get(id)!.receive(message)) log.get(id)!.push(delivered.payload);
  };
  let count = 0;
  for (const { at, act } of choices) {
    const id = members[at % members.length]!;
    const waiting = inFlight.get(id)!;
    if (act % 3 === 0) {
      const payload = `${id}${count++}`;
      causes.set(payload, [...log.get(id)!]);
      const message = group.get(id)!.broadcast(payload);
      log.get(id)!.push(payload);
      for (const other of members) if (other !== id) inFlight.get(other)!.push(message);
    } else if (waiting.length > 0) {
      const which = act % waiting.length;
      // Every third arrival stays in flight as well, and comes again.
      take(id, act % 9 === 1 ? waiting[which]! : waiting.splice(which, 1)[0]!);
    }
  }
  for (const id of members) for (const message of inFlight.get(id)!.reverse()) take(id, message);
  for (const delivery of group.values()) {
    if (delivery.held > 0) throw new Error("something is still held");
    if (delivery.missing().length > 0) throw new Error("something is still missed");
  }
  return { log, causes };
}

test("everybody delivers everything once, and causes first, in any order of arrival", (t) => {
  const choice = fc.record({ at: fc.nat(3), act: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 80 }), (choices) => {
      const { log, causes } = chat(choices);
      for (const delivered of log.values()) {
        t.deepEqual(delivered.toSorted(), [...causes.keys()].sort());
        const seen = new Set<string>();
        for (const payload of delivered) {
          t.true(causes.get(payload)!.every((cause) => seen.has(cause)));
          seen.add(payload);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("the report says what is waited for, and what to ask for", (t) => {
  const a = createCausalDelivery<string>("a");
  const b = createCausalDelivery<string>("b");
  const c = createCausalDelivery<string>("c");
  const [one, two, three] = ["one", "two", "three"].map((payload) => a.broadcast(payload));
  for (const message of [one!, two!, three!]) b.receive(message);
  const reply = b.broadcast("reply");
  t.deepEqual(c.receive(reply), []);
  t.deepEqual(c.receive(three!), []);
  t.is(c.held, 2);
  t.deepEqual(c.missing(), [{ id: "a", from: 1, to: 2 }]);
  t.deepEqual(c.waiting(), [
    { from: "b", counter: 1, missing: [{ id: "a", from: 1, to: 2 }] },
    { from: "a", counter: 3, missing: [{ id: "a", from: 1, to: 2 }] },
  ]);
  t.deepEqual(c.receive(two!), []);
  t.deepEqual(
    c.receive(one!).map(({ payload }) => payload),
    ["one", "two", "three", "reply"],
  );
  t.deepEqual(c.missing(), []);
  t.is(compare(c.delivered, b.delivered), "equal");
});

test("what was delivered is not delivered again", (t) => {
  const a = createCausalDelivery<string>("a");
  const b = createCausalDelivery<string>("b");
  const message = a.broadcast("x");
  t.is(b.receive(message).length, 1);
  t.deepEqual(b.receive(message), []);
  t.deepEqual(a.receive(message), [], "one's own echo");
  const again = createCausalDelivery<string>("b", { delivered: b.delivered });
  t.deepEqual(again.receive(message), []);
});

test("the bound refuses what would have to be held, and nothing else", (t) => {
  const a = createCausalDelivery<number>("a");
  const messages = Array.from({ length: 5 }, (_, i) => a.broadcast(i + 1));
  const b = createCausalDelivery<number>("b", { heldMax: 2 });
  b.receive(messages[4]!);
  b.receive(messages[3]!);
  t.throws(() => b.receive(messages[2]!), { code: "CLOCKS_TOO_LARGE" });
  t.deepEqual(b.receive(messages[4]!), [], "a repetition takes no room");
  t.is(b.held, 2);
  t.deepEqual(b.missing(), [{ id: "a", from: 1, to: 3 }]);
  t.is(b.receive(messages[0]!).length, 1);
  t.is(b.receive(messages[1]!).length, 1);
  t.deepEqual(
    b.receive(messages[2]!).map(({ payload }) => payload),
    [3, 4, 5],
  );
});

test("a stamp from a liar is held, reported as a range, and does no harm", (t) => {
  const b = createCausalDelivery<string>("b");
  const stamp = versionVector({ a: 2 ** 52, z: 2 ** 53 - 1 });
  t.deepEqual(b.receive({ from: "a", stamp, payload: "far" }), []);
  t.deepEqual(b.missing(), [
    { id: "a", from: 1, to: 2 ** 52 - 1 },
    { id: "z", from: 1, to: 2 ** 53 - 1 },
  ]);
});

test("skipping to a snapshot drops what it covers and sets free what waited", (t) => {
  const a = createCausalDelivery<number>("a");
  const messages = Array.from({ length: 6 }, (_, i) => a.broadcast(i + 1));
  const b = createCausalDelivery<number>("b");
  for (const i of [2, 4, 5]) b.receive(messages[i]!);
  t.deepEqual(
    b.skipTo(versionVector({ a: 4 })).map(({ payload }) => payload),
    [5, 6],
  );
  t.is(b.held, 0);
  t.is(b.delivered.get("a"), 6);
});

test("one id in two places is found out", (t) => {
  const one = createCausalDelivery<string>("a");
  const two = createCausalDelivery<string>("a", { delivered: versionVector({ b: 1 }) });
  const c = createCausalDelivery<string>("c");
  one.broadcast("x");
  two.broadcast("y");
  c.receive(one.broadcast("x2"));
  t.throws(() => c.receive(two.broadcast("y2")), { code: "CLOCKS_IDENTITY_CONFLICT" });
  const restored = createCausalDelivery<string>("a");
  t.throws(() => restored.receive(one.broadcast("x3")), { code: "CLOCKS_IDENTITY_CONFLICT" });
});

test("a thousand messages that arrive backwards are delivered forwards", (t) => {
  const a = createCausalDelivery<number>("a");
  const messages = Array.from({ length: 1000 }, (_, i) => a.broadcast(i));
  const b = createCausalDelivery<number>("b");
  const delivered = messages.toReversed().flatMap((message) => b.receive(message));
  t.deepEqual(
    delivered.map(({ payload }) => payload),
    messages.map(({ payload }) => payload),
  );
});

test("bad arguments get typed errors and change nothing", (t) => {
  const b = createCausalDelivery<string>("b");
  const bad: unknown[] = [
    null,
    {},
    { from: "a", stamp: versionVector(), payload: "" },
    { from: "a", stamp: { a: 1 }, payload: "" },
    { from: "", stamp: versionVector({ a: 1 }), payload: "" },
  ];
  for (const message of bad) t.throws(() => b.receive(message as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.is(b.held, 0);
  for (const heldMax of [-1, 1.5, Number.NaN, 1e9]) {
    t.throws(() => createCausalDelivery("b", { heldMax }), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
});
