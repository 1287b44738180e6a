import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "@coterie/bench";

/** What a start on a long log takes. */
export interface LongLogFigures {
  /** Until `createRaft` has resolved. */
  readonly startMs: number;
  /** Until everything in the log was applied and a read was answered. */
  readonly appliedMs: number;
  /** Memory of the process, host included, before the group was started, and some seconds after it was all applied. */
  readonly before: number;
  readonly idle: number;
}

const mebibyte = 2 ** 20;

/** Restart on a log without any snapshot, and what it takes in memory: in processes of their own, on a real disk. */
export async function measureLongLog(bench: Bench, entries: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "coterie-long-log-"));
  try {
    const filled = await runMember(directory, "fill", entries);
    const started = await runMember(directory, "start", entries);
    const name = `a log of ${entries.toLocaleString("en")} commands of 100 B`;
    const row = (what: string, unit: string, ours: number, limit?: number): void =>
      bench.report({
        case: `${name}: ${what}`,
        unit,
        better: "lower",
        ours,
        ...(limit === undefined ? {} : { peers: { limit }, target: 1 }),
      });
    row("start", "s", started.startMs / 1000, 3);
    row("start, and all applied", "s", started.appliedMs / 1000);
    row("memory when idle after a start", "MiB", started.idle / mebibyte, 150);
    row("memory when idle after writing it", "MiB", filled.idle / mebibyte);
    row("memory of the process before the group", "MiB", started.before / mebibyte);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runMember(directory: string, task: "fill" | "start", count: number): Promise<LongLogFigures> {
  const script = join(import.meta.dirname, "long-log-member.ts");
  const child = fork(script, [directory, task, String(count)], {
    execArgv: process.execArgv,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exit = once(child, "exit");
  const [figures] = (await Promise.race([
    once(child, "message"),
    exit.then(([code]) => {
      throw new Error(`the ${task} process exited with ${code}`);
    }),
  ])) as [LongLogFigures];
  await exit;
  return figures;
}
