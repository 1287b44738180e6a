import fc from "fast-check";
import { createDocument, type Document, schema } from "../../src/index.ts";
import { ThingsModel } from "../models/things.ts";

const { map, record, text, richText, list, movableList, orSet, enableWinsFlag } = schema;

export const nested = record(
  map({
    what: text(),
    tags: orSet<string>(),
    done: enableWinsFlag(),
    list: list<string>(),
    rich: richText({ link: "none", bold: "after" }),
    cards: movableList<string>(),
  }),
);
export type Nested = Document<typeof nested>;

export interface DocumentStep {
  readonly who: number;
  readonly from: number;
  readonly key: number;
  readonly n: number;
  readonly what:
    | "insert"
    | "erase"
    | "push"
    | "pop"
    | "add"
    | "untag"
    | "enable"
    | "disable"
    | "write"
    | "format"
    | "wipe"
    | "deal"
    | "move"
    | "replace"
    | "discard"
    | "create"
    | "delete"
    | "sync";
}

export const documentSteps = (replicas: number, maxLength: number): fc.Arbitrary<DocumentStep[]> =>
  fc.array(
    fc.record({
      who: fc.nat(replicas - 1),
      from: fc.nat(replicas - 1),
      key: fc.nat(1),
      n: fc.nat(99),
      what: fc.constantFrom(
        ...(["insert", "insert", "erase", "push", "pop", "add", "untag", "enable", "disable"] as const),
        ...(["write", "format", "wipe", "deal", "deal", "move", "replace", "discard"] as const),
        ...(["create", "delete", "delete", "sync", "sync", "sync"] as const),
      ),
    }),
    { maxLength },
  );

/** Documents, and beside them what they should mean. */
export class DocumentWorld {
  readonly documents: Nested[];
  readonly model: ThingsModel;
  /** Who learned from whom, in order, since the list was emptied last. */
  readonly syncs: (readonly [who: number, from: number])[] = [];
  #cards = 0;

  constructor(replicas: number, members = false, history = false) {
    const ids = Array.from({ length: replicas }, (_, at) => `r${at}`);
    this.documents = ids.map((replica) =>
      createDocument(nested, { replica, history, ...(members ? { members: ids } : {}) }),
    );
    this.model = new ThingsModel(replicas);
  }

  run(step: DocumentStep): void {
    this.#richAndCards(step);
    this.#others(step);
  }

