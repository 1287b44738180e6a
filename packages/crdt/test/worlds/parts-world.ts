import fc from "fast-check";
import { createDocument, type Document, schema } from "../../src/index.ts";

const { map, richText, movableList } = schema;

export const rules = { bold: "after", link: "none", left: "before", wide: "both" } as const;
export const parts = map({ body: richText(rules), cards: movableList<number>() });
export type Parts = Document<typeof parts>;

export interface PartStep {
  readonly who: number;
  readonly from: number;
  readonly do: string;
  readonly at: number;
  readonly to: number;
  readonly name: keyof typeof rules;
  readonly value: unknown;
}

const edits = ["write", "write", "format", "cut", "deal", "deal", "move", "replace", "discard"] as const;

/** Edits of a rich text and a movable list, with other things to do between them. */
export const partSteps = (maxLength: number, ...others: readonly string[]): fc.Arbitrary<PartStep[]> =>
  fc.array(
    fc.record({
      who: fc.nat(2),
      from: fc.nat(2),
      do: fc.constantFrom(...edits, ...others),
      at: fc.nat(),
      to: fc.nat(),
      name: fc.constantFrom("bold", "link", "left", "wide"),
      value: fc.constantFrom(true, "x", null),
    }),
    { minLength: 5, maxLength, size: "max" },
  );

/** What an edit comes to in a document: on which characters and cards, before or behind which. */
export type Edit =
  | { readonly do: "write"; readonly letter: string; readonly behind: string | undefined }
  | { readonly do: "format"; readonly letter: string; readonly name: string; readonly value: unknown }
  | { readonly do: "cut"; readonly letter: string }
  | { readonly do: "deal"; readonly card: number; readonly behind: number | undefined }
  | { readonly do: "move"; readonly card: number; readonly to: number }
  | { readonly do: "replace"; readonly card: number; readonly value: number }
  | { readonly do: "discard"; readonly card: number };

/** Names what a step does by the characters and cards themselves; every one is given out once. */
export class Editor {
  #letters = 0x4e00;
  #cards = 0;

  editOf({ root }: Parts, { do: what, at, to, name, value }: PartStep): Edit | undefined {
    const letters = [...root.body.toString()];
    const cards = root.cards.toArray().map(cardOf);
    if (what === "write") {
      const behind = letters[(at % (letters.length + 1)) - 1];
      return { do: "write", letter: String.fromCharCode(this.#letters++), behind };
    }
    if (what === "deal")
      return { do: "deal", card: this.#cards++, behind: cards[(at % (cards.length + 1)) - 1] };
    const letter = letters[at % letters.length];
    if (what === "format" && letter !== undefined) return { do: "format", letter, name, value };
    if (what === "cut" && letter !== undefined) return { do: "cut", letter };
    const card = cards[at % cards.length];
    if (card === undefined) return undefined;
    if (what === "move") return { do: "move", card, to: cards[to % cards.length]! };
    if (what === "replace") return { do: "replace", card, value: card + 1_000 * (1 + (to % 1_000)) };
    return what === "discard" ? { do: "discard", card } : undefined;
  }
}

/** Which card it is, whatever it holds now. */
export const cardOf = (value: number): number => value % 1_000;

export function perform({ root: { body, cards } }: Parts, edit: Edit): void {
  const letterAt = (letter: string): number => body.toString().indexOf(letter);
  const cardAt = (card: number): number => cards.toArray().findIndex((value) => cardOf(value) === card);
  if (edit.do === "write")
    body.insert(edit.behind === undefined ? 0 : letterAt(edit.behind) + 1, edit.letter);
  else if (edit.do === "format") body.format(letterAt(edit.letter), 1, { [edit.name]: edit.value });
  else if (edit.do === "cut") body.remove(letterAt(edit.letter), 1);
  else if (edit.do === "deal")
    cards.insert(edit.behind === undefined ? 0 : cardAt(edit.behind) + 1, edit.card);
  else if (edit.do === "move") cards.move(cardAt(edit.card), cardAt(edit.to));
  else if (edit.do === "replace") cards.set(cardAt(edit.card), edit.value);
  else cards.remove(cardAt(edit.card));
}

/** `to` learns all that `from` knows; who has not heard of a forgetting hears of it first. */
export function learn(to: Parts, from: Parts): void {
  if (from.version().epoch < to.version().epoch) learn(from, to);
  to.apply(from.updateSince(to.version()));
}

export const writers = ["a", "b", "c"];

export const documents = (
  options: { readonly members?: readonly string[]; readonly history?: boolean } = {},
) => writers.map((replica) => createDocument(parts, { replica, ...options }));
