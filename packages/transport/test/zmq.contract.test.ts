import { setTimeout as sleep } from "node:timers/promises";
import { createZmqTransport, type Transport } from "@coterie/transport";
import { transportContract } from "@coterie/transport/contract";
import test from "ava";

async function zmqRoad() {
  const made: Transport[] = [];
  return {
    async transport(id: string) {
      const transport = await createZmqTransport({ id, listen: "tcp://127.0.0.1:*" });
      made.push(transport);
      return transport;
    },
    pass: (ms: number) => sleep(ms).then(() => undefined),
    async close() {
      await Promise.all(made.map((transport) => transport[Symbol.asyncDispose]()));
    },
  };
}

for (const { name, run } of transportContract)
  test(`zmq: ${name}`, async (t) => {
    await run(zmqRoad);
    t.pass();
  });
