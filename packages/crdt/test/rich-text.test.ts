import test from "ava";
import fc from "fast-check";
import {
  createRichText,
  decodeRichText,
  type Expand,
  type FormattedText,
  type RichText,
} from "../src/index.ts";
import { RichTextModel } from "./models/rich-text.ts";
import { backAndForth } from "./worlds/undo-rounds.ts";

const marks: Readonly<Record<string, Expand>> = {
  bold: "after",
  italic: "after",
  link: "none",
  left: "before",
  wide: "both",
  comment: "none",
};

interface Step {
  readonly who: number;
  readonly do: string;
  readonly at: number;
  readonly count: number;
  readonly name: string;
  readonly value: unknown;
}

const script = (replicas: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      who: fc.nat(replicas - 1),
      do: fc.constantFrom("insert", "insert", "format", "format", "remove", "sync", "sync"),
      at: fc.nat(),
      count: fc.integer({ min: 1, max: 4 }),
      name: fc.constantFrom("bold", "link", "left", "wide"),
      value: fc.constantFrom(true, "x", null),
    }),
    { minLength: 5, maxLength: 50, size: "max" },
  );

function run(text: RichText, step: Step, model?: RichTextModel): void {
  const { length } = text;
  const from = step.at % (length + 1);
  const to = Math.min(length, from + step.count);
  if (step.do === "insert") {
    const letters = "abcdefg".slice(step.at % 4, (step.at % 4) + step.count);
    text.insert(from, letters);
    model?.insert(from, letters);
  } else if (to === from) return;
  else if (step.do === "remove") {
    text.remove(from, to - from);
    model?.remove(from, to - from);
  } else {
    text.format(from, to - from, { [step.name]: step.value });
    model?.format(from, to, step.name, step.value);
  }
}

/** Runs, character by character. */
const spread = (runs: readonly FormattedText[]): FormattedText[] =>
  runs.flatMap(({ insert, attributes }) => [...insert].map((letter) => ({ insert: letter, attributes })));

test("every replica reads at every moment what the paper says, and events show it", (t) => {
  fc.assert(
    fc.property(script(3), (steps) => {
      const ids = ["a", "b", "c"];
      const texts = ids.map((replica) => createRichText({ replica, marks }));
      const models = ids.map((replica) => new RichTextModel(replica, marks));
      const shown = texts.map((text) => {
        const characters: FormattedText[] = [];
        text.onChange(({ steps: changes, formatted }) => {
          for (const { index, removed, inserted } of changes)
            characters.splice(index, removed, ...spread([{ insert: inserted, attributes: {} }]));
          for (const { index, length, attributes } of formatted)
            for (let i = index; i < index + length; i++)
              characters[i] = { insert: characters[i]!.insert, attributes };
        });
        return characters;
      });
      const sync = (who: number, from: number): void => {
        texts[who]!.apply(texts[from]!.updateSince(texts[who]!.version()));
        models[who]!.sync(models[from]!);
      };
      for (const step of steps) {
        if (step.do === "sync") sync(step.who, step.at % 3);
        else run(texts[step.who]!, step, models[step.who]!);
        t.deepEqual(spread(texts[step.who]!.runs()), models[step.who]!.characters());
        t.deepEqual(shown[step.who]!, models[step.who]!.characters());
      }
      for (let round = 0; round < 2; round++)
        for (const who of [0, 1, 2]) for (const from of [0, 1, 2]) sync(who, from);
      const [first] = texts;
      for (const text of texts) {
        t.deepEqual(text.runs(), first!.runs());
        t.deepEqual(text.encode(), first!.encode());
      }
      t.deepEqual(spread(first!.runs()), models[0]!.characters());
      const copy = decodeRichText(first!.encode(), { replica: "d", marks });
      t.deepEqual(copy.runs(), first!.runs());
      t.deepEqual(copy.encode(), first!.encode());
      copy.insert(0, "on");
      copy.format(0, copy.length, { italic: true });
      first!.apply(copy.takeUpdate()!);
      t.deepEqual(first!.runs(), copy.runs());
    }),
    { numRuns: 300 },
  );
});

