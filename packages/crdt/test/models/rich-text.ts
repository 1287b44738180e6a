import type { Expand } from "../../src/index.ts";
import { FugueModel, type FugueOperation } from "./fugue.ts";

interface Border {
  readonly side: "before" | "after";
  readonly id: string | undefined;
}

interface MarkOperation {
  readonly do: "mark";
  readonly at: FugueOperation;
  readonly name: string;
  readonly value: unknown;
  readonly start: Border;
  readonly end: Border;
  readonly time: readonly [count: number, replica: string, counter: number];
}

type Operation = { readonly do: "edit"; readonly edit: FugueOperation } | MarkOperation;

/**
 * Peritext as the paper tells it: all marks there ever were, asked for every character anew. Borders are places among all
 * elements, removed ones included.
 */
export class RichTextModel {
  readonly replica: string;
  readonly operations: Operation[] = [];
  readonly #fugue: FugueModel;
  readonly #rules: Readonly<Record<string, Expand>>;

  constructor(replica: string, rules: Readonly<Record<string, Expand>>) {
    this.replica = replica;
    this.#fugue = new FugueModel(replica);
    this.#rules = rules;
  }

  /** Every character with its formatting. */
  characters(): { insert: string; attributes: Record<string, unknown> }[] {
    const elements = this.#fugue.elements();
    const place = ({ side, id }: Border, without: number): number =>
      id === undefined
        ? without
        : elements.findIndex((element) => element.id === id) + (side === "after" ? 0.5 : -0.5);
    const marks = this.#marks()
      .map((mark) => ({ ...mark, from: place(mark.start, -1), to: place(mark.end, elements.length) }))
      .sort((a, b) => compareTimes(a.time, b.time));
    return elements.flatMap(({ value }, at) => {
      if (value === undefined) return [];
      const attributes: Record<string, unknown> = {};
      for (const mark of marks)
        if (mark.from < at && at < mark.to) {
          if (mark.value === null) delete attributes[mark.name];
          else attributes[mark.name] = mark.value;
        }
      return [{ insert: value, attributes }];
    });
  }

  insert(index: number, text: string): void {
    let left = index === 0 ? "" : this.#fugue.ids()[index - 1]!;
    const elements = this.#fugue.elements();
    const start = left === "" ? 0 : elements.findIndex(({ id }) => id === left) + 1;
    for (let at = start; at < elements.length && elements[at]!.value === undefined; at++) {
      const { id } = elements[at]!;
      const bordered = this.#marks().some((mark) =>
        [mark.start, mark.end].some((border) => border.side === "after" && border.id === id),
      );
      if (bordered) left = id;
    }
    for (const character of text) {
      const edit = this.#fugue.insertBehind(left, character);
      this.operations.push({ do: "edit", edit });
      left = edit.id;
    }
  }

  remove(index: number, count: number): void {
    for (let i = 0; i < count; i++) this.operations.push({ do: "edit", edit: this.#fugue.remove(index) });
  }

  format(from: number, to: number, name: string, value: unknown): void {
    const rule = this.#rules[name] ?? "after";
    const opposite = rule === "none" ? "both" : rule === "both" ? "none" : rule;
    const expand = value === null ? opposite : rule;
    const ids = this.#fugue.ids();
    const growsLeft = expand === "before" || expand === "both";
    const growsRight = expand === "after" || expand === "both";
    const start: Border = growsLeft
      ? { side: "after", id: ids[from - 1] }
      : { side: "before", id: ids[from] };
    const end: Border = growsRight ? { side: "before", id: ids[to] } : { side: "after", id: ids[to - 1] };
    const count = 1 + Math.max(0, ...this.#marks().map(({ time }) => time[0]));
    const at = this.#fugue.insertHidden();
    const time = [count, this.replica, at.counter] as const;
    this.operations.push({ do: "mark", at, name, value, start, end, time });
  }

  sync(from: RichTextModel): void {
    for (const operation of from.operations) {
      if (this.operations.includes(operation)) continue;
      this.#fugue.apply(operation.do === "mark" ? operation.at : operation.edit);
      this.operations.push(operation);
    }
  }

  #marks(): MarkOperation[] {
    return this.operations.filter((operation) => operation.do === "mark");
  }
}

function compareTimes(a: MarkOperation["time"], b: MarkOperation["time"]): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : a[2] - b[2]);
}
