import type { HashOptions, Key } from "../hash/key.ts";
import { mix } from "../hash/mix.ts";
import type { Node } from "../node.ts";
import { eachNode } from "../roster.ts";
import { type Branch, branch, descend, graft, type Leaf, prune, reweigh } from "./skeleton-tree.ts";
import { nobody, Strategy } from "./strategy.ts";

/**
 * Rendezvous over a skeleton (Wang and Ravishankar, 2009): a tree of virtual nodes with the real ones as leaves, and
 * a race of the branches at each fork on the way down. For sets so large that asking every node is too slow.
 *
 * A node's id decides where in the tree it hangs, so the tree is the same whatever the order of joins. A branch
 * races with the weight of all that hangs on it, which keeps shares exact. The price: when a branch grows, the keys
 * it gains are raced for again below the fork, so a change moves up to as many times the least possible share of
 * keys as the tree has forks on one path (about log16 of the nodes). Branches that did not change keep their keys.
 *
 * `owner` O(log nodes). `owners` O(count * log nodes). `add` and `remove` O(log nodes) expected.
 */
export class SkeletonRendezvous extends Strategy {
  readonly strategy = "skeleton";
  readonly #root: Branch = branch(undefined, 0, mix(0x2545f491));
  readonly #leaves: Leaf[] = [];

  constructor(nodes: Iterable<string | Node> = [], options: HashOptions = {}) {
    super(options);
    for (const node of eachNode(nodes)) this.add(node);
  }

  owner(key: Key): string {
    return this.size === 0 ? nobody() : descend(this.#root, this.keys.bits(key)).id;
  }

  add(node: string | Node): void {
    const admitted = this.roster.admit(node);
    const { id, weight } = admitted;
    const index = this.roster.append(admitted);
    const [first, second] = [this.roster.first[index]!, this.roster.second[index]!];
    const leaf: Leaf = { id, index, path: [first, second], weight, seed: 0, parent: undefined };
    this.#leaves.push(leaf);
    graft(this.#root, leaf);
  }

  remove(id: string): void {
    const index = this.roster.indexOf(id);
    prune(this.#leaves[index]!);
    this.roster.delete(index);
    const last = this.#leaves.pop()!;
    if (index === this.#leaves.length) return;
    this.#leaves[index] = last;
    last.index = index;
  }

  protected indexAt(hash: number): number {
    return this.size === 0 ? 0 : descend(this.#root, hash).index;
  }

  /** Each next node is the one that would own the key had those before it left. */
  protected *preference(hash: number): Iterable<number> {
    const out: Leaf[] = [];
    try {
      while (out.length < this.size) {
        const leaf = descend(this.#root, hash);
        out.push(leaf);
        reweigh(leaf, 0);
        yield leaf.index;
      }
    } finally {
      for (const leaf of out) reweigh(leaf, this.roster.weights[leaf.index]!);
    }
  }

  protected describe(): string {
    return "";
  }
}
