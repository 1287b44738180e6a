// One pusher, two workers of different speed. Run: node pipeline.ts
import { setTimeout as sleep } from "node:timers/promises";
import { createPusher, createWorker, createZmqTransport, jsonCodec, systemClock } from "@coterie/transport";

const clock = systemClock();
const source = await createZmqTransport({ id: "source", listen: "tcp://127.0.0.1:*" });
const pusher = createPusher({ transport: source, clock }, jsonCodec<number>(), { attemptsMax: 3 });

const done: Record<string, number> = { quick: 0, slow: 0 };
const workers = await Promise.all(
  Object.entries({ quick: 1, slow: 20 }).map(async ([id, ms]) => {
    const transport = await createZmqTransport({ id, listen: "tcp://127.0.0.1:*" });
    transport.connect("source", source.address);
    const handler = async () => {
      await sleep(ms);
      done[id]!++;
    };
    const worker = createWorker({ transport, clock }, jsonCodec<number>(), ["source"], handler, {
      credit: 4,
    });
    return { transport, worker };
  }),
);

await Promise.all(Array.from({ length: 200 }, (_, i) => pusher.push(i)));
console.log(done);

for (const { transport, worker } of workers) {
  worker[Symbol.dispose]();
  await transport[Symbol.asyncDispose]();
}
await pusher[Symbol.asyncDispose]();
await source[Symbol.asyncDispose]();
