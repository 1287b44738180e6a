// npm run simulate -- PROTOCOL --seeds N [--from S] [--replay FILE] [--no-shrink] [--plant BUG] [--json]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parsePlan } from "@coterie/simulation";
import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { type Answer, runSeeds, Worker } from "./pool.ts";
import { findSuites, plantedBugs } from "./suites.ts";

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly replay?: string;
  readonly shrink: boolean;
  readonly twice: boolean;
  readonly plant?: string;
  readonly planted: boolean;
  readonly jobs: number;
  readonly out: string;
  readonly json: boolean;
}

const suites = findSuites();

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("It must be a whole number.");
  return value;
}

function say(options: Options, text: string): void {
  if (!options.json) console.log(text);
}

function fileOf(protocol: string): string {
  const file = suites.get(protocol);
  if (file === undefined)
    throw new Error(`there is no suite "${protocol}"; there are: ${[...suites.keys()].join(", ")}`);
  return file;
}

async function main(protocol: string, options: Options): Promise<void> {
  const file = fileOf(protocol);
  if (options.planted) return huntPlanted(file, options);
  using stack = new DisposableStack();
  const jobs = options.replay ? 1 : Math.max(1, Math.min(options.jobs, options.seeds));
  const workers = Array.from({ length: jobs }, () => stack.use(new Worker(file, options.plant)));
  if (options.replay) {
    await replay(protocol, workers[0]!, options.replay, options);
    return;
  }
  const { failure, summary } = await hunt(protocol, workers, options);
  if (options.json && failure === undefined) console.log(JSON.stringify(summary));
  if (failure === undefined) return;
  say(options, `violation: seed ${failure.seed}: ${failure.kind}`);
  await explain(protocol, workers[0]!, { seed: failure.seed }, options, summary);
}

interface Summary {
  readonly suite: string;
  readonly worlds: number;
  readonly worldsPerSecond: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly virtualHours: number;
  readonly seconds: number;
}

