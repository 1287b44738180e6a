// Asks three nodes at once and goes on with the first two answers. Run: node group.ts
import { callGroup, createRpc, createZmqTransport, jsonCodec, systemClock } from "@coterie/transport";

const clock = systemClock();
const read = { name: "demo/Read", request: jsonCodec<string>(), response: jsonCodec<number>() };

const replicas = await Promise.all(
  ["r1", "r2", "r3"].map(async (id, version) => {
    const transport = await createZmqTransport({ id, listen: "tcp://127.0.0.1:*" });
    // The third never answers: it learns from the call's signal that nobody waits any more.
    createRpc({ transport, clock }).serve(read, (_key, call) =>
      id === "r3" ? new Promise((_, reject) => call.signal.addEventListener("abort", reject)) : version,
    );
    return transport;
  }),
);

const client = await createZmqTransport({ id: "client", listen: "tcp://127.0.0.1:*" });
for (const { id, address } of replicas) client.connect(id, address);
const rpc = createRpc({ transport: client, clock });
const ids = replicas.map(({ id }) => id);
const { answers } = await callGroup(rpc, ids, read, "user:42", { need: "majority", timeoutMs: 10_000 });
console.log(answers);

for (const transport of [client, ...replicas]) await transport[Symbol.asyncDispose]();
