import { FugueModel, type FugueOperation } from "./fugue.ts";

type Operation =
  | { readonly do: "insert"; readonly slot: FugueOperation; readonly value: number }
  | { readonly do: "move"; readonly slot: FugueOperation; readonly item: string; readonly time: Time }
  | {
      readonly do: "set";
      readonly slot: FugueOperation;
      readonly item: string;
      readonly time: Time;
      readonly value: number;
    }
  | { readonly do: "remove"; readonly item: string };

type Time = readonly [count: number, replica: string];

interface Item {
  removed: boolean;
  slot: string;
  moved: Time;
  value: number;
  set: Time;
}

const later = ([a, x]: Time, [b, y]: Time): boolean => a > b || (a === b && x > y);

/**
 * A movable list as the paper says it: items with a register for the place and one for the value, the places being
 * elements of a Fugue list. What a replaced value is sent with stands in the list as well, unseen.
 */
export class MovableListModel {
  readonly replica: string;
  readonly operations: Operation[] = [];
  readonly #fugue: FugueModel;
  readonly #items = new Map<string, Item>();
  readonly #itemOf = new Map<string, string>();

  constructor(replica: string) {
    this.replica = replica;
    this.#fugue = new FugueModel(replica);
  }

  values(): number[] {
    return this.#shown().map((item) => this.#items.get(item)!.value);
  }

  insert(index: number, value: number): void {
    this.#do({ do: "insert", slot: this.#fugue.insert(index, "s"), value });
  }

  move(from: number, to: number): void {
    const item = this.#shown()[from]!;
    const [count] = this.#items.get(item)!.moved;
    const slot = this.#fugue.insert(from < to ? to + 1 : to, "s");
    this.#do({ do: "move", slot, item, time: [count + 1, this.replica] });
  }

  set(index: number, value: number): void {
    const item = this.#shown()[index]!;
    const [count] = this.#items.get(item)!.set;
    this.#do({ do: "set", slot: this.#fugue.insertHidden(), item, time: [count + 1, this.replica], value });
  }

  remove(index: number): void {
    this.#do({ do: "remove", item: this.#shown()[index]! });
  }

  sync(from: MovableListModel): void {
    for (const operation of from.operations) {
      if (this.operations.includes(operation)) continue;
      if (operation.do !== "remove") this.#fugue.apply(operation.slot);
      this.#do(operation);
    }
  }

  #shown(): string[] {
    return this.#fugue.ids().map((id) => this.#itemOf.get(id)!);
  }

  #do(operation: Operation): void {
    this.operations.push(operation);
    if (operation.do === "insert") {
      const { id } = operation.slot;
      this.#itemOf.set(id, id);
      const never: Time = [0, ""];
      this.#items.set(id, { removed: false, slot: id, moved: never, value: operation.value, set: never });
      return;
    }
    const item = this.#items.get(operation.item)!;
    if (operation.do === "remove") {
      item.removed = true;
      this.#fugue.hide(item.slot);
    } else if (operation.do === "set") {
      if (later(operation.time, item.set))
        Object.assign(item, { value: operation.value, set: operation.time });
    } else {
      const { id } = operation.slot;
      this.#itemOf.set(id, operation.item);
      const wins = later(operation.time, item.moved);
      this.#fugue.hide(wins ? item.slot : id);
      if (wins) Object.assign(item, { slot: id, moved: operation.time });
      if (item.removed) this.#fugue.hide(item.slot);
    }
  }
}
