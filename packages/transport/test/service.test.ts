import {
  createClient,
  createRpc,
  exportObject,
  followReference,
  memoryNetwork,
  type Reference,
  RemoteError,
  serveService,
} from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { ManualClock } from "./support/manual-clock.ts";
import { text } from "./support/text.ts";

/** In the shape that ts-proto gives a service with `outputServices=generic-definitions`. */
const method = <Name extends string>(name: Name) =>
  ({
    name,
    requestType: text,
    requestStream: false,
    responseType: text,
    responseStream: false,
    options: {},
  }) as const;
const GreeterDefinition = {
  name: "Greeter",
  fullName: "test.Greeter",
  methods: { greet: method("Greet"), leave: method("Leave") },
} as const;

function pair(t: ExecutionContext) {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const a = network.transport("a");
  const b = network.transport("b");
  a.connect("b", b.address);
  t.teardown(() => Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]));
  return { a: createRpc({ transport: a, clock }), b: createRpc({ transport: b, clock }) };
}

test("a stub calls what a skeleton serves", async (t) => {
  const { a, b } = pair(t);
  const served = serveService(b, GreeterDefinition, {
    greet: (name, call) => `good day ${name}, says b to ${call.from}`,
    leave: async (name) => `farewell ${name}`,
  });
  const greeter = createClient(a, GreeterDefinition, "b");
  t.is(await greeter.greet("Ada"), "good day Ada, says b to a");
  t.is(await greeter.leave("Ada"), "farewell Ada");
  served[Symbol.dispose]();
  t.like(await t.throwsAsync(greeter.greet("Ada")), { remoteCode: "ERR_UNKNOWN_METHOD" });
});

test("a service that cannot be served whole is not served at all", async (t) => {
  const { a, b } = pair(t);
  const one = { ...GreeterDefinition, methods: { leave: method("Leave") } };
  serveService(b, one, { leave: (name) => name });
  const handlers = { greet: (name: string) => name, leave: (name: string) => name };
  t.throws(() => serveService(b, GreeterDefinition, handlers), { code: "ERR_METHOD_IN_USE" });
  t.like(await t.throwsAsync(createClient(a, GreeterDefinition, "b").greet("x")), {
    remoteCode: "ERR_UNKNOWN_METHOD",
  });
  const streaming = {
    ...GreeterDefinition,
    methods: { greet: { ...method("Greet"), responseStream: true } },
  };
  t.throws(() => serveService(b, streaming, { greet: (name: string) => name }), { message: /streaming/ });
});

test("an object that was passed as a reference can be called by the receiver, and released", async (t) => {
  const { a, b } = pair(t);
  const heard: string[] = [];
  const object = exportObject(a, "a", GreeterDefinition, {
    greet: (name) => {
      heard.push(name);
      return "thanks";
    },
    leave: (name) => name,
  });
  // b is given the reference in a message and calls back.
  const held: Reference[] = [];
  b.serve({ name: "test/Register", request: text, response: text }, async (message) => {
    const reference = JSON.parse(message) as Reference;
    held.push(reference);
    return followReference(b, GreeterDefinition, reference).greet("called back");
  });
  const register = { name: "test/Register", request: text, response: text };
  t.is(await a.call("b", register, JSON.stringify(object.reference)), "thanks");
  t.deepEqual(heard, ["called back"]);
  const stub = followReference(b, GreeterDefinition, held[0]!);
  stub[Symbol.dispose]();
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  await t.throwsAsync(stub.greet("again"), { instanceOf: RemoteError });
  object[Symbol.dispose]();
});

test("a reference that has outlived its owner's process does not lead to an object of the next one", async (t) => {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const b = network.transport("b");
  t.teardown(() => b[Symbol.asyncDispose]());
  const caller = createRpc({ transport: b, clock });
  const references: Reference[] = [];
  for (let life = 0; life < 2; life++) {
    const a = network.transport("a");
    t.teardown(() => a[Symbol.asyncDispose]());
    b.connect("a", a.address);
    const rpc = createRpc({ transport: a, clock });
    const says = (name: string) => `life ${life} greets ${name}`;
    references.push(exportObject(rpc, "a", GreeterDefinition, { greet: says, leave: says }).reference);
    const stub = followReference(caller, GreeterDefinition, references[life]!);
    t.is(await stub.greet("b"), `life ${life} greets b`);
    if (life === 0) await a[Symbol.asyncDispose]();
    clock.pass(1);
  }
  const stale = followReference(caller, GreeterDefinition, references[0]!);
  const error = await t.throwsAsync(stale.greet("b"), { instanceOf: RemoteError });
  t.is(error?.remoteCode, "ERR_UNKNOWN_METHOD");
});
