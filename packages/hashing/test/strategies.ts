import {
  AnchorHash,
  type HashOptions,
  HashRing,
  JumpHash,
  Maglev,
  MultiProbe,
  type Node,
  Partitions,
  type Placement,
  Rendezvous,
  SkeletonRendezvous,
} from "../src/index.ts";

/** One strategy, as the suites that all of them must pass see it. */
export interface Subject {
  readonly name: string;
  make(nodes: Iterable<string | Node>, options?: HashOptions): Placement;
  /** Whether nodes of different weights are honoured. */
  readonly weighted: boolean;
  /** Whether the order of joins and leaves is part of the placement. */
  readonly historic: boolean;
  /** How many times the least possible share of keys may move when one of 20 nodes joins. */
  readonly joinFactor: number;
  /** Whether a joining node takes keys only for itself. */
  readonly monotone: boolean;
}

export const subjects: readonly Subject[] = [
  {
    name: "ring",
    make: (nodes, options) => new HashRing(nodes, { virtualNodes: 512, arcs: 65_536, ...options }),
    weighted: true,
    historic: false,
    joinFactor: 1,
    monotone: true,
  },
  {
    name: "rendezvous",
    make: (nodes, options) => new Rendezvous(nodes, options),
    weighted: true,
    historic: false,
    joinFactor: 1,
    monotone: true,
  },
  {
    name: "skeleton",
    make: (nodes, options) => new SkeletonRendezvous(nodes, options),
    weighted: true,
    historic: false,
    joinFactor: 2.5,
    monotone: false,
  },
  {
    name: "jump",
    make: (nodes, options) => new JumpHash(nodes, options),
    weighted: false,
    historic: true,
    joinFactor: 1,
    monotone: true,
  },
  {
    name: "maglev",
    make: (nodes, options) => new Maglev(nodes, options),
    weighted: true,
    historic: false,
    joinFactor: 1.3,
    monotone: false,
  },
  {
    name: "multi-probe",
    make: (nodes, options) => new MultiProbe(nodes, { virtualNodes: 64, probes: 5, ...options }),
    weighted: true,
    historic: false,
    joinFactor: 1,
    monotone: true,
  },
  {
    name: "anchor",
    make: (nodes, options) => new AnchorHash(nodes, { capacity: 64, ...options }),
    weighted: false,
    historic: true,
    joinFactor: 1,
    monotone: true,
  },
  {
    name: "partitions of rendezvous",
    make: (nodes, options) => new Partitions(new Rendezvous(nodes, options), { partitions: 65_536 }),
    weighted: true,
    historic: false,
    joinFactor: 1,
    monotone: true,
  },
];

export function named(count: number, prefix = "node-"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

export function counted(placement: Placement, keys: number): Map<string, number> {
  const counts = new Map(placement.nodes().map(({ id }) => [id, 0]));
  for (let key = 0; key < keys; key++) {
    const owner = placement.owner(`key:${key}`);
    counts.set(owner, counts.get(owner)! + 1);
  }
  return counts;
}
