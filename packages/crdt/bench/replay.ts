import type { BenchDocument } from "./drivers/driver.ts";
import type { Trace } from "./traces.ts";

/**
 * Replays a trace's graph of transactions: each transaction is typed into a document that has seen exactly its parents.
 * Returns one update for each transaction.
 */
export function replayGraph(trace: Trace, create: (agent: number) => BenchDocument): Uint8Array[] {
  const writers = Array.from({ length: trace.numAgents ?? 1 }, (_, agent) => create(agent));
  const updates: Uint8Array[] = [];
  /** Per writer, the transactions it has seen. */
  const seen = writers.map(() => new Set<number>());
  for (const [number, { agent = 0, parents, patches }] of trace.txns.entries()) {
    const doc = writers[agent]!;
    const known = seen[agent]!;
    for (const missing of ancestors(trace, parents ?? parentsOf(number), known)) {
      doc.apply(updates[missing]!);
      known.add(missing);
    }
    for (const [position, removed, inserted] of patches) {
      if (removed > 0) doc.remove(position, removed);
      if (inserted !== "") doc.insert(position, inserted);
    }
    updates.push(doc.takeUpdate());
    known.add(number);
  }
  return updates;
}

/** Without parents a trace is a line. */
function parentsOf(number: number): number[] {
  return number === 0 ? [] : [number - 1];
}

function ancestors(trace: Trace, heads: readonly number[], seen: ReadonlySet<number>): number[] {
  const missing = new Set<number>();
  const stack = [...heads];
  for (let head = stack.pop(); head !== undefined; head = stack.pop()) {
    if (seen.has(head) || missing.has(head)) continue;
    missing.add(head);
    stack.push(...(trace.txns[head]!.parents ?? parentsOf(head)));
  }
  return [...missing].sort((a, b) => a - b);
}
