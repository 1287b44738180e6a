import { setImmediate as nextTurn } from "node:timers/promises";
import type { Router } from "zeromq";
import type { Channels } from "../channels.ts";
import type { Counters } from "../metrics.ts";
import { release } from "../wire/release.ts";
import { question } from "./discover.ts";
import { linkMagic, type Proof } from "./proof.ts";
import type { Sources } from "./sources.ts";

/** After that long in one turn the loop gets to its timers and its other sockets. */
const turnMs = 5;

const nothingLent: readonly Buffer[] = [];

/** Reads the ROUTER until it is closed. Nothing that arrives can end it. */
export async function readFrames(
  router: Router,
  frameBytesMax: number,
  sources: Sources,
  channels: Channels,
  counters: Counters,
  proof: Proof | undefined,
  answer: Buffer,
): Promise<void> {
  let turnEnds = performance.now() + turnMs;
  while (!router.closed) {
    let parts: Buffer[];
    try {
      parts = await router.receive();
    } catch {
      // Closing fails the receive that waits; the loop's condition then ends the reading.
      await nextTurn();
      continue;
    }
    const [routingId, frame] = parts;
    if (routingId === undefined || frame === undefined) {
      counters.malformed++;
      continue;
    }
    const lent = parts.length === 2 ? nothingLent : parts.slice(2);
    if (sum(frame, lent) > frameBytesMax) {
      counters.oversized++;
      continue;
    }
    // Whoever asks who listens here has no id to be judged by.
    if (question.equals(frame)) {
      reply(router, routingId, answer);
      continue;
    }
    const source = sources.find(routingId);
    if (frame[0] === linkMagic && proof !== undefined) proof.receive(source, frame);
    else {
      const from = sources.judge(source);
      if (from === undefined || channels.deliver(from, frame, lent)) release(frame);
    }
    if (performance.now() >= turnEnds) {
      await nextTurn();
      turnEnds = performance.now() + turnMs;
    }
  }
}

function sum(frame: Buffer, lent: readonly Buffer[]): number {
  return lent.reduce((bytes, part) => bytes + part.length, frame.length);
}

/** What cannot leave at once is dropped: whoever asked asks again. */
function reply(router: Router, routingId: Buffer, frame: Buffer): void {
  try {
    router.send([routingId, frame]).catch(() => {});
  } catch {
    // Another answer is leaving.
  }
}
