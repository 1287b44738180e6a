import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CheckerOptionError, HistoryError, ModelError } from "../errors.ts";
import { readHistory } from "../history/json-lines.ts";
import type { History } from "../history/operation.ts";
import { checkLinearizable } from "../linearizability/check.ts";
import type { Model } from "../linearizability/model.ts";
import { counter } from "../models/counter.ts";
import { kv } from "../models/kv.ts";
import { lock } from "../models/lock.ts";
import { queue } from "../models/queue.ts";
import { register } from "../models/register.ts";
import { set } from "../models/set.ts";
import { drawLinearizability } from "../picture/linearizability.ts";
import { checkTransactions, type TransactionStep } from "../transactions/check.ts";

const USAGE = `coterie-check FILE [--model MODEL] [--html OUT.html] [--steps N]

Judges a recorded history (JSON lines; - reads standard input).

  --model   register, kv (default), set, counter, queue, lock: is it linearizable?
            list-append, transactions: what isolation does it show? (transactions = registers)
  --html    draws the part that breaks it
  --steps   how far to search before answering "unknown"

Exit status: 0 nothing wrong, 1 a violation, 2 undecided, 3 it could not be judged.
`;

type AnyModel = Model<unknown, unknown, unknown>;
const models = { register, kv, set, counter, queue, lock } as unknown as Readonly<Record<string, AnyModel>>;
const transactionModels: Readonly<Record<string, "list-append" | "register">> = {
  "list-append": "list-append",
  transactions: "register",
};

/** Where the command writes. */
export interface Console {
  out(text: string): void;
  error(text: string): void;
}

const standard: Console = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
};

/** The command `coterie-check`; answers its exit status. */
export async function main(args: readonly string[], io: Console = standard): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    if (!isExpected(error)) throw error;
    io.error(`coterie-check: ${error.message}\n`);
    return 3;
  }
}

async function run(args: readonly string[], io: Console): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      model: { type: "string", default: "kv" },
      html: { type: "string" },
      steps: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [file, ...more] = positionals;
  if (values.help || file === undefined || more.length > 0) {
    (values.help ? io.out : io.error)(USAGE);
    return values.help ? 0 : 3;
  }
  const steps = values.steps === undefined ? undefined : positive("--steps", values.steps);
  const history = await readFrom(file);
  const transactions = transactionModels[values.model];
  if (transactions && values.html === undefined) return judgeTransactions(history, transactions, steps, io);
  if (transactions) throw new CheckerOptionError("--html draws linearizability only");
  const model = Object.hasOwn(models, values.model) ? models[values.model] : undefined;
  if (!model) throw new CheckerOptionError(`there is no model ${values.model}: see --help`);
  return await judgeLinearizability(history, model, steps, values.html, io);
}

async function judgeLinearizability(
  history: History,
  model: AnyModel,
  steps: number | undefined,
  html: string | undefined,
  io: Console,
): Promise<number> {
  const report = checkLinearizable(history, model, { budget: { steps } });
  const { verdict, parts, violation } = report;
  io.out(`${verdict} (${history.length} operations, ${parts.length} parts, ${report.steps} steps)\n`);
  if (violation?.blocked !== undefined) {
    const operation = history[violation.blocked]!;
    const { process, completedAt } = operation;
    const place = `operation ${violation.blocked} of process ${process}, completed at ${completedAt}`;
    io.out(`no order explains ${place}: ${JSON.stringify(operation)}\n`);
  }
  if (html !== undefined) {
    await writeFile(html, drawLinearizability(history, model, report));
    io.out(`drawn in ${html}\n`);
  }
  return { linearizable: 0, illegal: 1, unknown: 2 }[verdict];
}

function judgeTransactions(
  history: History,
  model: "list-append" | "register",
  steps: number | undefined,
  io: Console,
): number {
  const transactions = history as History<readonly TransactionStep[], readonly TransactionStep[]>;
  const report = checkTransactions(transactions, { model, steps });
  for (const { story } of report.anomalies) io.out(`${story}\n`);
  const { strongest, complete, size } = report;
  io.out(`${strongest} (${size.transactions} transactions, ${size.precedences} precedences)\n`);
  if (report.anomalies.length > 0) return 1;
  return complete ? 0 : 2;
}

async function readFrom(file: string): Promise<History> {
  if (file !== "-") return await readHistory(createReadStream(file, { encoding: "utf8" }));
  return await readHistory(process.stdin.setEncoding("utf8"));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new CheckerOptionError(`${option} must be a positive integer, not ${text}`);
  }
  return value;
}

/** Errors of the input and of the files, which the user can do something about. */
function isExpected(error: unknown): error is Error {
  if (error instanceof HistoryError || error instanceof ModelError || error instanceof CheckerOptionError) {
    return true;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_PARSE_ARGS") || /^E[A-Z]+$/.test(code);
}
