import { createText, type Text } from "../src/index.ts";
import type { Trace } from "./traces.ts";

/**
 * Replays a trace's graph of transactions: each transaction is typed into a replica that has seen exactly its parents.
 * Returns one update per transaction. Positions are counted in code points, which equal UTF-16 units in these traces.
 */
export function replayGraph(trace: Trace, replicaOf: (agent: number) => string): Uint8Array[] {
  const agents = trace.numAgents ?? 1;
  const replicas: Text[] = Array.from({ length: agents }, (_, agent) =>
    createText({ replica: replicaOf(agent) }),
  );
  const updates: Uint8Array[] = [];
  /** Per agent, the transactions that it has seen: their ancestors are closed, so the set grows only. */
  const seen = replicas.map(() => new Set<number>());
  for (const [number, { agent = 0, parents, patches }] of trace.txns.entries()) {
    const text = replicas[agent]!;
    for (const missing of ancestors(trace, parents ?? (number === 0 ? [] : [number - 1]), seen[agent]!)) {
      text.apply(updates[missing]!);
      seen[agent]!.add(missing);
    }
    for (const [position, removed, inserted] of patches) {
      if (removed > 0) text.remove(position, removed);
      if (inserted !== "") text.insert(position, inserted);
    }
    updates.push(text.takeUpdate()!);
    seen[agent]!.add(number);
  }
  return updates;
}

function ancestors(trace: Trace, heads: readonly number[], seen: ReadonlySet<number>): number[] {
  const missing = new Set<number>();
  const stack = [...heads];
  for (let head = stack.pop(); head !== undefined; head = stack.pop()) {
    if (seen.has(head) || missing.has(head)) continue;
    missing.add(head);
    stack.push(...(trace.txns[head]!.parents ?? (head === 0 ? [] : [head - 1])));
  }
  return [...missing].sort((a, b) => a - b);
}
