/** Something that an operation put into a document: an element, a character, an enabling, the mark of a key. */
export interface Thing {
  readonly key: string;
  readonly field: "mark" | "tags" | "done" | "what" | "list" | "rich" | "cards";
  readonly value: string;
}

/**
 * What a nested document means, told by remembering all: a thing is there unless it was removed by somebody who had seen
 * it. Knows nothing of dots, contexts and trees.
 */
export class ThingsModel {
  readonly #all: Thing[] = [];
  readonly #replicas: { readonly added: Set<number>; readonly removed: Set<number> }[];

  constructor(replicas: number) {
    this.#replicas = Array.from({ length: replicas }, () => ({ added: new Set(), removed: new Set() }));
  }

  there(who: number, ...filters: Partial<Thing>[]): number[] {
    const { added, removed } = this.#replicas[who]!;
    return [...added].filter((id) => !removed.has(id) && filters.every((filter) => this.#fits(id, filter)));
  }

  values(who: number, filter: Partial<Thing>): string[] {
    return this.there(who, filter).map((id) => this.#all[id]!.value);
  }

  keys(who: number): string[] {
    return [...new Set(this.there(who).map((id) => this.#all[id]!.key))].sort();
  }

  add(who: number, thing: Thing): void {
    if (!this.keys(who).includes(thing.key) && thing.field !== "mark")
      this.#put(who, { key: thing.key, field: "mark", value: "" });
    this.#put(who, thing);
  }

  remove(who: number, ids: readonly number[]): void {
    for (const id of ids) this.#replicas[who]!.removed.add(id);
  }

  /** `who` learns all that `from` knows. */
  sync(who: number, from: number): void {
    for (const id of this.#replicas[from]!.added) this.#replicas[who]!.added.add(id);
    for (const id of this.#replicas[from]!.removed) this.#replicas[who]!.removed.add(id);
  }

  #put(who: number, thing: Thing): void {
    this.#replicas[who]!.added.add(this.#all.push(thing) - 1);
  }

  #fits(id: number, filter: Partial<Thing>): boolean {
    const thing = this.#all[id]!;
    return Object.entries(filter).every(([name, wanted]) => thing[name as keyof Thing] === wanted);
  }
}
