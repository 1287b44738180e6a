import type { Channel, Clock } from "@coterie/host";
import test from "ava";
import type { SnapshotAck, SnapshotChunk, SnapshotMessage } from "../src/gen/raft.ts";
import { Pace } from "../src/pace.ts";
import { SnapshotSender } from "../src/snapshot-sender.ts";

const meta = { index: 7, term: 1, time: 0, configuration: undefined, configurationIndex: 0 };

/** A sender on a clock that jumps to the next wake, and a follower that a test plays. */
function scene(
  bytesPerSecond: number,
  answer: (chunk: SnapshotChunk, now: number) => Partial<SnapshotAck> | null,
) {
  let now = 0;
  const wakes = new Map<() => void, number>();
  const clock: Clock = {
    now: () => now,
    wall: () => 0,
    wake(at, fn) {
      wakes.set(fn, at);
      return () => wakes.delete(fn);
    },
  };
  const sent: { readonly at: number; readonly offset: number; readonly length: number }[] = [];
  const channel = {
    send(_to: string, { body }: SnapshotMessage) {
      const chunk = body!.value as SnapshotChunk;
      if (chunk.data.length > 0) sent.push({ at: now, offset: chunk.offset, length: chunk.data.length });
      const ack = answer(chunk, now);
      const { transfer, pass } = chunk;
      const base = { transfer, pass, offset: 0, done: false, refused: false };
      if (ack) queueMicrotask(() => sender.receive({ ...base, ...ack }));
      return true;
    },
  } as unknown as Channel<SnapshotMessage>;
  const options = { windowBytes: 3_000, retryMs: 1_000, retriesMax: 3, pace: new Pace(bytesPerSecond) };
  const sender = new SnapshotSender(clock, channel, "b", 1, options);
  const body = Array.from({ length: 10 }, (_, i) => new Uint8Array(1_000).fill(i));
  const snapshot = {
    meta,
    sum: async () => ({ bytes: 10_000, crc32: 0 }),
    async *read(offset: number) {
      yield* body.slice(offset / 1_000);
    },
  };
  const run = async (): Promise<boolean> => {
    let ended = false;
    const sending = sender
      .send(snapshot, () => 1)
      .finally(() => {
        ended = true;
      });
    while (!ended) {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      const next = [...wakes].sort((a, b) => a[1] - b[1])[0];
      if (next === undefined || ended) continue;
      wakes.delete(next[0]);
      now = Math.max(now, next[1]);
      next[0]();
    }
    return sending;
  };
  return { sent, run };
}

const acknowledge = (chunk: SnapshotChunk) => ({
  offset: chunk.offset + chunk.data.length,
  done: chunk.last,
});

test("chunks leave no faster than the pace allows", async (t) => {
  const { sent, run } = scene(2_000, acknowledge);
  t.true(await run());
  t.is(sent.length, 10);
  for (const [i, { at }] of sent.entries()) t.is(at, i * 500);
});

test("two transfers share a pace", (t) => {
  const pace = new Pace(1_000);
  t.is(pace.reserve(500, 100), 100);
  t.is(pace.reserve(500, 100), 600);
  t.is(pace.reserve(500, 2_000), 2_000, "what was not used is not made up for");
});

test("after a loss it goes on from the last byte that the follower has", async (t) => {
  let lost = 0;
  const { sent, run } = scene(1e9, (chunk) => {
    if (chunk.offset === 4_000 && lost++ === 0) return null;
    return lost === 1 && chunk.offset > 4_000 ? { offset: 4_000 } : acknowledge(chunk);
  });
  t.true(await run());
  const again = sent.findIndex(({ offset }, i) => i > 0 && offset < sent[i - 1]!.offset);
  t.is(sent[again]!.offset, 4_000);
});

test("a follower that does not answer is given up", async (t) => {
  const { run } = scene(1e9, () => null);
  t.false(await run());
});
