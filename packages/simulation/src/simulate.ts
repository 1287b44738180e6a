import { drawPlan } from "./plan/draw.ts";
import type { Plan } from "./plan/plan.ts";
import { type Outcome, runPlan } from "./plan/run.ts";
import { type ShrinkOptions, shrink } from "./plan/shrink.ts";
import { runTwice } from "./plan/twice.ts";
import { drawDiagram } from "./report/diagram.ts";
import { shivizLog } from "./report/shiviz.ts";
import { tellStory } from "./report/story.ts";
import type { Suite } from "./suite.ts";

/** Options of `simulate`, beside the suite. */
export interface SimulateOptions<Call = unknown> {
  /** The world to run. Required unless a plan is given. */
  readonly seed?: number | undefined;
  /** A plan to run instead of the one that the seed would draw: a saved one, for instance. */
  readonly plan?: Plan<Call> | undefined;
  /** Runs the world twice and compares every event. Default: false. */
  readonly twice?: boolean | undefined;
}

/** What `simulate` answers. */
export interface Report<Call = unknown> extends Outcome<Call> {
  readonly ok: boolean;
  readonly seed: number;
  readonly plan: Plan<Call>;
  /** What happened, in words: for the message of a failing assertion. */
  readonly story: string;
  /** Makes a failing plan smaller, and reports on the smaller one. Answers this report when nothing failed. */
  shrink(options?: ShrinkOptions): Promise<Report<Call>>;
  /** A space-time diagram as one self-contained HTML file. */
  diagram(): Promise<string>;
  /** The trace as a log that ShiViz reads. */
  shiviz(): Promise<string>;
}

/**
 * Draws a world from a seed, runs it, and says whether everything held. A world that fails is run once more with
 * its trace on, for the story.
 *
 * Throws `WorldOptionsError` for nonsensical options. A failing protocol does not throw: it is in the report.
 */
export async function simulate<Node, Call>(
  options: Suite<Node, Call> & SimulateOptions<Call>,
): Promise<Report<Call>> {
  const plan = options.plan ?? drawPlan(options, options.seed ?? 0);
  const outcome = await (options.twice ? runTwice : runPlan)(options, plan);
  const failed = outcome.violation !== undefined && outcome.violation.kind !== "not deterministic";
  const traced = failed ? await runPlan(options, plan, { trace: true }) : outcome;
  return reportOn(options, plan, { ...outcome, trace: traced.trace });
}

function reportOn<Node, Call>(
  suite: Suite<Node, Call>,
  plan: Plan<Call>,
  outcome: Outcome<Call>,
): Report<Call> {
  const traced = async (): Promise<Outcome<Call>> =>
    outcome.trace ? outcome : await runPlan(suite, plan, { trace: true });
  const report: Report<Call> = {
    ...outcome,
    ok: outcome.violation === undefined,
    seed: plan.seed,
    plan,
    story: tellStory(plan, outcome),
    async shrink(options) {
      if (outcome.violation === undefined) return report;
      const smaller = await shrink(suite, plan, outcome.violation, options);
      return simulate({ ...suite, plan: smaller.plan });
    },
    diagram: async () => drawDiagram(plan, await traced()),
    shiviz: async () => shivizLog((await traced()).trace?.entries ?? []),
  };
  return report;
}
