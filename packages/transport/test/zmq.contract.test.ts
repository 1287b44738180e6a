import { setTimeout as sleep } from "node:timers/promises";
import { createZmqTransport, generateKeys, type Transport } from "@coterie/transport";
import { type RoadFactory, transportContract } from "@coterie/transport/contract";
import test from "ava";

const keys = new Map(["a", "b"].map((id) => [id, generateKeys()]));
const peers = new Map([...keys].map(([id, { publicKey }]) => [id, publicKey]));

function zmqRoad(secured: boolean): RoadFactory {
  return async () => {
    const made: Transport[] = [];
    return {
      async transport(id) {
        const security = { ...keys.get(id)!, peers };
        const transport = await createZmqTransport({
          id,
          listen: "tcp://127.0.0.1:*",
          ...(secured && { security }),
        });
        made.push(transport);
        return transport;
      },
      pass: (ms) => sleep(ms).then(() => undefined),
      async close() {
        await Promise.all(made.map((transport) => transport[Symbol.asyncDispose]()));
      },
    };
  };
}

for (const { name, run } of transportContract) {
  test(`zmq: ${name}`, async (t) => {
    await run(zmqRoad(false));
    t.pass();
  });
  test(`zmq with CURVE: ${name}`, async (t) => {
    await run(zmqRoad(true));
    t.pass();
  });
}
