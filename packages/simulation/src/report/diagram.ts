import type { NodeId } from "@coterie/host";
import type { Plan } from "../plan/plan.ts";
import type { Outcome } from "../plan/run.ts";
import { namesOf } from "../world/world.ts";
import { page } from "./page.ts";
import { tellStory } from "./story.ts";
import type { TraceEntry } from "./trace.ts";

/** More than this many messages make a page slow: the latest are drawn. */
const messagesMax = 20_000;

/** One message in the diagram: indices of nodes, times in ms. One that neither arrived nor was lost is on its way. */
interface DrawnMessage {
  readonly from: number;
  readonly to: number;
  readonly sent: number;
  readonly arrived: number[];
  lost: boolean;
  readonly text: string;
}

/** A stretch of a node's time, or of everybody's. */
interface DrawnSpan {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly kind: "down" | "paused" | "fault";
  readonly text: string;
}

interface DrawnMark {
  readonly node: number;
  readonly at: number;
  readonly kind: string;
  readonly text: string;
}

export interface Drawing {
  readonly nodes: readonly NodeId[];
  readonly endMs: number;
  readonly messages: readonly DrawnMessage[];
  readonly spans: readonly DrawnSpan[];
  readonly marks: readonly DrawnMark[];
  readonly title: string;
  readonly story: string;
}

/** Draws a run: nodes as lines, time to the right, messages as arrows, faults shaded, crashes marked. */
export function drawDiagram(plan: Plan, outcome: Outcome): string {
  const nodes = namesOf(plan.nodes);
  const entries = outcome.trace?.entries ?? [];
  const messages = messagesOf(entries, nodes);
  const marks = marksOf(entries, nodes);
  const endMs = lastOf(messages, marks);
  const drawing: Drawing = {
    nodes,
    endMs,
    messages,
    spans: spansOf(entries, nodes, outcome.virtualMs),
    // A history is judged when the world has ended: the picture need not show the time in between.
    marks: marks.map((mark) =>
      mark.kind === "violation" ? { ...mark, at: Math.min(mark.at, endMs) } : mark,
    ),
    title: `${plan.suite}, seed ${plan.seed}`,
    story: tellStory(plan, outcome),
  };
  return page(drawing);
}

/** When the last thing happened, apart from the verdict. */
function lastOf(messages: readonly DrawnMessage[], marks: readonly DrawnMark[]): number {
  let last = 1;
  for (const { sent, arrived } of messages) last = Math.max(last, arrived.at(-1) ?? sent);
  for (const { kind, at } of marks) if (kind !== "violation") last = Math.max(last, at);
  return last;
}

function messagesOf(entries: readonly TraceEntry[], nodes: readonly NodeId[]): DrawnMessage[] {
  const byNumber = new Map<number, DrawnMessage>();
  for (const { what, node, peer, message, text, atMs } of entries) {
    if (message === undefined || node === undefined || peer === undefined) continue;
    if (what === "sent") {
      const ends = { from: nodes.indexOf(node), to: nodes.indexOf(peer) };
      byNumber.set(message, { ...ends, sent: round(atMs), arrived: [], lost: false, text: text ?? "" });
    } else if (what === "delivered") byNumber.get(message)?.arrived.push(round(atMs));
    else byNumber.get(message)!.lost = true;
  }
  return [...byNumber.values()].filter(({ from, to }) => from !== to).slice(-messagesMax);
}

function spansOf(entries: readonly TraceEntry[], nodes: readonly NodeId[], endMs: number): DrawnSpan[] {
  const spans: DrawnSpan[] = [];
  const open = new Map<string, { at: number; text: string }>();
  const close = (node: NodeId, kind: "down" | "paused", at: number): void => {
    const begun = open.get(`${kind} ${node}`);
    if (!begun) return;
    open.delete(`${kind} ${node}`);
    spans.push({ node: nodes.indexOf(node), from: begun.at, to: round(at), kind, text: begun.text });
  };
  for (const { what, node, text, atMs, untilMs } of entries) {
    if (what === "fault" && untilMs !== undefined)
      spans.push({
        node: node ? nodes.indexOf(node) : -1,
        from: round(atMs),
        to: round(untilMs),
        kind: "fault",
        text: text ?? "",
      });
    if (node === undefined) continue;
    if (what === "crashed") {
      close(node, "paused", atMs);
      open.set(`down ${node}`, { at: round(atMs), text: `${node} is down (${text})` });
    } else if (what === "paused") open.set(`paused ${node}`, { at: round(atMs), text: `${node} is paused` });
    else if (what === "started") close(node, "down", atMs);
    else if (what === "resumed") close(node, "paused", atMs);
  }
  for (const key of [...open.keys()]) {
    const [kind, node] = key.split(" ") as ["down" | "paused", NodeId];
    close(node, kind, endMs);
  }
  return spans;
}

function marksOf(entries: readonly TraceEntry[], nodes: readonly NodeId[]): DrawnMark[] {
  const shown = new Set(["started", "crashed", "failed", "invoked", "answered", "note"]);
  return entries
    .filter(
      ({ what, node, text }) => shown.has(what) && (node !== undefined || text?.startsWith("VIOLATION")),
    )
    .map(({ what, node, text, atMs }) => ({
      node: node ? nodes.indexOf(node) : -1,
      at: round(atMs),
      kind: text?.startsWith("VIOLATION") ? "violation" : what,
      text: text ?? what,
    }));
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
