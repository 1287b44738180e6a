import type { ListAppendStep, Operation } from "@coterie/checker";
import { chance } from "../test/arbitrary.ts";

export interface TransactionShape {
  readonly seed: number;
  readonly transactions: number;
  readonly clients: number;
  /** How many keys are in use at a time; they are left for new ones after fifty transactions. */
  readonly keys: number;
}

type ListTransaction = Operation<readonly ListAppendStep[], readonly ListAppendStep[]>;

/** What clients of a database see that does their transactions one at a time, somewhere within their spans. */
export function serializableHistory(shape: TransactionShape): ListTransaction[] {
  const random = chance(shape.seed);
  const lists = new Map<number, number[]>();
  const history: ListTransaction[] = [];
  let element = 0;
  for (let i = 0; i < shape.transactions; i++) {
    const firstKey = Math.floor(i / 50) * shape.keys;
    const output = Array.from({ length: 1 + Math.floor(random() * 4) }, (): ListAppendStep => {
      const key = firstKey + Math.floor(random() * shape.keys);
      const list = lists.get(key) ?? [];
      if (random() < 0.5) return ["r", key, list];
      lists.set(key, [...list, ++element]);
      return ["append", key, element];
    });
    const input = output.map((step): ListAppendStep => (step[0] === "r" ? ["r", step[1]] : step));
    // The moment it happened is i; its client was busy with it from shortly before to shortly after.
    const invokedAt = i - random() * (shape.clients / 2);
    const completedAt = i + random() * (shape.clients / 2);
    history.push({ process: i, invokedAt, completedAt, input, output, outcome: "ok" });
  }
  return history;
}
