/** Which node stands below which; undefined is the place of what was removed. */
export class Places {
  readonly #parents = new Map<string, string | undefined>();
  readonly #children = new Map<string, Set<string>>();

  has(node: string): boolean {
    return this.#parents.has(node);
  }

  parentOf(node: string): string | undefined {
    return this.#parents.get(node);
  }

  children(node: string): string[] {
    return [...(this.#children.get(node) ?? [])].sort();
  }

  /** Whether `node` is `ancestor` or below it. O(depth). */
  isBelow(node: string, ancestor: string): boolean {
    for (let at: string | undefined = node; at !== undefined; at = this.#parents.get(at))
      if (at === ancestor) return true;
    return false;
  }

  put(node: string, parent: string | undefined): void {
    this.delete(node);
    this.#parents.set(node, parent);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, new Set([node]));
    else siblings.add(node);
  }

  delete(node: string): void {
    const parent = this.#parents.get(node);
    this.#parents.delete(node);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent)!;
    siblings.delete(node);
    if (siblings.size === 0) this.#children.delete(parent);
  }
}
