import { even, waiting } from "../hash/logarithm.ts";
import { HASHES, mix } from "../hash/mix.ts";

/** Branches at one fork. */
const FANOUT = 16;
const BITS = 4;
/** Forks that 64 bits of an id's hashes can tell apart. Nodes that agree in all of them share the last fork. */
const DEPTH_MAX = 16;

/** A node's place in the tree. */
export interface Leaf {
  readonly id: string;
  index: number;
  /** 64 bits that say which way to turn at each fork. */
  readonly path: readonly [number, number];
  weight: number;
  /** Tells it from its siblings in the race. */
  seed: number;
  parent: Branch | undefined;
}

/** A fork, and the weight of all that hangs on it. */
export interface Branch {
  readonly parent: Branch | undefined;
  readonly depth: number;
  readonly seed: number;
  weight: number;
  /** By turn; at the last fork, all nodes that came so far, by id. */
  readonly children: (Branch | Leaf | undefined)[];
}

export function branch(parent: Branch | undefined, depth: number, seed: number): Branch {
  const children = depth === DEPTH_MAX ? [] : new Array<undefined>(FANOUT).fill(undefined);
  return { parent, depth, seed, weight: 0, children };
}

function isLeaf(child: Branch | Leaf): child is Leaf {
  return "path" in child;
}

function turn(leaf: Leaf, depth: number): number {
  const word = leaf.path[depth < DEPTH_MAX / 2 ? 0 : 1];
  return (word >>> (32 - BITS - BITS * (depth % (DEPTH_MAX / 2)))) & (FANOUT - 1);
}

// Siblings never share a seed: mix is a bijection.
function seedOf(fork: Branch, place: number): number {
  return mix(fork.seed ^ Math.imul(place + 1, 0x9e3779b1));
}

/** Hangs a leaf under a fork: into a free place, or below it beside the leaf that had the place so far. */
export function graft(root: Branch, leaf: Leaf): void {
  let fork = root;
  while (fork.depth < DEPTH_MAX) {
    const place = turn(leaf, fork.depth);
    const child = fork.children[place];
    if (child === undefined) {
      hang(fork, place, leaf);
      return;
    }
    fork = isLeaf(child) ? split(fork, place, child) : child;
  }
  const crowd = [...(fork.children as Leaf[]), leaf].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const [place, member] of crowd.entries()) hang(fork, place, member);
}

function hang(fork: Branch, place: number, leaf: Leaf): void {
  leaf.parent = fork;
  leaf.seed = seedOf(fork, place);
  fork.children[place] = leaf;
  weigh(fork);
}

/** Puts a fork where a leaf was, and the leaf on it. */
function split(fork: Branch, place: number, leaf: Leaf): Branch {
  const below = branch(fork, fork.depth + 1, seedOf(fork, place));
  fork.children[place] = below;
  hang(below, below.depth === DEPTH_MAX ? 0 : turn(leaf, below.depth), leaf);
  return below;
}

/** Takes a leaf off, and forks with a single leaf left with it. */
export function prune(leaf: Leaf): void {
  const fork = leaf.parent!;
  const place = fork.children.indexOf(leaf);
  if (fork.depth === DEPTH_MAX) {
    fork.children.splice(place, 1);
    for (const [next, member] of (fork.children as Leaf[]).entries()) hang(fork, next, member);
  } else {
    fork.children[place] = undefined;
  }
  weigh(fork);
  collapse(fork);
}

function collapse(fork: Branch): void {
  const { parent } = fork;
  const left = fork.children.filter((child) => child !== undefined);
  if (parent === undefined || left.length !== 1 || !isLeaf(left[0]!)) return;
  hang(parent, parent.children.indexOf(fork), left[0]);
  collapse(parent);
}

/** Gives a leaf another weight; 0 takes it out of every race. */
export function reweigh(leaf: Leaf, weight: number): void {
  leaf.weight = weight;
  weigh(leaf.parent!);
}

// Summed anew, in the order of places: a running sum would keep the rounding of its history, and differ elsewhere.
function weigh(from: Branch): void {
  for (let fork: Branch | undefined = from; fork !== undefined; fork = fork.parent) {
    let sum = 0;
    for (const child of fork.children) sum += child?.weight ?? 0;
    fork.weight = sum;
  }
}

/** The leaf whose branches win the race at each fork. The tree must hold a leaf of some weight. */
export function descend(root: Branch, hash: number): Leaf {
  let fork = root;
  for (;;) {
    const winner = race(fork, hash);
    if (isLeaf(winner)) return winner;
    fork = winner;
  }
}

/** Weighted rendezvous among the children of a fork; the first place wins a tie. */
function race(fork: Branch, hash: number): Branch | Leaf {
  let best: Branch | Leaf | undefined;
  let bestCost = Infinity;
  for (const child of fork.children) {
    if (child === undefined || child.weight === 0) continue;
    const score = mix(hash ^ child.seed) >>> 0;
    // -ln(u) >= 1 - u spares most of the logarithms.
    if ((HASHES - 1 - score) / HASHES > bestCost * child.weight) continue;
    const cost = waiting(even(score)) / child.weight;
    if (cost >= bestCost) continue;
    best = child;
    bestCost = cost;
  }
  return best!;
}
