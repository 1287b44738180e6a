import test from "ava";
import { ModelError } from "../src/errors.ts";
import { illegal, type Model, unseen } from "../src/linearizability/model.ts";
import { counter } from "../src/models/counter.ts";
import { kv } from "../src/models/kv.ts";
import { lock } from "../src/models/lock.ts";
import { queue } from "../src/models/queue.ts";
import { register } from "../src/models/register.ts";
import { set } from "../src/models/set.ts";

type Any = Model<unknown, unknown, unknown>;
type Step = readonly [input: object, output: unknown];

/** How many of the steps, one after another, the model takes. */
function taken(model: unknown, ...steps: readonly Step[]): number {
  const { initial, step } = model as Any;
  let state = initial(undefined);
  for (const [i, [input, output]] of steps.entries()) {
    const before = JSON.stringify(state);
    const next = step(state, input, output);
    if (JSON.stringify(state) !== before) throw new Error("a step changed its state in place");
    if (next === illegal) return i;
    state = next;
  }
  return steps.length;
}

const read = { op: "read" };

test("register", (t) => {
  const write = (value: unknown): Step => [{ op: "write", value }, null];
  const cas = (from: unknown, to: unknown, wrote: unknown): Step => [{ op: "cas", from, to }, wrote];
  t.is(taken(register, [read, null], write(1), [read, 1], cas(1, 2, true), cas(1, 3, false), [read, 2]), 6);
  t.is(taken(register, [read, 1]), 0);
  t.is(taken(register, write(1), [read, null]), 1);
  t.is(taken(register, write(1), cas(1, 2, false)), 1);
  t.is(taken(register, write(1), cas(2, 3, true)), 1);
  t.is(taken(register, write({ a: 1, b: [2] }), [read, { b: [2], a: 1 }]), 2);
  t.is(taken(register, write(1), cas(1, 2, unseen), [read, unseen], [read, 2]), 4);
});

test("kv", (t) => {
  const at = (op: string, more: object, output: unknown = null): Step => [{ op, key: "x", ...more }, output];
  const get = (output: unknown): Step => at("get", {}, output);
  t.is(taken(kv, get(null), at("put", { value: 1 }), get(1), at("delete", {}), get(null)), 5);
  t.is(taken(kv, at("append", { value: "a" }), at("append", { value: "b" }), get("ab")), 3);
  t.is(
    taken(kv, at("cas", { from: null, to: 1 }, true), get(1), at("cas", { from: 2, to: 3 }, false), get(1)),
    4,
  );
  t.is(taken(kv, at("put", { value: 1 }), at("delete", {}), get(1)), 2);
  t.is(kv.partition?.({ op: "get", key: "x" }), "x");
});

test("set", (t) => {
  const at = (op: string, value: unknown, output: unknown = null): Step => [{ op, value }, output];
  const has = (value: unknown, output: boolean): Step => at("contains", value, output);
  t.is(
    taken(set, has(1, false), at("add", 1), at("add", 1), has(1, true), at("remove", 1), has(1, false)),
    6,
  );
  t.is(taken(set, at("add", 2), at("add", "1"), at("add", { n: 1 }), [read, [{ n: 1 }, "1", 2]]), 4);
  t.is(taken(set, at("add", 1), [read, []]), 1);
  t.is(taken(set, at("add", 1), [read, ["1"]]), 1);
  t.is(taken(set, at("add", 1), has(1, false)), 1);
});

test("counter", (t) => {
  const add = (by: number, output: unknown = null): Step => [{ op: "add", by }, output];
  t.is(taken(counter, add(2), add(3, 5), add(-1, 4), [read, 4]), 4);
  t.is(taken(counter, add(2, 3)), 0);
  t.is(taken(counter, add(2), [read, 0]), 1);
  t.is(taken(counter, add(2, unseen), [read, 2]), 2);
});

test("queue", (t) => {
  const enqueue = (value: unknown): Step => [{ op: "enqueue", value }, null];
  const dequeue = (output: unknown): Step => [{ op: "dequeue" }, output];
  t.is(taken(queue, dequeue(null), enqueue(1), enqueue(2), dequeue(1), dequeue(2), dequeue(null)), 6);
  t.is(taken(queue, enqueue(1), enqueue(2), dequeue(2)), 2);
  t.is(taken(queue, enqueue(1), dequeue(null)), 1);
  t.is(taken(queue, enqueue(1), enqueue(2), dequeue(unseen), dequeue(2)), 4);
});

test("lock", (t) => {
  const acquire = (owner: string, output: unknown): Step => [{ op: "acquire", owner }, output];
  const release = (owner: string, output: unknown): Step => [{ op: "release", owner }, output];
  t.is(taken(lock, acquire("a", true), acquire("b", false), release("a", true), acquire("b", true)), 4);
  t.is(taken(lock, acquire("a", true), acquire("b", true)), 1);
  t.is(taken(lock, acquire("a", true), acquire("a", true)), 1);
  t.is(taken(lock, acquire("a", true), release("b", true)), 1);
  t.is(taken(lock, acquire("a", false)), 0);
  t.is(taken(lock, acquire("a", 7), release("a", true), acquire("b", 8)), 3);
  t.is(taken(lock, acquire("a", 7), release("a", true), acquire("b", 7)), 2);
  t.is(taken(lock, acquire("a", unseen), release("a", unseen), acquire("b", true)), 3);
});

test("operations are described, and unknown ones refused by name", (t) => {
  t.is(kv.describe?.({ op: "get", key: "x" }, unseen), 'get "x" → ?');
  t.is(kv.describe?.({ op: "cas", key: "x", from: 1, to: 2 }, true), 'cas "x" 1 → 2: true');
  t.is(register.describe?.({ op: "write", value: [1] }, null), "write [1]");
  t.is(lock.describe?.({ op: "acquire", owner: "a" }, 7), "acquire by a → 7");
  t.is(queue.describe?.({ op: "dequeue" }, null), "dequeue → null");
  t.is(counter.describe?.({ op: "add", by: 2 }, unseen), "add 2 → ?");
  t.is(set.describe?.({ op: "contains", value: 1 }, true), "contains 1 → true");
  for (const model of [kv, register, set, counter, queue, lock] as unknown as Any[]) {
    const odd = { op: "swap", key: "x" };
    t.throws(() => model.step(model.initial(undefined), odd, null), {
      instanceOf: ModelError,
      message: /swap/,
    });
  }
});
