// How long judging takes. No checker of this kind is on npm, so the contender is what we set out to reach.
import type { Bench } from "@coterie/bench";
import {
  checkLinearizable,
  checkTransactions,
  type History,
  type KvInput,
  type KvOutput,
  kv,
  type Model,
  type Verdict,
} from "@coterie/checker";
import { linearizableHistory, withStaleRead } from "../test/histories.ts";
import { serializableHistory } from "./transactions.ts";

export const peers: Readonly<Record<string, string>> = {};

type KvHistory = History<KvInput, KvOutput>;
type KvModel = Model<unknown, KvInput, KvOutput>;

/** The key-value model without what lets the checker look ahead: a plain search. */
const { access: _, ...bare } = kv;
const plain: KvModel = { ...bare, readOnly: (input) => input.op === "get" };

const clientCounts = [5, 10, 15, 20, 30, 50];

export async function run(bench: Bench): Promise<void> {
  bench.note("Times to a verdict. `unknown` in a case's name: the default budget ended first.");
  bench.note("All clients are busy nearly all the time; half the operations read.");
  await stores(bench);
  await registers(bench);
  await transactions(bench);
}

async function stores(bench: Bench): Promise<void> {
  const right = linearizableHistory({ seed: 1, operations: 10_000, clients: 50, keys: 100 });
  const wrong = withStaleRead(right, 0.5);
  const name = "10,000 operations, 50 clients, 100 keys";
  await time(bench, `${name}, right`, () => verdictOf(right, kv), 2_000);
  await time(bench, `${name}, wrong`, () => verdictOf(wrong, kv), 2_000);
  await time(bench, `${name}, right, plain search`, () => verdictOf(right, plain), 2_000);
  await time(bench, `${name}, wrong, plain search`, () => verdictOf(wrong, plain), 2_000);
}

async function registers(bench: Bench): Promise<void> {
  for (const clients of clientCounts) {
    const name = `1,000 operations, one register, ${clients} clients`;
    const limit = clients === 10 ? 5_000 : undefined;
    const shape = { seed: 2, operations: 1000, clients, keys: 1 };
    const histories = {
      "reads and writes": linearizableHistory(shape),
      "with compare-and-set": linearizableHistory({ ...shape, cas: 0.2 }),
    };
    for (const [what, right] of Object.entries(histories)) {
      const wrong = withStaleRead(right, 0.4);
      await time(bench, `${name}, ${what}, right`, () => verdictOf(right, kv), limit);
      await time(bench, `${name}, ${what}, wrong`, () => verdictOf(wrong, kv), limit);
    }
    const right = histories["reads and writes"];
    const wrong = withStaleRead(right, 0.4);
    await time(bench, `${name}, plain search, right`, () => verdictOf(right, plain), limit);
    await time(bench, `${name}, plain search, wrong`, () => verdictOf(wrong, plain), limit);
    const few = linearizableHistory({ ...shape, cas: 0.3, values: 5 });
    await time(bench, `${name}, five values only, right`, () => verdictOf(few, kv), limit);
  }
}

async function transactions(bench: Bench): Promise<void> {
  for (const count of [1_000, 10_000]) {
    const history = serializableHistory({ seed: 1, transactions: count, clients: 20, keys: 10 });
    const judge = (): string => checkTransactions(history, { model: "list-append" }).strongest;
    await time(bench, `${count} list-append transactions, 20 clients`, judge);
  }
}

function verdictOf(history: KvHistory, model: KvModel): Verdict {
  return checkLinearizable(history, model).verdict;
}

/** Reports how long `judge` takes, under a name that tells its verdict, against the time wanted if any. */
async function time(bench: Bench, name: string, judge: () => string, wantedMs?: number): Promise<void> {
  const verdict = judge();
  await bench.compare({
    case: `${name}: ${verdict}`,
    unit: "ms",
    better: "lower",
    rounds: verdict === "unknown" ? 1 : 5,
    ours: () => {
      const start = performance.now();
      judge();
      return performance.now() - start;
    },
    peers: wantedMs === undefined ? {} : { "wanted at most": () => wantedMs },
    ...(wantedMs === undefined ? {} : { target: 1 }),
  });
}
