/**
 * The meaning of the causal types, told by what each operation had seen, with every operation remembered for ever. Three
 * replicas that agree on a wrong value would satisfy any law; they do not satisfy this.
 */
export interface Operation {
  readonly add: boolean;
  readonly element: string;
  readonly seen: ReadonlySet<Operation>;
}

export class ObservedModel {
  readonly #seen: Set<Operation>[];

  constructor(replicas: number) {
    this.#seen = Array.from({ length: replicas }, () => new Set());
  }

  do(who: number, add: boolean, element: string): void {
    this.#seen[who]!.add({ add, element, seen: new Set(this.#seen[who]!) });
  }

  sync(who: number, from: number): void {
    for (const operation of this.#seen[from]!) this.#seen[who]!.add(operation);
  }

  /** There is an addition that no removal has seen. */
  addWins(who: number): string[] {
    return this.#elements(who, (mine) =>
      mine.some((add) => add.add && !mine.some((remove) => !remove.add && remove.seen.has(add))),
    );
  }

  /** There is an addition, and every removal has been seen by a later addition. */
  removeWins(who: number): string[] {
    return this.#elements(
      who,
      (mine) =>
        mine.some(({ add }) => add) &&
        mine.every((remove) => remove.add || mine.some((add) => add.add && add.seen.has(remove))),
    );
  }

  #elements(who: number, isThere: (operations: readonly Operation[]) => boolean): string[] {
    const seen = [...this.#seen[who]!];
    const elements = [...new Set(seen.map(({ element }) => element))];
    return elements
      .filter((element) => isThere(seen.filter((operation) => operation.element === element)))
      .sort();
  }
}
