// Calls: collected later, with a deadline, cancelled, refused with a code. Run: node call.ts
import { createRpc, createZmqTransport, jsonCodec, RemoteError, systemClock } from "@coterie/transport";

const clock = systemClock();
const divide = {
  name: "demo/Divide",
  request: jsonCodec<{ by: number }>(),
  response: jsonCodec<number>(),
};

const server = await createZmqTransport({ id: "server", listen: "tcp://127.0.0.1:*" });
createRpc({ transport: server, clock }).serve(divide, async ({ by }, { signal }) => {
  if (by === 0) throw Object.assign(new Error("nothing can be divided by zero"), { code: "DIVIDE_BY_ZERO" });
  // A long division: it ends when the caller has gone or its deadline has passed.
  if (by < 0) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  return 84 / by;
});

const client = await createZmqTransport({ id: "client", listen: "tcp://127.0.0.1:*" });
client.connect("server", server.address);
const rpc = createRpc({ transport: client, clock });

// Not waited for: the answers are collected when they are needed.
const answers = [1, 2, 4].map((by) => rpc.call("server", divide, { by }, { timeoutMs: 10_000 }));
console.log(await Promise.all(answers));

try {
  await rpc.call("server", divide, { by: 0 });
} catch (error) {
  if (error instanceof RemoteError) console.log(error.remoteCode);
}

const controller = new AbortController();
const cancelled = rpc.call("server", divide, { by: -1 }, { signal: controller.signal });
controller.abort();
await cancelled.catch((error: Error) => console.log(error.name));
await rpc
  .call("server", divide, { by: -1 }, { timeoutMs: 50 })
  .catch((error: { code: string }) => console.log(error.code));

for (const transport of [client, server]) await transport[Symbol.asyncDispose]();
