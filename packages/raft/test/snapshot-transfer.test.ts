import { crc32 } from "node:zlib";
import type { Channel, Clock } from "@coterie/host";
import test from "ava";
import type { SnapshotMessage, SnapshotMeta } from "../src/gen/raft.ts";
import { Pace } from "../src/pace.ts";
import { SnapshotReceiver, type SnapshotWriter } from "../src/snapshot-receiver.ts";
import { type ReadableSnapshot, SnapshotSender } from "../src/snapshot-sender.ts";

const pieceBytes = 10_000;
const pieces = 60;
const size = pieces * pieceBytes;

const meta = (index: number): SnapshotMeta => ({
  index,
  term: 3,
  time: 0,
  configuration: undefined,
  configurationIndex: 0,
});

/** A snapshot of pieces that all are `seed`s. */
function snapshotOf(seed: number, { index = 7, claims = seed } = {}): ReadableSnapshot {
  const body = (of: number) =>
    Buffer.concat(Array.from({ length: pieces }, () => new Uint8Array(pieceBytes).fill(of)));
  return {
    meta: meta(index),
    sum: async () => ({ bytes: size, crc32: crc32(body(claims)) }),
    async *read(offset) {
      const rest = body(seed).subarray(offset);
      for (let at = 0; at < rest.length; at += pieceBytes) yield rest.subarray(at, at + pieceBytes);
    },
  };
}

/** Leaders that send to one follower over a link that a test cuts, in virtual time. */
class Scene {
  now = 0;
  /** Whether what leaves now arrives. */
  isUp: (now: number) => boolean = () => true;
  /** Bytes of snapshots that have left, arrived or not. */
  sentBytes = 0;
  questions = 0;
  installed: { readonly from: string; readonly bytes: Buffer } | null = null;
  aborted = 0;
  delayMs = 20;
  readonly #senders: Map<string, SnapshotSender> = new Map();
  readonly #wakes: Map<object, { readonly at: number; readonly fn: () => void }> = new Map();
  readonly #receiver: SnapshotReceiver;
  #nextTransfer = 1;

  constructor() {
    let draft: Uint8Array[] = [];
    const writer: SnapshotWriter = {
      write: async (chunk) => void draft.push(chunk.slice()),
      commit: async () => {},
      abort: async () => {
        this.aborted++;
      },
    };
    this.#receiver = new SnapshotReceiver({
      channel: {
        send: (to, { body }) => this.#carry(() => this.#senders.get(to)?.receive(body!.value as never)),
      },
      term: () => 1,
      now: () => this.now,
      isNews: () => this.installed === null,
      begin: async () => {
        draft = [];
        return writer;
      },
      install: (from) => {
        this.installed = { from, bytes: Buffer.concat(draft) };
      },
    });
  }

  #carry(deliver: () => void): boolean {
    if (this.isUp(this.now)) this.#clock.wake(this.now + this.delayMs, deliver);
    return true;
  }

  readonly #clock: Clock = {
    now: () => this.now,
    wall: () => 0,
    wake: (at, fn) => {
      const key = {};
      this.#wakes.set(key, { at, fn });
      return () => void this.#wakes.delete(key);
    },
  };

  /** One transfer, with the patience of a real one. Answers whether it succeeded. */
  async transfer(
    from: string,
    snapshot: ReadableSnapshot,
    until = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const channel: Pick<Channel<SnapshotMessage>, "send"> = {
      send: (_to, { body }) => {
        if (body?.$case !== "chunk") return false;
        this.sentBytes += body.value.data.length;
        if (body.value.data.length === 0) this.questions++;
        return this.#carry(() => void this.#receiver.receive(from, body.value));
      },
    };
    const pace = new Pace(size / 20);
    const options = { windowBytes: 2 * pieceBytes, retryMs: 1_000, retriesMax: 10, pace };
    const sender = new SnapshotSender(this.#clock, channel, "f", this.#nextTransfer++, options);
    this.#senders.set(from, sender);
    let ended = false;
    const sending = sender
      .send(snapshot, () => 1)
      .finally(() => {
        ended = true;
      });
    while (!ended) {
      for (let i = 0; i < 100; i++) await Promise.resolve();
      if (this.now >= until) sender.stop();
      const next = [...this.#wakes].sort(([, a], [, b]) => a.at - b.at)[0];
      if (next === undefined) continue;
      this.#wakes.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].fn();
    }
    return await sending;
  }
}

const whole = (seed: number): Buffer => Buffer.alloc(size, seed);

test("a transfer that was given up goes on from the last byte that arrived, as often as it takes", async (t) => {
  const scene = new Scene();
  // Two seconds of every twenty: longer away than a transfer has patience for.
  scene.isUp = (now) => now % 20_000 < 2_000;
  let transfers = 0;
  for (let done = false; !done && transfers < 100; transfers++)
    done = await scene.transfer("a", snapshotOf(1));
  t.true(transfers > 5, `${transfers} transfers`);
  t.true(scene.installed?.bytes.equals(whole(1)));
  t.true(
    scene.sentBytes <= 1.4 * size,
    `${scene.sentBytes / size} times its size was sent in ${transfers} transfers`,
  );
});

test("while the link is down nothing leaves but questions", async (t) => {
  const scene = new Scene();
  scene.isUp = (now) => now < 1_000 || now > 9_000;
  t.true(await scene.transfer("a", snapshotOf(1)));
  t.true(scene.installed?.bytes.equals(whole(1)));
  t.true(scene.sentBytes <= size + 3 * pieceBytes, `${scene.sentBytes} bytes`);
  t.true(scene.questions <= 10);
});

test("the next leader goes on with the same snapshot, even while the last one still sends", async (t) => {
  const scene = new Scene();
  t.false(await scene.transfer("a", snapshotOf(1), 10_000));
  const before = scene.sentBytes;
  t.true(before > 0.4 * size && before < 0.6 * size);
  t.true(await scene.transfer("b", snapshotOf(1)));
  t.true(scene.installed?.bytes.equals(whole(1)));
  t.is(scene.installed?.from, "b");
  t.is(scene.aborted, 0);
  t.true(scene.sentBytes <= size + 3 * pieceBytes, `${scene.sentBytes} bytes`);
});

for (const [what, other] of [
  ["of other bytes", snapshotOf(2)],
  ["of another index", snapshotOf(2, { index: 9, claims: 1 })],
] as const)
  test(`a snapshot ${what} begins anew`, async (t) => {
    const scene = new Scene();
    t.false(await scene.transfer("a", snapshotOf(1), 10_000));
    await scene.transfer("b", other);
    t.is(scene.aborted, what === "of other bytes" ? 1 : 2);
    if (what === "of other bytes") t.true(scene.installed?.bytes.equals(whole(2)));
  });

test("what is not what was announced is not installed, and its transfer fails", async (t) => {
  const scene = new Scene();
  t.false(await scene.transfer("a", snapshotOf(1, { claims: 2 })));
  t.is(scene.installed, null);
  t.is(scene.aborted, 1);
  t.true(await scene.transfer("a", snapshotOf(2)));
  t.true(scene.installed?.bytes.equals(whole(2)));
});

test("a link whose way is longer than the patience for an answer carries a snapshot once", async (t) => {
  const scene = new Scene();
  scene.delayMs = 1_200;
  t.true(await scene.transfer("a", snapshotOf(1)));
  t.is(scene.sentBytes, size);
});