test("updates in any order, doubled and one by one, come to the same text", (t) => {
  fc.assert(
    fc.property(script(3), fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (steps, order) => {
      const texts = ["a", "b", "c"].map((replica) => createRichText({ replica, marks }));
      const updates: Uint8Array[] = [];
      for (const step of steps) {
        const text = texts[step.who]!;
        if (step.do === "sync") text.apply(texts[step.at % 3]!.updateSince(text.version()));
        else run(text, step);
        const update = text.takeUpdate();
        if (update) updates.push(update);
      }
      for (const text of [...texts, ...texts])
        for (const other of texts) text.apply(other.updateSince(text.version()));
      const late = createRichText({ replica: "d", marks });
      const shuffled = updates
        .map((update, i) => [order[i % 20]! * (i + 1), update] as const)
        .sort(([x], [y]) => (x % 101) - (y % 101));
      for (const [n, update] of shuffled) for (let i = 0; i <= n % 2; i++) late.apply(update);
      t.is(late.pendingBytes, 0);
      t.deepEqual(late.runs(), texts[0]!.runs());
      t.deepEqual(late.encode(), texts[0]!.encode());
    }),
    { numRuns: 300 },
  );
});

test("a mark on the text of a writer who is not known at all waits for that text", (t) => {
  const [ann, bob, cleo] = ["ann", "bob", "cleo"].map((replica) => createRichText({ replica, marks }));
  ann!.insert(0, "x");
  const begins = ann!.takeUpdate()!;
  ann!.remove(0, 1);
  const removes = ann!.takeUpdate()!;
  bob!.insert(0, "fox");
  const fox = bob!.takeUpdate()!;
  ann!.apply(fox);
  ann!.format(0, 1, { bold: true });
  const marked = ann!.takeUpdate()!;
  for (const update of [begins, removes]) cleo!.apply(update);
  t.deepEqual(cleo!.apply(marked).missing, [{ replica: "bob", from: 0, to: 1 }]);
  cleo!.apply(fox);
  t.deepEqual(cleo!.encode(), ann!.encode());
});

test("undo takes back text and marks as they were, and redo does them again", (t) => {
  fc.assert(
    fc.property(script(1), (steps) => {
      const text = createRichText({ replica: "a", marks });
      const undo = text.trackUndo();
      const states: (readonly FormattedText[])[] = [[]];
      for (const step of steps) {
        if (step.do === "sync") continue;
        const before = text.version().get("a");
        run(text, step);
        if (text.version().get("a") !== before) states.push(text.runs());
      }
      backAndForth(t, undo, states, () => text.runs());
    }),
    { numRuns: 200 },
  );
});

/** Two writers with one text in front of them; `merge` brings them together. */
function pair(start: string): { ann: RichText; bob: RichText; merge: () => readonly FormattedText[] } {
  const ann = createRichText({ replica: "ann", marks });
  const bob = createRichText({ replica: "bob", marks });
  ann.insert(0, start);
  bob.apply(ann.takeUpdate()!);
  return {
    ann,
    bob,
    merge() {
      ann.apply(bob.updateSince(ann.version()));
      bob.apply(ann.updateSince(bob.version()));
      return ann.runs();
    },
  };
}

// The paper's examples.

test("paper: what is typed inside what another makes bold becomes bold", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(0, 15, { bold: true });
  bob.insert(4, "brown ");
  t.deepEqual(merge(), [{ insert: "The brown fox jumped.", attributes: { bold: true } }]);
  t.deepEqual(bob.runs(), ann.runs());
});

test("paper: two that make overlapping ranges bold make all of it bold", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(0, 7, { bold: true });
  bob.format(4, 11, { bold: true });
  t.deepEqual(merge(), [{ insert: "The fox jumped.", attributes: { bold: true } }]);
});

test("paper: overlapping ranges of different marks have both where they overlap", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(0, 7, { bold: true });
  bob.format(4, 11, { italic: true });
  t.deepEqual(merge(), [
    { insert: "The ", attributes: { bold: true } },
    { insert: "fox", attributes: { bold: true, italic: true } },
    { insert: " jumped.", attributes: { italic: true } },
  ]);
});

test("paper: of two values for one mark one wins where they overlap, the same for all", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(0, 7, { link: "red" });
  bob.format(4, 11, { link: "blue" });
  t.deepEqual(merge(), [
    { insert: "The ", attributes: { link: "red" } },
    { insert: "fox jumped.", attributes: { link: "blue" } },
  ]);
  t.deepEqual(bob.runs(), ann.runs());
});