  #richAndCards({ who, key: number, n, what }: DocumentStep): void {
    const key = "kl"[number]!;
    const { rich, cards } = this.documents[who]!.root.at(key);
    const { model } = this;
    if (what === "write") {
      rich.insert(n % (rich.length + 1), "abcd"[n % 4]!);
      model.add(who, { key, field: "rich", value: "abcd"[n % 4]! });
    } else if (what === "format" && rich.length > 0) {
      const from = n % rich.length;
      const count = Math.min(1 + (n % 4), rich.length - from);
      rich.format(from, count, { [n % 2 ? "bold" : "link"]: n % 5 ? `${n % 3}` : null });
    } else if (what === "wipe") {
      if (rich.length > 0) this.#eraseAll(who, key, "rich");
    } else if (what === "deal") {
      const value = `${this.#cards++}`;
      cards.insert(n % (cards.length + 1), value);
      model.add(who, { key, field: "cards", value });
    } else if (cards.length === 0) return;
    else if (what === "move") cards.move(n % cards.length, (n >> 2) % cards.length);
    // What a card is comes first, so that it can be told whatever it holds.
    else if (what === "replace") cards.set(n % cards.length, `${cardOf(cards.get(n % cards.length)!)}:${n}`);
    else if (what === "discard") {
      const value = cardOf(cards.get(n % cards.length)!);
      cards.remove(n % cards.length);
      model.remove(who, model.there(who, { key, field: "cards", value }));
    }
  }

  #others({ who, from, key: number, n, what }: DocumentStep): void {
    const { root } = this.documents[who]!;
    const key = "kl"[number]!;
    const value = "wxyz"[n % 4]!;
    const item = root.at(key);
    const { model } = this;
    if (what === "sync") this.sync(who, from);
    else if (what === "insert") {
      item.what.insert(n % (item.what.length + 1), value);
      model.add(who, { key, field: "what", value });
    } else if (what === "push") {
      item.list.insert(n % (item.list.length + 1), value);
      model.add(who, { key, field: "list", value });
    } else if (what === "erase" && item.what.length > 0) this.#eraseAll(who, key, "what");
    else if (what === "pop" && item.list.length > 0) this.#eraseAll(who, key, "list");
    else if (what === "add") {
      const before = model.there(who, { key, field: "tags", value });
      item.tags.add(value);
      model.add(who, { key, field: "tags", value });
      model.remove(who, before);
    } else if (what === "untag") {
      item.tags.delete(value);
      model.remove(who, model.there(who, { key, field: "tags", value }));
    } else if (what === "enable") {
      const before = model.there(who, { key, field: "done" });
      item.done.enable();
      model.add(who, { key, field: "done", value: "" });
      model.remove(who, before);
    } else if (what === "disable") {
      item.done.disable();
      model.remove(who, model.there(who, { key, field: "done" }));
    } else if (what === "create") {
      const there = root.has(key);
      root.add(key);
      if (!there || model.there(who, { key, field: "mark" }).length === 0)
        model.add(who, { key, field: "mark", value: "" });
    } else if (what === "delete") {
      root.delete(key);
      model.remove(who, model.there(who, { key }));
    }
  }

  sync(who: number, from: number): void {
    if (who === from) return;
    const [to, source] = [this.documents[who]!, this.documents[from]!];
    // Who has not heard of a forgetting has nothing to give before it has.
    if (source.version().epoch < to.version().epoch) this.sync(from, who);
    this.syncs.push([who, from]);
    to.apply(source.updateSince(to.version()));
    this.model.sync(who, from);
  }

  /** Everyone learns everything. */
  settle(): void {
    for (let round = 0; round < 2; round++)
      for (let who = 0; who < this.documents.length; who++)
        for (let from = 0; from < this.documents.length; from++) this.sync(who, from);
  }

  /** What the model says a replica's document is, characters and values without their order. */
  expected(who: number): Record<string, unknown> {
    const { model } = this;
    return Object.fromEntries(
      model.keys(who).map((key) => [
        key,
        {
          what: model.values(who, { key, field: "what" }).sort().join(""),
          tags: [...new Set(model.values(who, { key, field: "tags" }))].sort(),
          done: model.there(who, { key, field: "done" }).length > 0,
          list: model.values(who, { key, field: "list" }).sort(),
          rich: model.values(who, { key, field: "rich" }).sort().join(""),
          cards: model.values(who, { key, field: "cards" }).sort(),
        },
      ]),
    );
  }

  /** What the replica's document is, in the same form. */
  actual(who: number): Record<string, unknown> {
    const value = this.documents[who]!.value();
    return Object.fromEntries(
      Object.entries(value).map(([key, { what, tags, done, list: values, rich, cards }]) => [
        key,
        {
          what: [...what].sort().join(""),
          tags: [...tags].sort(),
          done,
          list: [...values].sort(),
          rich: [...rich.map(({ insert }) => insert).join("")].sort().join(""),
          cards: cards.map(cardOf).sort(),
        },
      ]),
    );
  }

  /** All that is there goes: which of the characters one stands at is the sequence's business. */
  #eraseAll(who: number, key: string, field: "what" | "list" | "rich"): void {
    const part = this.documents[who]!.root.at(key)[field];
    part.remove(0, part.length);
    this.model.remove(who, this.model.there(who, { key, field }));
  }
}

/** Which card it is, whatever it holds now. */
const cardOf = (value: string): string => value.split(":", 1)[0]!;
