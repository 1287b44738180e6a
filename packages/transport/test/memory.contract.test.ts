import { setTimeout as sleep } from "node:timers/promises";
import { memoryNetwork, type Transport } from "@coterie/transport";
import { transportContract } from "@coterie/transport/contract";
import test from "ava";

async function memoryRoad() {
  const network = memoryNetwork();
  const made: Transport[] = [];
  return {
    async transport(id: string) {
      const transport = network.transport(id);
      made.push(transport);
      return transport;
    },
    pass: (ms: number) => sleep(Math.min(ms, 2)).then(() => undefined),
    async close() {
      for (const transport of made) await transport[Symbol.asyncDispose]();
    },
  };
}

for (const { name, run } of transportContract)
  test(`memory: ${name}`, async (t) => {
    await run(memoryRoad);
    t.pass();
  });