/** Runs the seeds, with a progress bar, and says how many worlds, events and virtual hours that was. */
async function hunt(
  protocol: string,
  workers: readonly Worker[],
  options: Options,
): Promise<{ readonly failure: Answer | undefined; readonly summary: Summary }> {
  const began = performance.now();
  const sum = { worlds: 0, events: 0, virtualMs: 0 };
  const seconds = (): number => (performance.now() - began) / 1000;
  const bar = new SingleBar({
    format: " {bar} {value}/{total} worlds | {rate} worlds/s | {events} events/s | {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  if (process.stderr.isTTY && !options.json) bar.start(options.seeds, 0, { rate: 0, events: 0 });
  const failure = await runSeeds(
    workers,
    { from: options.from, count: options.seeds, twice: options.twice },
    (answer) => {
      sum.worlds++;
      sum.events += answer.events;
      sum.virtualMs += answer.virtualMs;
      const rates = { rate: (sum.worlds / seconds()).toFixed(1), events: Math.round(sum.events / seconds()) };
      bar.update(sum.worlds, rates);
    },
  );
  bar.stop();
  const summary: Summary = {
    suite: protocol,
    worlds: sum.worlds,
    worldsPerSecond: Math.round((sum.worlds / seconds()) * 10) / 10,
    events: sum.events,
    eventsPerSecond: Math.round(sum.events / seconds()),
    virtualHours: Math.round((sum.virtualMs / 3_600_000) * 1000) / 1000,
    seconds: Math.round(seconds() * 10) / 10,
  };
  say(
    options,
    `${protocol}: ${summary.worlds} worlds (${summary.worldsPerSecond}/s), ${summary.events} events (${summary.eventsPerSecond}/s), ` +
      `${summary.virtualHours} virtual hours in ${summary.seconds} s on ${workers.length} cores`,
  );
  return { failure, summary };
}

/** Shrinks a failing world, tells its story, saves what replays and shows it. Sets the exit code. */
async function explain(
  protocol: string,
  worker: Worker,
  world: { readonly seed: number; readonly plan?: unknown },
  options: Options,
  summary?: Summary,
): Promise<void> {
  const task = { ...world, twice: options.twice, shrink: options.shrink, draw: true };
  const answer = await worker.run(task, (runs, steps) => {
    if (process.stderr.isTTY && !options.json)
      process.stderr.write(`\rshrinking: ${steps} steps after ${runs} runs `);
  });
  if (process.stderr.isTTY && !options.json) process.stderr.write("\r\x1b[K");
  mkdirSync(options.out, { recursive: true });
  const path = (ending: string): string => join(options.out, `${protocol}-${answer.seed}.${ending}`);
  writeFileSync(path("json"), `${JSON.stringify(answer.plan, undefined, 1)}\n`);
  writeFileSync(path("html"), answer.diagram ?? "");
  writeFileSync(path("shiviz.log"), answer.shiviz ?? "");
  say(options, `\n${answer.story}\n`);
  say(options, `replay:  npm run simulate -- ${protocol} --replay ${path("json")}`);
  say(options, `diagram: ${path("html")}`);
  if (options.json) {
    const violation = answer.kind && {
      seed: answer.seed,
      kind: answer.kind,
      story: answer.story,
      replay: path("json"),
    };
    console.log(JSON.stringify({ ...(summary ?? { suite: protocol, events: answer.events }), violation }));
  }
  if (answer.kind !== undefined) process.exitCode = 1;
}

async function replay(protocol: string, worker: Worker, source: string, options: Options): Promise<void> {
  const plan = parsePlan(readFileSync(source, "utf8"), source);
  if (plan.suite !== protocol)
    throw new Error(`${source} is a plan of the suite "${plan.suite}", not of "${protocol}"`);
  await explain(protocol, worker, { seed: plan.seed, plan }, options);
}

/** Looks for each planted bug in turn. One that is not found within its seeds is a failure. */
async function huntPlanted(file: string, options: Options): Promise<void> {
  const table = new Table({ head: ["bug", "what", "found", "as", "within"], style: { head: [] } });
  for (const bug of await plantedBugs(file)) {
    using stack = new DisposableStack();
    const suiteFile = bug.suite === undefined ? file : fileOf(bug.suite);
    const workers = Array.from({ length: options.jobs }, () => stack.use(new Worker(suiteFile, bug.name)));
    const seeds = { from: options.from, count: bug.withinSeeds, twice: false };
    const failure = await runSeeds(workers, seeds, () => {});
    const found = failure ? `seed ${failure.seed}` : "NOT FOUND";
    table.push([bug.name, bug.what, found, failure?.kind ?? "", bug.withinSeeds]);
    if (failure === undefined) process.exitCode = 1;
    if (options.json)
      console.log(
        JSON.stringify({ bug: bug.name, seed: failure?.seed, kind: failure?.kind, within: bug.withinSeeds }),
      );
    else console.log(`${bug.name}: ${found}${failure ? `, ${failure.kind}` : ""}`);
  }
  say(options, table.toString());
}

await new Command("simulate")
  .description(
    "Runs seeded worlds of a protocol: faulty network, faulty disks, crashes. Exit code 1 on a violation.",
  )
  .argument("<protocol>", `one of: ${[...suites.keys()].join(", ")}`)
  .option("--seeds <n>", "how many worlds", wholeNumber, 100)
  .option("--from <seed>", "the first seed", wholeNumber, 1)
  .option("--replay <file>", "run a saved plan instead")
  .option("--shrink", "make a failing plan smaller (the default)", true)
  .option("--no-shrink", "leave a failing plan as it is")
  .option("--twice", "run every world twice and compare", false)
  .option("--plant <bug>", "with this planted bug")
  .option("--planted", "look for every planted bug instead", false)
  .option("--jobs <n>", "processes", wholeNumber, availableParallelism())
  .option("--out <folder>", "where replay files and diagrams go", "out/simulate")
  .option("--json", "one JSON object instead of text", false)
  .action((protocol: string, options: Options) => main(protocol, options))
  .parseAsync()
  .catch((error: Error) => {
    console.error(`simulate: ${error.message}`);
    process.exitCode = 2;
  });
