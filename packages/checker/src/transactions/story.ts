import type { AnomalyKind } from "./anomaly.ts";
import type { Cycle } from "./cycles.ts";
import type { Edge } from "./graph.ts";

const TITLES: Partial<Record<AnomalyKind, string>> = {
  G0: "writes in a circle (dirty write)",
  G1c: "information flows in a circle",
  "G-single": "one missed write closes a circle (read skew)",
  "G-nonadjacent": "missed writes, no two in a row, close a circle",
  "G2-item": "missed writes in a row close a circle (write skew)",
  "G0-realtime": "writes against the order of real time",
  "G1c-realtime": "information flows against the order of real time",
  "G-single-realtime": "a read missed a write that was over before it began (stale read)",
  "G2-item-realtime": "missed writes against the order of real time",
};

/** Tells a cycle in words, one line for each edge. */
export function tellCycle(kind: AnomalyKind, cycle: Cycle): string {
  const names = cycle.map((edge) => name(edge.from));
  const lines = cycle.map(
    (edge) => `  ${name(edge.from)} < ${name(edge.to)} (${edge.kind}): ${reason(edge)}`,
  );
  return [
    `${kind}: ${TITLES[kind]}, among ${names.join(", ")}`,
    ...lines,
    `  so ${names[0]} would have to come before itself`,
  ].join("\n");
}

/** How a transaction is called in stories. */
export function name(transaction: number): string {
  return `T${transaction}`;
}

/** A value or a key in a story. */
export function quote(value: unknown): string {
  return JSON.stringify(value);
}

function reason(edge: Edge): string {
  const from = name(edge.from);
  const to = name(edge.to);
  const key = quote(edge.key);
  switch (edge.kind) {
    case "ww":
      return edge.before === null || edge.before === undefined
        ? `${to} wrote ${quote(edge.after)} to ${key} after what ${from} wrote`
        : `${from} wrote ${quote(edge.before)} to ${key}, and ${to} wrote ${quote(edge.after)} after it`;
    case "wr":
      return `${from} wrote ${quote(edge.after)} to ${key}, and ${to} read it`;
    case "rw":
      return edge.before === null || edge.before === undefined
        ? `${from} read ${key} before anything was written to it, and ${to} wrote ${quote(edge.after)}`
        : `${from} read ${key} when its latest value was ${quote(edge.before)}, and ${to} wrote ${quote(edge.after)} later`;
    case "rt":
      return `${from} was over before ${to} began`;
  }
}
