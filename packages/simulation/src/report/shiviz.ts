import type { NodeId } from "@coterie/host";
import type { TraceEntry } from "./trace.ts";

/** The regular expression to give to ShiViz together with the log. */
export const shivizParser: string = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})";

/**
 * A trace as a log for ShiViz (Beschastnikh et al., 2016): each event with its host and vector clock. Messages that
 * were lost are sends without a receipt. Events that belong to no node are left out.
 */
export function shivizLog(entries: readonly TraceEntry[]): string {
  const clocks = new Map<NodeId, Map<NodeId, number>>();
  const carried = new Map<number, ReadonlyMap<NodeId, number>>();
  const lines: string[] = [];
  for (const { what, node, peer, message, text, atMs } of entries) {
    if (node === undefined || what === "lost") continue;
    const clock = clocks.get(node) ?? new Map<NodeId, number>();
    clocks.set(node, clock);
    if (what === "delivered" && message !== undefined)
      for (const [id, count] of carried.get(message) ?? [])
        clock.set(id, Math.max(clock.get(id) ?? 0, count));
    clock.set(node, (clock.get(node) ?? 0) + 1);
    if (what === "sent" && message !== undefined) carried.set(message, new Map(clock));
    const about = [peer && (what === "sent" ? `to ${peer}` : `from ${peer}`), text].filter(Boolean).join(" ");
    lines.push(`${what} ${about} @${atMs.toFixed(3)}ms`.replaceAll("\n", " "));
    lines.push(`${node} ${JSON.stringify(Object.fromEntries(clock))}`);
  }
  return `${lines.join("\n")}\n`;
}
