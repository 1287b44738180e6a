import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { createClient, createRpc, FastWriter, memoryNetwork, serveService } from "@coterie/transport";
import test from "ava";
import { CountRequest, GreeterDefinition } from "./gen/greeter.ts";
import { ManualClock } from "./support/manual-clock.ts";

test("the service that ts-proto generates is served and called as it stands", async (t) => {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const a = network.transport("a");
  const b = network.transport("b");
  a.connect("b", b.address);
  t.teardown(() => Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]));
  serveService(createRpc({ transport: b, clock }), GreeterDefinition, {
    greet: ({ name, titles }, call) => ({ text: `good day ${[...titles, name].join(" ")}, ${call.from}` }),
    count: ({ numbers }) => {
      const sum = numbers.reduce((all, one) => all + one, 0);
      return numbers.length === 0 ? { sum } : { sum, mean: sum / numbers.length };
    },
  });
  const greeter = createClient(createRpc({ transport: a, clock }), GreeterDefinition, "b");
  t.deepEqual(await greeter.greet({ name: "Lovelace", titles: ["Countess"] }), {
    text: "good day Countess Lovelace, a",
  });
  t.deepEqual(await greeter.count({ numbers: [1, 2, 6] }), { sum: 9, mean: 3 });
  t.like(await greeter.count({ numbers: [] }), { sum: 0, mean: undefined });
});

test("generated code writes through the fast writer what it writes through its own", (t) => {
  const message = { numbers: Array.from({ length: 1_000 }, (_, i) => i * i) };
  const fast = CountRequest.encode(message, new FastWriter() as BinaryWriter).finish();
  t.deepEqual(fast, CountRequest.encode(message, new BinaryWriter()).finish());
  t.deepEqual(CountRequest.decode(fast), message);
});
