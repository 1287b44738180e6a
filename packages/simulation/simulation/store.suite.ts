// One node that keeps a number in a file. Without `sync` it answers before the number is durable, as planted bugs do.
import type { Host } from "@coterie/host";
import { type RegisterCall, registers, type Suite } from "../src/index.ts";

interface Store {
  get(): number | null;
  put(value: number): Promise<void>;
}

async function startStore(host: Host, sync: boolean): Promise<Store> {
  const file = await host.disk.open("number", { create: true });
  await host.disk.syncFolder("");
  const bytes = Buffer.from(await file.read(0, 8));
  let durable = bytes.length === 8 ? bytes.readDoubleBE() : null;
  let last = Promise.resolve();
  return {
    get: () => durable,
    put(value) {
      last = last.then(async () => {
        const record = Buffer.alloc(8);
        record.writeDoubleBE(value);
        await file.write(0, [record]);
        host.reach("store:written");
        if (sync) await file.sync();
        durable = value;
        host.reach("store:synced");
      });
      return last;
    },
  };
}

export function store({ sync }: { readonly sync: boolean }): Suite<Store, RegisterCall> {
  return {
    name: sync ? "store" : "store-without-sync",
    nodes: 1,
    node: (host) => startStore(host, sync),
    faults: ["crash", "pause", "clock", "disk-slow"],
    workload: registers({
      keys: 1,
      get: (node) => node.get(),
      put: (node, _, value) => node.put(value),
    }),
  };
}

export const suite: ReturnType<typeof store> = store({ sync: true });
