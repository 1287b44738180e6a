import { describeStep, type Plan } from "../plan/plan.ts";
import type { Outcome } from "../plan/run.ts";
import type { TraceEntry } from "./trace.ts";

/** How many entries of the trace a story ends with. */
const lastEntries = 40;

/** What happened in a world, in words: the violation, the plan without its calls, and the last events before it. */
export function tellStory(plan: Plan, outcome: Outcome): string {
  const { violation, digest, events, virtualMs } = outcome;
  const lines = [
    `${plan.suite}, seed ${plan.seed}, ${plan.nodes} nodes: ${violation ? "VIOLATION" : "no violation"}`,
  ];
  if (violation) {
    const where = violation.node ? ` at ${violation.node}` : "";
    lines.push(`${violation.kind}${where}, ${violation.atMs.toFixed(3)} ms: ${violation.message}`);
    const { cause } = violation;
    if (cause instanceof Error && cause.stack) lines.push(cause.stack);
  }
  lines.push(`digest ${digest}, ${events} events, ${(virtualMs / 1000).toFixed(1)} virtual seconds`);
  const calls = plan.steps.filter((step) => step.do === "call");
  const faults = plan.steps.filter((step) => step.do !== "call");
  lines.push(
    "",
    `The plan: ${count(calls.length, "call")}, ${networkInWords(plan)},${settingsInWords(plan)} and ${count(faults.length, "fault")}:`,
  );
  for (const step of calls.length <= 20 ? plan.steps : faults)
    lines.push(`  ${step.atMs.toFixed(0).padStart(7)} ms  ${describeStep(step)}`);
  const entries = outcome.trace?.entries ?? [];
  if (entries.length > 0) {
    lines.push("", "What happened last:");
    for (const entry of lastOf(entries))
      lines.push(`  ${entry.atMs.toFixed(3).padStart(11)} ms  ${tell(entry)}`);
  }
  return lines.join("\n");
}

function settingsInWords({ settings = {} }: Plan): string {
  return Object.entries(settings)
    .map(([name, value]) => ` ${name} ${value},`)
    .join("");
}

function lastOf(entries: readonly TraceEntry[]): readonly TraceEntry[] {
  return entries.filter(({ what }) => what !== "disk" && what !== "reached").slice(-lastEntries);
}

function networkInWords({ network, spread = 1 }: Plan): string {
  const { delay, loss, duplicate, reorder, bytesPerMs } = network;
  const parts = [`messages take ${delay.minMs} ms and ${delay.meanMs} ms more on average`];
  if (spread > 1) parts.push(`on some links up to ${spread} times that`);
  if (loss > 0) parts.push(`${percent(loss)} are lost`);
  if (duplicate > 0) parts.push(`${percent(duplicate)} come twice`);
  if (reorder > 0) parts.push(`${percent(reorder)} leave the order`);
  if (bytesPerMs > 0) parts.push(`links carry ${bytesPerMs} bytes/ms`);
  return parts.join(", ");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function percent(p: number): string {
  return `${Math.round(p * 1000) / 10} %`;
}

/** One entry of a trace in words. */
export function tell({ what, node, peer, message, text }: TraceEntry): string {
  switch (what) {
    case "sent":
      return `${node} -> ${peer}  #${message} ${text ?? ""}`;
    case "delivered":
      return `${node} <- ${peer}  #${message}`;
    case "lost":
      return `${node} -x ${peer}  #${message} ${text}`;
    case "fault":
    case "note":
    case "lifted":
      return text ?? what;
    default:
      return `${node ?? "a node"} ${what}${text ? `: ${text}` : ""}`;
  }
}
