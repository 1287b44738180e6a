import { canonical } from "../history/canonical.ts";
import type { History } from "../history/operation.ts";
import type { LinearizabilityReport, PartReport } from "../linearizability/check.ts";
import { illegal, type Model, type Seen, unseen } from "../linearizability/model.ts";
import { type Bar, drawBars } from "./bars.ts";
import { escapeText, page } from "./page.ts";

/** Options of `drawLinearizability`. */
export interface PictureOptions {
  /** Stands above the picture. Default: the model and the verdict. */
  readonly title?: string | undefined;
  /** How many operations are drawn at most: those nearest in time to the one that breaks it. Default 120. */
  readonly operationsMax?: number | undefined;
}

const LEGEND = `<p class="legend"><span class="key placed"></span>in the order found, its point numbered
<span class="key blocked"></span>breaks it <span class="key left"></span>not in the order
<span class="key left open"></span>outcome unknown. Columns are events in the order of time; bars tell more when pointed at.</p>`;

/**
 * Draws the part of a history that is illegal (else the first undecided one, else the first) as one HTML page
 * that needs nothing else: processes as rows, operations as bars in the order of time, the longest linearizable
 * prefix as numbered points, the operation that breaks it in red.
 */
export function drawLinearizability<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  report: LinearizabilityReport,
  options: PictureOptions = {},
): string {
  const title = options.title ?? `${report.model}: ${report.verdict}`;
  const undecided = report.parts.find((part) => part.verdict === "unknown");
  const part = report.violation ?? undecided ?? report.parts[0];
  if (part === undefined) return page(title, "<p>The history holds no operations.</p>");
  const bars = barsOf(history, model, part);
  const drawn = nearest(bars, options.operationsMax ?? 120);
  const hidden = bars.length - drawn.length;
  const note = `${hidden} of the ${bars.length} operations of this part are further away and not drawn.`;
  return page(
    title,
    [
      ...story(bars, part).map((sentence) => `<p>${escapeText(sentence)}</p>`),
      drawBars(drawn),
      hidden > 0 ? `<p class="note">${note}</p>` : "",
      LEGEND,
    ].join("\n"),
  );
}

function barsOf<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  part: PartReport,
): Bar[] {
  const states = replay(history, model, part);
  const places = new Map(part.order.map((index, at) => [index, at + 1]));
  return part.operations.map((index) => {
    const operation = history[index]!;
    const { process, invokedAt, input } = operation;
    const ok = operation.outcome === "ok";
    const output: Seen<Output> = ok ? operation.output : unseen;
    const plain = `${canonical(input)}${output === unseen ? "" : ` → ${canonical(output)}`}`;
    return {
      index,
      process,
      invokedAt,
      completedAt: ok ? operation.completedAt : Number.POSITIVE_INFINITY,
      label: model.describe?.(input, output) ?? plain,
      place: places.get(index),
      state: states.get(index),
      blocked: index === part.blocked,
    };
  });
}

/** The state after each operation of the order, in words. */
function replay<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  part: PartReport,
): Map<number, string> {
  const states = new Map<number, string>();
  let state: State = model.initial(part.part);
  for (const index of part.order) {
    const operation = history[index]!;
    const output = operation.outcome === "ok" ? operation.output : unseen;
    const next = model.step(state, operation.input, output);
    if (next === illegal) break;
    state = next;
    states.set(index, canonical(model.key ? model.key(state) : state));
  }
  return states;
}

function story(bars: readonly Bar[], part: PartReport): string[] {
  const of = part.part === undefined ? "" : ` on ${canonical(part.part)}`;
  const processes = new Set(bars.map((bar) => bar.process)).size;
  const sentences = [`${bars.length} operations${of} by ${processes} processes.`];
  const blocked = bars.find((bar) => bar.blocked);
  const last = bars.find((bar) => bar.place === part.order.length);
  if (!blocked) return sentences;
  const who = `operation ${blocked.index} of process ${blocked.process}, “${blocked.label}”,`;
  const when = `completed at ${blocked.completedAt}`;
  if (part.verdict === "illegal") {
    sentences.push(
      `All that happened before ${who} ${when} can be put in an order; with its answer, no order is left.`,
    );
  } else sentences.push(`The budget ended in front of ${who} which ${when}: nothing is decided.`);
  const found = `The order drawn has ${part.order.length} operations`;
  if (last?.state !== undefined) sentences.push(`${found} and leaves the state ${last.state}.`);
  return sentences;
}

/** The operations nearest to the one that breaks the history, in their order; all of them when few. */
function nearest(bars: readonly Bar[], max: number): readonly Bar[] {
  if (bars.length <= max) return bars;
  const center = bars.find((bar) => bar.blocked)?.completedAt ?? Number.NEGATIVE_INFINITY;
  const distance = (bar: Bar): number => {
    if (bar.invokedAt > center) return bar.invokedAt - center;
    return Number.isFinite(bar.completedAt) ? Math.max(0, center - bar.completedAt) : center - bar.invokedAt;
  };
  const drawn = new Set([...bars].sort((a, b) => distance(a) - distance(b)).slice(0, max));
  return bars.filter((bar) => drawn.has(bar));
}
