import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec, NodeId } from "../transport.ts";
import { text } from "./codecs.ts";
import { payloadCases } from "./payloads.ts";
import type { ContractCase, RoadFactory, RoadUnderTest } from "./road.ts";
import { introduce, listen, numbered, pair, until } from "./steps.ts";

/** A search that is not to end by its time: a machine may be too busy to answer within the usual one. */
const patienceMs = 60_000;

const cases: Record<string, (road: RoadUnderTest) => Promise<void>> = {
  ...payloadCases,

  async "a message arrives once, with its sender's id"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("greetings", text));
    ok(a.open("greetings", text).send("b", "good day"), "send to a known peer is accepted");
    await until(road, () => heard.length > 0, "the message arrives");
    await road.pass(100);
    deepEqual(heard, [["a", "good day"]]);
  },

  async "messages of one channel arrive in order"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("numbers", text));
    const channel = a.open("numbers", text);
    const sent = numbered(2_000);
    for (const [i, message] of sent.entries()) {
      ok(channel.send("b", message));
      if (i % 100 === 0) await road.pass(1);
    }
    await until(road, () => heard.length >= sent.length, "all arrive");
    deepEqual(
      heard.map(([, message]) => message),
      sent,
    );
  },

  async "both directions work at the same time"(road) {
    const [a, b] = await pair(road);
    const fromA = a.open("both", text);
    const fromB = b.open("both", text);
    const heardA = listen(fromA);
    const heardB = listen(fromB);
    for (const message of numbered(50)) {
      ok(fromA.send("b", message));
      ok(fromB.send("a", message));
    }
    await until(road, () => heardA.length + heardB.length >= 100, "all arrive");
    equal(heardA.length, 50);
    equal(heardB.length, 50);
  },

  async "channels do not hear each other, on either lane"(road) {
    const [a, b] = await pair(road);
    const heardOne = listen(b.open("one", text));
    const heardTwo = listen(b.open("two", text, { lane: "bulk" }));
    a.open("one", text).send("b", "for one");
    a.open("two", text, { lane: "bulk" }).send("b", "for two");
    await until(road, () => heardOne.length > 0 && heardTwo.length > 0, "both arrive");
    await road.pass(100);
    deepEqual(heardOne, [["a", "for one"]]);
    deepEqual(heardTwo, [["a", "for two"]]);
  },

  async "a node can send to itself, never within the call"(road) {
    const a = await road.transport("a");
    const channel = a.open("self", text);
    const heard = listen(channel);
    ok(channel.send("a", "note"));
    deepEqual(heard, [], "send does not call the receiver");
    await until(road, () => heard.length > 0, "it arrives");
    deepEqual(heard, [["a", "note"]]);
  },

  async "a send to an unknown peer is refused, not thrown"(road) {
    const a = await road.transport("a");
    equal(a.open("void", text).send("nobody", "hello"), false);
    await a.open("void-2", text).drained("nobody");
  },

  async "a disconnected peer is unknown again"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("talk", text));
    const channel = a.open("talk", text);
    channel.send("b", "before");
    await until(road, () => heard.length > 0, "it arrives");
    a.disconnect("b");
    a.disconnect("b");
    equal(channel.send("b", "after"), false);
    a.connect("b", b.address);
    ok(channel.send("b", "again"));
    await until(road, () => heard.length > 1, "it arrives over a new link");
    deepEqual(heard.at(-1), ["a", "again"]);
  },

  async "a peer that was heard can be answered, though nobody said where it is"(road) {
    const a = await road.transport("a");
    const b = await road.transport("b");
    a.connect("b", b.address);
    const channel = a.open("echo", text);
    const heard = listen(channel);
    const echo = b.open("echo", text);
    echo.receive((from, message) => void echo.send(from, `${message}?`));
    channel.send("b", "anyone there");
    await until(road, () => heard.length > 0, "the answer arrives");
    deepEqual(heard, [["b", "anyone there?"]]);
  },

  async "who listens at an address can be found out, and talked to"(road) {
    const a = await road.transport("a");
    const b = await road.transport("b");
    let found: NodeId | undefined;
    const search = a.discover(b.address, { timeoutMs: patienceMs }).then((id) => {
      found = id;
    });
    await until(road, () => found !== undefined, "it answers");
    await search;
    equal(found, "b");
    a.connect("b", b.address);
    const heard = listen(b.open("found", text));
    a.open("found", text).send("b", "there you are");
    await until(road, () => heard.length > 0, "it arrives");
  },

  async "a search ends when its time is over, when its signal says so, and when the transport closes"(road) {
    const a = await road.transport("a");
    const b = await road.transport("b");
    const { address } = b;
    await b[Symbol.asyncDispose]();
    const ends: string[] = [];
    const end = (error: { readonly code?: string; readonly message: string }): void => {
      ends.push(error.code ?? error.message);
    };
    const controller = new AbortController();
    const searches = [
      a.discover(address, { timeoutMs: 20 }).then(() => {}, end),
      a.discover(address, { signal: controller.signal, timeoutMs: patienceMs }).then(() => {}, end),
      a.discover(address, { timeoutMs: patienceMs }).then(() => {}, end),
    ];
    await until(road, () => ends.length === 1, "the first ends");
    controller.abort(new Error("enough"));
    await until(road, () => ends.length === 2, "the second ends");
    await a[Symbol.asyncDispose]();
    await until(road, () => ends.length === 3, "the third ends");
    await Promise.all(searches);
    deepEqual(ends, ["ERR_NOBODY_ANSWERED", "enough", "ERR_TRANSPORT_CLOSED"]);
  },

  async "a channel's name is taken until the channel is closed"(road) {
    const a = await road.transport("a");
    const first = a.open("name", text);
    throws(() => a.open("name", text), { code: "ERR_CHANNEL_IN_USE" });
    first[Symbol.dispose]();
    equal(first.send("a", "too late"), false);
    const second = a.open("name", text);
    first[Symbol.dispose]();
    throws(() => a.open("name", text), { code: "ERR_CHANNEL_IN_USE" });
    second[Symbol.dispose]();
  },

  async "what nobody receives is dropped, and the rest still arrives"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("heard", text));
    b.open("deaf", text);
    a.open("deaf", text).send("b", "1");
    a.open("missing", text).send("b", "2");
    a.open("heard", text).send("b", "3");
    await until(road, () => heard.length > 0, "it arrives");
    deepEqual(heard, [["a", "3"]]);
  },

  async "a message that cannot be read is dropped, and the rest still arrives"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("mixed", text));
    const broken: Codec<string> = { ...text, encode: (_, writer = new BinaryWriter()) => writer.uint32(77) };
    a.open("mixed", broken).send("b", "garbage");
    const fine = a.open("fine", text);
    const heardFine = listen(b.open("fine", text));
    fine.send("b", "good");
    await until(road, () => heardFine.length > 0, "it arrives");
    deepEqual(heard, []);
  },

  async "what a codec throws goes to the sender and harms nothing"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("strict", text));
    const channel = a.open("strict", {
      ...text,
      encode(message, writer = new BinaryWriter()) {
        if (message !== "bad") return text.encode(message, writer);
        writer.uint32(10).fork().string("half of it");
        throw new RangeError("not this one");
      },
    });
    channel.send("b", "1");
    throws(() => channel.send("b", "bad"), RangeError);
    channel.send("b", "2");
    await until(road, () => heard.length >= 2, "both arrive");
    deepEqual(heard, [
      ["a", "1"],
      ["a", "2"],
    ]);
  },

  async "drained resolves when there is room"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("stream", text));
    const channel = a.open("stream", text);
    await channel.drained("b");
    let accepted = 0;
    for (let i = 0; i < 500; i++) if (channel.send("b", "x".repeat(1_000))) accepted++;
    let drained = false;
    const wait = channel.drained("b").then(() => {
      drained = true;
    });
    await until(road, () => drained, "there is room again");
    await wait;
    await until(road, () => heard.length >= accepted, "what was accepted arrives on a lossless road");
  },

  async "a node that comes back under its id is heard, at another address too"(road) {
    const [a, b] = await pair(road);
    const channel = a.open("life", text);
    const first = listen(b.open("life", text));
    channel.send("b", "first life");
    await until(road, () => first.length > 0, "it arrives");
    await b[Symbol.asyncDispose]();
    const again = await road.transport("b");
    introduce(a, again);
    const second = listen(again.open("life", text));
    const heard = listen(channel);
    await until(
      road,
      () => {
        channel.send("b", "second life");
        return second.length > 0;
      },
      "the new life is reached",
    );
    const answer = again.open("answer", text);
    const answers = listen(a.open("answer", text));
    answer.send("a", "here");
    await until(road, () => answers.length > 0, "the new life is heard");
    deepEqual(heard, []);
  },

  async "a closed transport sends, opens and delivers nothing more"(road) {
    const [a, b] = await pair(road);
    const channel = a.open("end", text);
    const heard = listen(channel);
    const other = b.open("end", text);
    await a[Symbol.asyncDispose]();
    await a[Symbol.asyncDispose]();
    equal(channel.send("b", "late"), false);
    await channel.drained("b");
    throws(() => a.open("late", text), { code: "ERR_TRANSPORT_CLOSED" });
    other.send("a", "late");
    await road.pass(200);
    deepEqual(heard, []);
  },

  async "what was accepted before close still leaves"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("last", text));
    const channel = a.open("last", text);
    channel.send("b", "warm up");
    await until(road, () => heard.length > 0, "the link stands");
    for (const message of numbered(100)) channel.send("b", message);
    const closing = a[Symbol.asyncDispose]();
    await until(road, () => heard.length > 100, "all arrive");
    await closing;
  },

  async "an invalid node id is refused"(road) {
    const a = await road.transport("a");
    for (const id of ["", "two words", "x".repeat(65), "new\nline"])
      throws(() => a.connect(id, a.address), { code: "ERR_INVALID_NODE_ID" });
  },

  async "metrics are numbers that grow"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("counted", text));
    const before = a.metrics();
    for (const value of Object.values(before)) equal(typeof value, "number");
    a.open("counted", text).send("b", "one");
    await until(road, () => heard.length > 0, "it arrives");
    ok(a.metrics().recordsSent! > before.recordsSent!);
    ok(b.metrics().recordsReceived! > 0);
  },
};

/**
 * What every implementation of `Transport` promises. Run each case with your test runner:
 *
 *     for (const { name, run } of transportContract) test(name, () => run(makeRoad))
 */
export const transportContract: readonly ContractCase[] = Object.entries(cases).map(([name, body]) => ({
  name,
  async run(factory: RoadFactory): Promise<void> {
    const road = await factory();
    try {
      await body(road);
    } finally {
      await road.close();
    }
  },
}));
