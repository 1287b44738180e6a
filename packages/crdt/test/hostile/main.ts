// The long form of hostile.test.ts: `npm run nx -- run crdt:fuzz`, or with arguments [RUNS] [SEED] [PART OF A NAME].
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { attack, type Counts } from "./target.ts";
import { targets } from "./targets.ts";

/** A target that says nothing for so long hangs. */
const silenceMs = 60_000;

interface Plan {
  readonly runs: number;
  readonly seed: number;
  readonly part: string;
}

interface News {
  readonly target: string;
  readonly counts: Counts;
  readonly ended: boolean;
  readonly broken?: string;
}

function work({ runs, seed, part }: Plan): void {
  const chosen = targets.filter(({ name }) => name.includes(part));
  const each = Math.ceil(runs / chosen.length);
  const tell = (news: News): void => parentPort!.postMessage(news);
  for (const target of chosen) {
    let tried = 0;
    try {
      const counts = attack(target, each, seed, (now) => {
        if (++tried % 100 === 0) tell({ target: target.name, counts: now, ended: false });
      });
      tell({ target: target.name, counts, ended: true });
    } catch (error) {
      const broken = (error as Error).message;
      tell({ target: target.name, counts: { refused: 0, equal: 0, other: 0 }, ended: true, broken });
    }
  }
}

function watch(plan: Plan): void {
  const all: Counts = { refused: 0, equal: 0, other: 0 };
  const line = ({ refused, equal, other }: Counts): string =>
    `${refused} refused, ${equal} without effect or equal, ${other} valid and other`;
  const began = performance.now();
  const worker = new Worker(new URL(import.meta.url), { workerData: plan, execArgv: process.execArgv });
  let last = "nothing";
  let broken = 0;
  const hangs = (): void => {
    console.error(`${last}: no sign for ${silenceMs / 1_000} s`);
    process.exit(1);
  };
  let silence = setTimeout(hangs, silenceMs);
  worker.on("message", ({ target, counts, ended, broken: how }: News) => {
    clearTimeout(silence);
    silence = setTimeout(hangs, silenceMs);
    last = target;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${ended ? "" : `${target}: ${line(counts)}`}`);
    if (!ended) return;
    if (how !== undefined) {
      broken++;
      console.log(`${target}: BROKEN\n${how}`);
      return;
    }
    console.log(`${target}: ${line(counts)}`);
    for (const outcome of ["refused", "equal", "other"] as const) all[outcome] += counts[outcome];
  });
  worker.on("exit", () => {
    clearTimeout(silence);
    const total = all.refused + all.equal + all.other;
    const seconds = ((performance.now() - began) / 1_000).toFixed(0);
    console.log(
      `${total} mutated encodings in ${seconds} s, seed ${plan.seed}: ${line(all)}, ${broken} kinds broken`,
    );
    process.exitCode = broken > 0 ? 1 : 0;
  });
}

const [runs = 100_000, seed = 1] = process.argv.slice(2, 4).map(Number);
if (isMainThread) watch({ runs, seed, part: process.argv[4] ?? "" });
else work(workerData as Plan);
