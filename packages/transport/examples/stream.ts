// Reads a gigabyte from another node in constant memory. Run: node stream.ts
import { createStreams, createZmqTransport, systemClock } from "@coterie/transport";

const clock = systemClock();
const total = 1024 ** 3;
const piece = new Uint8Array(1024 * 1024);
const writer = await createZmqTransport({ id: "writer", listen: "tcp://127.0.0.1:*" });
const offered = createStreams({ transport: writer, clock });
offered.offer("snapshot", function* (offset) {
  for (let at = offset; at < total; at += piece.length) yield piece.subarray(0, total - at);
});

const reader = await createZmqTransport({ id: "reader", listen: "tcp://127.0.0.1:*" });
reader.connect("writer", writer.address);
const streams = createStreams({ transport: reader, clock });
let bytes = 0;
for await (const chunk of streams.fetch("writer", "snapshot")) bytes += chunk.length;
console.log(`${bytes} bytes, ${Math.round(process.memoryUsage().rss / 1024 ** 2)} MiB resident`);

streams[Symbol.dispose]();
offered[Symbol.dispose]();
await reader[Symbol.asyncDispose]();
await writer[Symbol.asyncDispose]();
