import type { AnomalyKind } from "./anomaly.ts";
import { stronglyConnected } from "./components.ts";
import { type Dependency, type DependencyGraph, type Edge, isMissed } from "./graph.ts";

/** Edges that lead from a transaction back to itself, each beginning where the one before ended. */
export type Cycle = readonly Edge[];

/** What to look for: a cycle that begins with one kind of edge and goes on with others. */
interface Shape {
  readonly kind: AnomalyKind;
  readonly first: Dependency;
  readonly rest: readonly Dependency[];
  /** Whether two missed writes may follow each other. */
  readonly adjacent: boolean;
}

const SHAPES: readonly Shape[] = [
  { kind: "G0", first: "ww", rest: ["ww"], adjacent: true },
  { kind: "G1c", first: "wr", rest: ["ww", "wr"], adjacent: true },
  { kind: "G-single", first: "rw", rest: ["ww", "wr"], adjacent: true },
  { kind: "G-nonadjacent", first: "rw", rest: ["ww", "wr", "rw"], adjacent: false },
  { kind: "G2-item", first: "rw", rest: ["ww", "wr", "rw"], adjacent: true },
  { kind: "G0-realtime", first: "rt", rest: ["ww", "rt"], adjacent: true },
  { kind: "G1c-realtime", first: "wr", rest: ["ww", "wr", "rt"], adjacent: true },
  { kind: "G-single-realtime", first: "rw", rest: ["ww", "wr", "rt"], adjacent: true },
  { kind: "G2-item-realtime", first: "rw", rest: ["ww", "wr", "rw", "rt"], adjacent: true },
];

// How many first edges that do close a cycle are tried for a shorter one.
const TRIES = 16;

/** The answer of `findCycles`. */
export interface CycleSearch {
  readonly found: readonly { readonly kind: AnomalyKind; readonly cycle: Cycle }[];
  /** False when the steps ended before every edge had been tried. */
  readonly complete: boolean;
}

/**
 * One short cycle of each shape for each knot of the graph (a strongly connected component of the shape's edges;
 * every cycle lies in one). Looks at no more than `steps` edges, and says so when that was not enough.
 */
export function findCycles(graph: DependencyGraph, steps: number): CycleSearch {
  const walk = new Walk(graph, steps);
  const found: { kind: AnomalyKind; cycle: Cycle }[] = [];
  for (const shape of SHAPES) {
    const kinds = new Set<Dependency>([shape.first, ...shape.rest]);
    const successors = (node: number): number[] =>
      graph.out[node]!.filter((edge) => kinds.has(edge.kind)).map((edge) => edge.to);
    for (const knot of stronglyConnected(graph.out.length, successors)) {
      if (kinds.has("rt") && !hasRealTime(graph, knot)) continue;
      const cycle = walk.shortest(shape, knot);
      if (cycle) found.push({ kind: shape.kind, cycle });
    }
  }
  return { found, complete: walk.stepsLeft > 0 };
}

/** Whether real time orders any two of a knot: else every cycle in it is of a shape without real time. */
function hasRealTime(graph: DependencyGraph, knot: readonly number[]): boolean {
  const inside = new Set(knot);
  return knot.some((node) => graph.out[node]!.some((edge) => edge.kind === "rt" && inside.has(edge.to)));
}

/** What a cycle is, by its edges alone. */
export function classify(cycle: Cycle): AnomalyKind {
  const missed = cycle.filter((edge) => edge.kind === "rw").length;
  const adjacent = cycle.some((edge, i) => isMissed(edge) && isMissed(cycle.at(i - 1)!));
  const realtime = cycle.some((edge) => edge.kind === "rt");
  if (missed === 0) {
    const read = cycle.some((edge) => edge.kind === "wr");
    return `${read ? "G1c" : "G0"}${realtime ? "-realtime" : ""}`;
  }
  if (missed === 1) return realtime ? "G-single-realtime" : "G-single";
  if (realtime) return "G2-item-realtime";
  return adjacent ? "G2-item" : "G-nonadjacent";
}

/** One stop of a walk: the node, whether a missed write led to it, and how the walk came here. */
interface Stop {
  readonly node: number;
  readonly missed: boolean;
  readonly edge: Edge;
  readonly from: Stop | undefined;
}

/** Breadth-first walks that share one allowance of steps. */
class Walk {
  stepsLeft: number;
  readonly #graph: DependencyGraph;

  constructor(graph: DependencyGraph, steps: number) {
    this.#graph = graph;
    this.stepsLeft = steps;
  }

  /** The shortest of the first few cycles of a shape in a knot. */
  shortest(shape: Shape, knot: readonly number[]): Cycle | undefined {
    const inside = new Set(knot);
    let best: Cycle | undefined;
    let tries = 0;
    for (const node of knot) {
      for (const edge of this.#graph.out[node]!) {
        if (edge.kind !== shape.first || this.#isJunction(node) || !inside.has(edge.to)) continue;
        const cycle = this.#close(edge, shape, inside);
        if (!cycle || classify(cycle) !== shape.kind) continue;
        if (!best || cycle.length < best.length) best = cycle;
        if (best.length === 2 || ++tries >= TRIES) return best;
      }
    }
    return best;
  }

  /** A shortest way from an edge's far end back to its near end. */
  #close(first: Edge, shape: Shape, inside: ReadonlySet<number>): Cycle | undefined {
    const target = first.from;
    const seen = new Set<number>();
    let wave: Stop[] = [{ node: first.to, missed: isMissed(first), edge: first, from: undefined }];
    while (wave.length > 0) {
      const next: Stop[] = [];
      for (const stop of wave) {
        for (const edge of this.#graph.out[stop.node]!) {
          if (--this.stepsLeft <= 0) return undefined;
          const through = this.#isJunction(stop.node);
          if (!inside.has(edge.to) || !(through || shape.rest.includes(edge.kind))) continue;
          // Who leads into a junction may also lie behind it: that is no precedence over itself.
          if (through && stop.edge.from === edge.to) continue;
          if (!shape.adjacent && !through && stop.missed && isMissed(edge)) continue;
          const missed = through ? stop.missed : isMissed(edge);
          const stopHere: Stop = { node: edge.to, missed, edge, from: stop };
          if (edge.to === target) {
            if (!shape.adjacent && missed && isMissed(first)) continue;
            return this.#cycleTo(stopHere);
          }
          const place = edge.to * 2 + (missed ? 1 : 0);
          if (seen.has(place)) continue;
          seen.add(place);
          next.push(stopHere);
        }
      }
      wave = next;
    }
    return undefined;
  }

  /** The way to a stop with junctions taken out; undefined when it passes a transaction twice. */
  #cycleTo(last: Stop): Cycle | undefined {
    const edges: Edge[] = [];
    for (let stop: Stop | undefined = last; stop; stop = stop.from) edges.push(stop.edge);
    edges.reverse();
    const cycle: Edge[] = [];
    for (const edge of edges) {
      if (!this.#isJunction(edge.from)) cycle.push(edge);
      else cycle.push({ ...cycle.pop()!, to: edge.to, after: edge.after });
    }
    return new Set(cycle.map((edge) => edge.from)).size === cycle.length ? cycle : undefined;
  }

  #isJunction(node: number): boolean {
    return node >= this.#graph.transactions;
  }
}
