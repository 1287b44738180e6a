import { equal, ok } from "node:assert/strict";
import { bytes, parcels, text } from "./codecs.ts";
import type { RoadUnderTest } from "./road.ts";
import { listen, pair, until } from "./steps.ts";

/** What a road owes to long messages and to the memory that they lie in. */
export const payloadCases: Record<string, (road: RoadUnderTest) => Promise<void>> = {
  async "messages do not share memory with what the sender holds"(road) {
    const [a, b] = await pair(road);
    const heard: Uint8Array[] = [];
    b.open("bytes", bytes).receive((_, message) => heard.push(message));
    const payload = new Uint8Array(4096).fill(1);
    a.open("bytes", bytes).send("b", payload);
    payload.fill(2);
    await until(road, () => heard.length > 0, "it arrives");
    ok(
      heard[0]!.every((byte) => byte === 1),
      "the bytes are those at the time of send",
    );
  },

  async "what a channel lends arrives among what it does not, wherever in a message it stands"(road) {
    const [a, b] = await pair(road);
    const heard: Uint8Array[][] = [];
    b.open("parcels", parcels, { lend: true }).receive((_, message) => heard.push(message));
    const channel = a.open("parcels", parcels, { lend: true });
    const lengths = [[0, 100_000, 3], [], [16_384, 16_383, 70_000, 1], [5], [20_000], [200_000, 200_000]];
    const sent = lengths.map((some, i) =>
      some.map((length, j) => new Uint8Array(length).fill(1 + i * 8 + j)),
    );
    for (const message of sent) ok(channel.send("b", message));
    await until(road, () => heard.length >= sent.length, "all arrive");
    for (const [i, message] of sent.entries()) {
      equal(heard[i]!.length, message.length);
      for (const [j, bytes] of message.entries())
        ok(Buffer.from(heard[i]![j]!).equals(bytes), `${i} ${j} is whole`);
    }
  },

  async "what a receiver keeps stays as it was, whatever arrives after it, and what it borrows is whole in its call"(
    road,
  ) {
    const [a, b] = await pair(road);
    const kept: Uint8Array[][] = [];
    let borrowed = 0;
    b.open("kept", parcels).receive((_, message) => kept.push(message));
    b.open("borrowed", parcels, { borrow: true }).receive((_, message) => {
      for (const [i, bytes] of message.entries())
        ok(bytes.length === lengths[i] && bytes.every((byte) => byte === 7));
      borrowed++;
    });
    const lengths = [1, 64, 65, 1_000, 20_000];
    const keep = a.open("kept", parcels, { lend: true });
    const borrow = a.open("borrowed", parcels, { lend: true });
    for (let round = 0; round < 8; round++) {
      ok(
        keep.send(
          "b",
          lengths.map((length) => new Uint8Array(length).fill(round)),
        ),
      );
      ok(
        borrow.send(
          "b",
          lengths.map((length) => new Uint8Array(length).fill(7)),
        ),
      );
      await until(road, () => borrowed > round && kept.length > round, "both arrive");
    }
    equal(borrowed, 8);
    for (const [round, message] of kept.entries())
      for (const [i, bytes] of message.entries())
        ok(
          bytes.length === lengths[i] && bytes.every((byte) => byte === round),
          `${i} of round ${round} is whole`,
        );
  },

  async "a large message arrives whole"(road) {
    const [a, b] = await pair(road);
    const heard = listen(b.open("large", text, { lane: "bulk" }));
    const message = "0123456789abcdef".repeat(40_000);
    ok(a.open("large", text, { lane: "bulk" }).send("b", message));
    await until(road, () => heard.length > 0, "it arrives");
    equal(heard[0]![1], message);
  },
};