test("paper: comments overlap, each with its own name", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(0, 7, { "comment:1": "ann: which fox?" });
  bob.format(4, 11, { "comment:2": "bob: how high?" });
  t.deepEqual(merge(), [
    { insert: "The ", attributes: { "comment:1": "ann: which fox?" } },
    { insert: "fox", attributes: { "comment:1": "ann: which fox?", "comment:2": "bob: how high?" } },
    { insert: " jumped.", attributes: { "comment:2": "bob: how high?" } },
  ]);
});

test("paper: bold grows with what is typed at its end, and not at its start", (t) => {
  const { ann, merge } = pair("The fox jumped.");
  ann.format(4, 3, { bold: true });
  ann.insert(7, "es");
  ann.insert(4, "old ");
  t.deepEqual(merge(), [
    { insert: "The old ", attributes: {} },
    { insert: "foxes", attributes: { bold: true } },
    { insert: " jumped.", attributes: {} },
  ]);
});

test("paper: a link does not grow, not even where its last letter was removed", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(4, 3, { link: "fox" });
  ann.insert(7, "es");
  bob.remove(6, 1);
  t.deepEqual(merge(), [
    { insert: "The ", attributes: {} },
    { insert: "fo", attributes: { link: "fox" } },
    { insert: "es jumped.", attributes: {} },
  ]);
  bob.remove(5, 1);
  bob.insert(5, "og");
  t.deepEqual(merge(), [
    { insert: "The ", attributes: {} },
    { insert: "f", attributes: { link: "fox" } },
    { insert: "oges jumped.", attributes: {} },
  ]);
});

test("what is typed at either border of a range that lost its mark does not get it back", (t) => {
  for (const name of ["bold", "link"]) {
    const text = createRichText({ replica: "a", marks });
    text.insert(0, "one two three");
    text.format(0, 13, { [name]: true });
    text.format(4, 3, { [name]: null });
    text.insert(7, "!");
    t.deepEqual(text.runs()[1], { insert: "two!", attributes: {} });
  }
});

test("bold and not bold at once: the later one counts where they overlap", (t) => {
  const { ann, bob, merge } = pair("The fox jumped.");
  ann.format(0, 15, { bold: true });
  merge();
  ann.format(0, 3, { bold: null });
  bob.format(0, 7, { bold: null });
  bob.format(4, 3, { bold: true });
  t.deepEqual(merge(), [
    { insert: "The ", attributes: {} },
    { insert: "fox jumped.", attributes: { bold: true } },
  ]);
});

test("text is inserted with just the attributes that are asked for", (t) => {
  const text = createRichText({ replica: "a", marks });
  text.insert(0, "bold", { bold: true });
  text.insert(4, " plain", {});
  text.insert(10, " link 😀", { link: "x", bold: true });
  text.insert(text.length, ".");
  t.deepEqual(text.runs(), [
    { insert: "bold", attributes: { bold: true } },
    { insert: " plain", attributes: {} },
    { insert: " link 😀", attributes: { bold: true, link: "x" } },
    { insert: ".", attributes: { bold: true } },
  ]);
  text.format(text.length - 2, 1, { wide: 1 });
  t.deepEqual(text.runs(12).at(-2), { insert: "😀", attributes: { bold: true, link: "x", wide: 1 } });
});

test("what cannot be is refused and changes nothing", (t) => {
  const text = createRichText({ replica: "a", marks });
  text.insert(0, "abc");
  const before = text.encode();
  t.throws(() => text.format(1, 3, { bold: true }), { code: "CRDT_INVALID_ARGUMENT" });
  t.throws(() => text.format(0, 1, { "": true }), { code: "CRDT_INVALID_ARGUMENT" });
  t.throws(() => text.format(0, 1, { bold: undefined }), { code: "CRDT_INVALID_ARGUMENT" });
  t.throws(() => text.insert(0, "x", { bold: () => {} }), { code: "CRDT_INVALID_ARGUMENT" });
  t.deepEqual(text.encode(), before);
  t.is(text.at(text.version()), "abc");
});
