// A process of the pool: runs worlds and answers what came of them.
import type { Plan } from "@coterie/simulation";
import type { Answer, Task } from "./pool.ts";
import { loadSuite } from "./suites.ts";

const [file, bug] = process.argv.slice(2);
const loading = loadSuite(file!, bug || undefined);

async function run(task: Task): Promise<Answer> {
  // In this order: a bug must be planted before anything is loaded that may hold it.
  const suite = await loading;
  const { simulate } = await import("@coterie/simulation");
  const plan = task.plan as Plan | undefined;
  const report = await simulate({ ...suite, seed: task.seed, plan, twice: task.twice });
  const counts = { events: report.events, virtualMs: report.virtualMs, digest: report.digest };
  if (report.violation === undefined && !task.draw) return { ...counts, seed: report.seed };
  const smaller = task.shrink
    ? await report.shrink({ onProgress: (runs, steps) => process.send!({ runs, steps }) })
    : report;
  return {
    ...counts,
    seed: report.seed,
    kind: report.violation?.kind,
    story: smaller.story,
    plan: smaller.plan,
    diagram: task.draw ? await smaller.diagram() : undefined,
    shiviz: task.draw ? await smaller.shiviz() : undefined,
  };
}

process.on("message", (task: Task) => {
  run(task).then(
    (answer) => process.send!(answer),
    (error: Error) => process.send!({ broken: error.stack ?? String(error) }),
  );
});
// The parent is gone: nobody wants the answer.
process.on("disconnect", () => process.exit());
