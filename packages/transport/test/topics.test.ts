import { setImmediate as turn } from "node:timers/promises";
import { createTopics, memoryNetwork, type TopicsOptions } from "@coterie/transport";
import test, { type ExecutionContext } from "ava";
import { ManualClock } from "./support/manual-clock.ts";
import { text } from "./support/text.ts";

async function travel(): Promise<void> {
  for (let i = 0; i < 4; i++) await turn();
}

function pair(t: ExecutionContext, options: TopicsOptions = {}, outboxRecordsMax = 1_000) {
  const network = memoryNetwork();
  const clock = new ManualClock();
  const a = network.transport("a", { outboxRecordsMax });
  const b = network.transport("b");
  b.connect("a", a.address);
  t.teardown(() => Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]));
  const publisher = createTopics({ transport: a, clock }, text, options);
  const subscriber = createTopics({ transport: b, clock }, text, options);
  return { network, a, b, clock, publisher, subscriber };
}

test("a subscriber hears the topics that begin with its prefixes, and no others", async (t) => {
  const { publisher, subscriber } = pair(t);
  const heard: [string, string][] = [];
  subscriber.subscribe("a", "sport/", (message, { topic }) => heard.push([topic, message]));
  subscriber.subscribe("a", "news", (message, { topic }) => heard.push([topic, message]));
  await travel();
  t.is(publisher.publish("sport/chess", "1"), 1);
  t.is(publisher.publish("sports", "2"), 0);
  t.is(publisher.publish("newspaper", "3"), 1);
  await travel();
  t.deepEqual(heard, [
    ["sport/chess", "1"],
    ["newspaper", "3"],
  ]);
});

test("a late subscriber hears what follows, and the last of each topic that is retained", async (t) => {
  for (const retainedMax of [0, 2]) {
    const { publisher, subscriber } = pair(t, { retainedMax });
    for (const topic of ["a/1", "a/2", "a/3", "a/3"]) publisher.publish(topic, `old ${topic}`);
    const heard: string[] = [];
    subscriber.subscribe("a", "a/", (message) => heard.push(message));
    await travel();
    publisher.publish("a/1", "new");
    await travel();
    t.deepEqual(heard, retainedMax === 0 ? ["new"] : ["old a/2", "old a/3", "new"]);
  }
});

test("a slow subscriber loses the newest, is told how many, and holds up nobody", async (t) => {
  const { network, a, clock, publisher, subscriber } = pair(t, {}, 100);
  const c = network.transport("c");
  t.teardown(() => c[Symbol.asyncDispose]());
  c.connect("a", a.address);
  const fast = createTopics({ transport: c, clock }, text);
  const heard: [string, number][] = [];
  const heardByC: string[] = [];
  subscriber.subscribe("a", "", (message, { missed }) => heard.push([message, missed]));
  await travel();
  let handedOver = 0;
  for (let i = 0; i < 120; i++) handedOver += publisher.publish("t", `burst ${i}`);
  t.is(handedOver, 75);
  fast.subscribe("a", "", (message) => heardByC.push(message));
  await travel();
  publisher.publish("t", "after");
  await travel();
  t.is(heard.length, 76);
  t.deepEqual(heard.at(-1), ["after", 45]);
  t.deepEqual(heardByC, ["after"]);
});

test("a subscription ends when it is disposed of", async (t) => {
  const { publisher, subscriber } = pair(t);
  const subscription = subscriber.subscribe("a", "", () => t.fail());
  await travel();
  subscription[Symbol.dispose]();
  subscription[Symbol.dispose]();
  await travel();
  t.is(publisher.publish("t", "x"), 0);
  t.is(publisher.metrics().subscribers, 0);
});

test("subscriptions outlive the publisher's restart, and a silent subscriber's lease runs out", async (t) => {
  const { network, a, b, clock, publisher, subscriber } = pair(t, { leaseMs: 9_000 });
  const heard: [string, number][] = [];
  subscriber.subscribe("a", "", (message, { missed }) => heard.push([message, missed]));
  await travel();
  publisher.publish("t", "first life");
  await travel();
  publisher[Symbol.dispose]();
  await a[Symbol.asyncDispose]();
  clock.pass(1);
  const again = network.transport("a");
  t.teardown(() => again[Symbol.asyncDispose]());
  const reborn = createTopics({ transport: again, clock }, text, { leaseMs: 9_000 });
  clock.pass(3_000);
  await travel();
  t.is(reborn.publish("t", "second life"), 1);
  await travel();
  t.deepEqual(heard, [
    ["first life", 0],
    ["second life", 0],
  ]);
  subscriber[Symbol.dispose]();
  await b[Symbol.asyncDispose]();
  clock.pass(9_000);
  t.is(reborn.publish("t", "to nobody"), 0);
  t.is(reborn.metrics().subscribers, 0);
});

test("a subscriber whose lease ran out is heard of again, and hears again", async (t) => {
  const { a, b, clock, publisher, subscriber } = pair(t, { leaseMs: 9_000 });
  const heard: string[] = [];
  subscriber.subscribe("a", "", (message) => heard.push(message));
  await travel();
  for (const message of ["1", "2", "3"]) publisher.publish("t", message);
  await travel();
  b.disconnect("a");
  clock.pass(12_000);
  t.is(publisher.publish("t", "while it was away"), 0);
  b.connect("a", a.address);
  clock.pass(3_000);
  await travel();
  t.is(publisher.publish("t", "4"), 1);
  await travel();
  t.deepEqual(heard, ["1", "2", "3", "4"]);
});

test("a receiver that throws takes nothing from the others", async (t) => {
  const errors: unknown[] = [];
  const network = memoryNetwork();
  const clock = new ManualClock();
  const a = network.transport("a", { onError: (error) => errors.push(error) });
  t.teardown(() => a[Symbol.asyncDispose]());
  const topics = createTopics({ transport: a, clock }, text);
  const heard: string[] = [];
  topics.subscribe("a", "", () => {
    throw new Error("cannot bear it");
  });
  topics.subscribe("a", "", (message) => heard.push(message));
  await travel();
  topics.publish("t", "news");
  await travel();
  t.deepEqual(heard, ["news"]);
  t.regex(String(errors), /cannot bear it/);
});

test("subscribers and prefixes are bounded", async (t) => {
  const { publisher, subscriber } = pair(t, { prefixesMax: 2 });
  for (const prefix of ["a", "b", "c"]) subscriber.subscribe("a", prefix, () => {});
  await travel();
  t.is(publisher.publish("c", "x"), 0);
  t.is(publisher.publish("a", "x"), 1);
});
