import { callGroup, createRpc, GroupCallError, memoryNetwork, UnreachableError } from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { ManualClock } from "./support/manual-clock.ts";
import { textMethod } from "./support/text.ts";

const ask = textMethod("test/Ask");

/** A caller and a group whose members answer, fail or keep silent. */
function group(t: ExecutionContext, members: Record<string, "answers" | "fails" | "silent">) {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const caller = network.transport("caller");
  const aborted: string[] = [];
  for (const [id, habit] of Object.entries(members)) {
    const transport = network.transport(id);
    caller.connect(id, transport.address);
    createRpc({ transport, clock }).serve(ask, (request, call) => {
      if (habit === "answers") return `${id} ${request}`;
      if (habit === "fails") throw new Error(`${id} will not`);
      call.signal.addEventListener("abort", () => aborted.push(id));
      return new Promise(() => {});
    });
    t.teardown(() => transport[Symbol.asyncDispose]());
  }
  t.teardown(() => caller[Symbol.asyncDispose]());
  return { rpc: createRpc({ transport: caller, clock }), ids: Object.keys(members), aborted };
}

test("all, a majority, the first, or a number of answers end the call", async (t) => {
  const { rpc, ids } = group(t, { a: "answers", b: "answers", c: "answers" });
  t.is((await callGroup(rpc, ids, ask, "?")).answers.length, 3);
  for (const [need, least] of [
    ["all", 3],
    ["majority", 2],
    ["first", 1],
    [2, 2],
  ] as const) {
    const { answers } = await callGroup(rpc, ids, ask, "?", { need });
    t.true(answers.length >= least);
    for (const { from, response } of answers) t.is(response, `${from} ?`);
  }
});

test("a majority does not wait for the silent, who are cancelled, nor stumble over those who fail", async (t) => {
  const { rpc, ids, aborted } = group(t, {
    a: "answers",
    b: "fails",
    c: "silent",
    d: "answers",
    e: "answers",
  });
  const { answers, failures } = await callGroup(rpc, ids, ask, "?", { need: "majority" });
  t.deepEqual(answers.map(({ from }) => from).sort(), ["a", "d", "e"]);
  t.deepEqual(
    failures.map(({ from }) => from),
    ["b"],
  );
  while (aborted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(aborted, ["c"]);
});

test("a call fails as soon as enough answers have become impossible", async (t) => {
  const { rpc, ids } = group(t, { a: "silent", b: "fails", c: "fails" });
  const error = await t.throwsAsync(callGroup(rpc, ids, ask, "?", { need: "majority" }), {
    instanceOf: GroupCallError,
  });
  t.deepEqual(
    error?.failures.map(({ from }) => from),
    ["b", "c"],
  );
  await t.throwsAsync(callGroup(rpc, ["a"], ask, "?", { need: 2 }), { instanceOf: GroupCallError });
  const away = await t.throwsAsync(callGroup(rpc, ["nobody"], ask, "?"), { instanceOf: GroupCallError });
  t.true(away?.failures[0]?.error instanceof UnreachableError);
  t.deepEqual((await callGroup(rpc, [], ask, "?")).answers, []);
});

test("the caller's own signal ends it with its own reason", async (t) => {
  const { rpc, ids } = group(t, { a: "silent" });
  const controller = new AbortController();
  const call = callGroup(rpc, ids, ask, "?", { signal: controller.signal });
  controller.abort(new Error("enough of this"));
  await t.throwsAsync(call, { message: "enough of this" });
});
