// The deliberately broken example of the README: two nodes, each tells the other what it was told and answers at once.
import type { Host, NodeId } from "@coterie/host";
import { jsonCodec, type RegisterCall, registers, type Suite } from "../src/index.ts";

interface Naive {
  get(key: string): number | null;
  put(key: string, value: number): void;
}

function startNaive(host: Host, nodes: readonly NodeId[]): Naive {
  const values = new Map<string, number>();
  const channel = host.transport.open("values", jsonCodec<{ key: string; value: number }>());
  channel.receive((_, { key, value }) => values.set(key, value));
  return {
    get: (key) => values.get(key) ?? null,
    put(key, value) {
      values.set(key, value);
      for (const id of nodes) if (id !== host.id) channel.send(id, { key, value });
    },
  };
}

export const suite: Suite<Naive, RegisterCall> = {
  name: "naive",
  nodes: [2, 3],
  node: startNaive,
  workload: registers({
    get: (node, key) => node.get(key),
    put: (node, key, value) => node.put(key, value),
  }),
};
