import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Plan } from "@coterie/simulation";

/** What a worker is asked. */
export interface Task {
  readonly seed: number;
  /** Replays this instead of drawing a plan. */
  readonly plan?: unknown;
  readonly twice: boolean;
  readonly shrink: boolean;
  /** Whether the diagram and the ShiViz log are wanted. */
  readonly draw: boolean;
}

/** What a worker answers; `kind` and what follows only when something failed or was to be drawn. */
export interface Answer {
  readonly seed: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly digest: string;
  readonly kind?: string | undefined;
  readonly story?: string;
  readonly plan?: Plan;
  readonly diagram?: string | undefined;
  readonly shiviz?: string | undefined;
}

export type Progress = (runs: number, steps: number) => void;

type Reply = Answer | { readonly broken: string } | { readonly runs: number; readonly steps: number };

/** One child process that runs one world at a time. */
export class Worker implements Disposable {
  readonly #child: ChildProcess;

  constructor(suiteFile: string, bug: string | undefined) {
    this.#child = fork(join(import.meta.dirname, "worker.ts"), [suiteFile, bug ?? ""], {
      execArgv: ["--conditions=@coterie/source"],
      serialization: "advanced",
    });
  }

  /** Rejects when the worker itself breaks; a failing protocol is an answer. */
  run(task: Task, onProgress: Progress = () => {}): Promise<Answer> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const exited = (code: number | null): void =>
        end(() => reject(new Error(`a worker ended with code ${code}`)));
      const end = (settle: () => void): void => {
        child.off("message", heard).off("exit", exited);
        settle();
      };
      const heard = (reply: Reply): void => {
        if ("runs" in reply) onProgress(reply.runs, reply.steps);
        else if ("broken" in reply) end(() => reject(new Error(reply.broken)));
        else end(() => resolve(reply));
      };
      child.on("message", heard).on("exit", exited);
      child.send(task);
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

/** Runs seeds on several workers until one fails or all have run. Answers the failure of the lowest seed. */
export async function runSeeds(
  workers: readonly Worker[],
  seeds: { readonly from: number; readonly count: number; readonly twice: boolean },
  onWorld: (answer: Answer) => void,
): Promise<Answer | undefined> {
  let next = seeds.from;
  const failures: Answer[] = [];
  const work = async (worker: Worker): Promise<void> => {
    while (failures.length === 0 && next < seeds.from + seeds.count) {
      const seed = next++;
      const answer = await worker.run({ seed, twice: seeds.twice, shrink: false, draw: false });
      onWorld(answer);
      if (answer.kind !== undefined) failures.push(answer);
    }
  };
  await Promise.all(workers.map(work));
  return failures.sort((a, b) => a.seed - b.seed)[0];
}
