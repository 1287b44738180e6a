import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import {
  type Cursor,
  createRichText,
  createText,
  InvalidArgumentError,
  LimitExceededError,
  type RichText,
  type Text,
  type TextEvent,
  type Undo,
  type Version,
} from "../src/index.ts";
import { FugueModel, type FugueOperation } from "./models/fugue.ts";

/**
 * Edits that go on are entered late when nobody follows them. So every script is run on a text that is left alone and on
 * one that has a listener, which enters each edit at once: whoever looks, at whatever moment, must see the same in both.
 */
const letters = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(..."abcdefgh") });
const pairs = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom("a", "b", "😀") });

const keys = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ key: fc.constant("type" as const), text }) },
    {
      weight: 4,
      arbitrary: fc.record({ key: fc.constant("backspace" as const), times: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ key: fc.constant("delete" as const), times: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 1, arbitrary: fc.record({ key: fc.constant("paste" as const), text }) },
    {
      weight: 1,
      arbitrary: fc.record({ key: fc.constant("cut" as const), count: fc.integer({ min: 2, max: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ key: fc.constant("go" as const), to: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ key: fc.constant("look" as const), how: fc.nat(), n: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ key: fc.constant("receive" as const), at: fc.nat(), text }) },
  );

type Key = ReturnType<typeof keys> extends fc.Arbitrary<infer K> ? K : never;

/** One of the two texts, and what was remembered of it. */
class Side {
  readonly text: Text;
  readonly #events: TextEvent[] = [];
  #before: Version = new Map();
  #cursor: Cursor = { side: "left" };
  #unfollow: (() => void) | undefined;
  #undo: Undo | undefined;

  constructor(history: boolean) {
    this.text = createText({ replica: "m", history });
  }

  readonly looks: readonly ((n: number) => unknown)[] = [
    () => this.text.toString(),
    (n) => this.text.slice(n % (this.text.length + 1)),
    () => this.text.version(),
    () => this.text.encode(),
    () => this.text.encode({ history: true }),
    () => this.text.takeUpdate(),
    () => this.text.updateSince(this.#before),
    () => this.text.at(this.#before),
    () => this.text.diff(this.#before, this.text.version()),
    () => {
      this.#before = this.text.version();
    },
    (n) => {
      this.#cursor = this.text.cursorAt(n % (this.text.length + 1), n % 2 === 0 ? "left" : "right");
      return this.#cursor;
    },
    () => this.text.indexOf(this.#cursor),
    () => {
      this.#unfollow ??= this.text.onChange((event) => this.#events.push(event));
      return this.#events.splice(0);
    },
    () => {
      this.#unfollow?.();
      this.#unfollow = undefined;
      return this.#events.splice(0);
    },
    () => {
      this.#undo ??= this.text.trackUndo();
    },
    () => [this.#undo?.undo(), this.text.toString()],
    () => {
      this.#undo?.stop();
      this.#undo = undefined;
    },
    (n) => this.text.transact(() => this.text.insert(n % (this.text.length + 1), "t")),
  ];
}

/** What keys are pressed in: the texts, and the model beside them. */
interface Edited {
  readonly length: number;
  insert(index: number, text: string): void;
  remove(index: number, count: number): void;
}

/** Presses a key at the caret in all of them alike; returns where the caret is then. */
function press(key: Key, from: number, [first, ...others]: readonly [Edited, ...Edited[]]): number {
  const all = [first, ...others];
  let caret = Math.min(from, first.length);
  if (key.key === "go") caret = key.to % (first.length + 1);
  else if (key.key === "type" || key.key === "paste") {
    for (const piece of key.key === "type" ? key.text : [key.text]) {
      for (const edited of all) edited.insert(caret, piece);
      caret += piece.length;
    }
  } else if (key.key === "cut") {
    const count = Math.min(key.count, first.length - caret);
    for (const edited of all) edited.remove(caret, count);
  } else if (key.key === "delete") {
    for (let i = 0; i < key.times && caret < first.length; i++)
      for (const edited of all) edited.remove(caret, 1);
  } else if (key.key === "backspace") {
    // Half of a pair takes the other along.
    for (let i = 0; i < key.times && caret > 0; i++, caret = Math.min(caret, first.length)) {
      caret--;
      for (const edited of all) edited.remove(caret, 1);
    }
  }
  return caret;
}

/** The paper's model as something to press keys in, which tells its operations. */
class Modelled implements Edited {
  readonly model: FugueModel;
  operations: FugueOperation[] = [];

  constructor(replica: string) {
    this.model = new FugueModel(replica);
  }

  get length(): number {
    return this.model.toString().length;
  }

  insert(index: number, text: string): void {
    for (const [i, unit] of text.split("").entries())
      this.operations.push(this.model.insert(index + i, unit));
  }

  remove(index: number, count: number): void {
    for (let i = 0; i < count; i++) this.operations.push(this.model.remove(index));
  }

  /** Hands what was done since the last time to another one. */
  sendTo(other: Modelled): void {
    for (const operation of this.operations.splice(0)) other.model.apply(operation);
  }
}

function run(
  t: ExecutionContext,
  script: readonly Key[],
  history: boolean,
  models: readonly Modelled[],
): void {
  const [alone, followed] = [new Side(history), new Side(history)];
  followed.text.onChange(() => {});
  const peer = createText({ replica: "p", history });
  const [model, peerModel] = models;
  const all = [alone.text, followed.text, ...models.slice(0, 1)] as const;
  let caret = 0;
  for (const key of script) {
    if (key.key === "receive") {
      peer.apply(followed.text.updateSince(peer.version()));
      model?.sendTo(peerModel!);
      const at = key.at % (peer.length + 1);
      for (const edited of [peer, ...models.slice(1)]) edited.insert(at, key.text);
      const update = peer.takeUpdate()!;
      for (const { text } of [alone, followed]) text.apply(update);
      peerModel?.sendTo(model!);
    } else if (key.key === "look") {
      // The model knows nothing of undoing.
      const how = key.how % (model === undefined ? alone.looks.length : 14);
      t.deepEqual(alone.looks[how]!(key.n), followed.looks[how]!(key.n));
    } else caret = press(key, caret, all);
    t.is(alone.text.length, followed.text.length);
  }
  if (model !== undefined) t.is(alone.text.toString(), model.model.toString());
  for (const look of alone.looks.keys()) t.deepEqual(alone.looks[look]!(1), followed.looks[look]!(1));
}

test("whoever looks sees every edit that was made before, whatever is edited", (t) => {
  fc.assert(
    fc.property(fc.array(keys(letters), { maxLength: 40 }), fc.boolean(), (script, history) =>
      run(t, script, history, [new Modelled("m"), new Modelled("p")]),
    ),
    { numRuns: 600 },
  );
});

test("the same with undoing, and characters of two units", (t) => {
  fc.assert(
    fc.property(fc.array(keys(pairs), { maxLength: 40 }), fc.boolean(), (script, history) =>
      run(t, script, history, []),
    ),
    { numRuns: 600 },
  );
});

test("what is typed among marks, and where something was removed, is formatted as if entered at once", (t) => {
  const format = fc.record({
    key: fc.constant("format" as const),
    length: fc.integer({ min: 1, max: 6 }),
    name: fc.constantFrom("bold", "link"),
    value: fc.constantFrom(true, null),
  });
  const script = fc.array(
    fc.oneof({ weight: 7, arbitrary: keys(letters) }, { weight: 1, arbitrary: format }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(script, (pressed) => {
      const texts = [0, 1].map(() => createRichText({ replica: "m", marks: { link: "none" } }));
      const [alone, followed] = texts as [RichText, RichText];
      followed.onChange(() => {});
      let caret = 0;
      for (const key of pressed) {
        caret = Math.min(caret, followed.length);
        if (key.key === "look") t.deepEqual(alone.runs(), followed.runs());
        else if (key.key !== "format") caret = press(key, caret, [alone, followed]);
        else
          for (const text of texts)
            text.format(caret, Math.min(key.length, text.length - caret), { [key.name]: key.value });
      }
      t.deepEqual(alone.runs(), followed.runs());
      t.deepEqual(alone.encode(), followed.encode());
    }),
    { numRuns: 400 },
  );
});

test("an edit that goes on ends at the limit of elements, and at the borders of the text", (t) => {
  const text = createText({ replica: "a", elementsMax: 5 });
  for (const letter of "abcde") text.insert(text.length, letter);
  t.throws(() => text.insert(5, "f"), { instanceOf: LimitExceededError });
  t.throws(() => text.insert(-1, "f"), { instanceOf: InvalidArgumentError });
  t.is(text.toString(), "abcde");
  for (let at = 4; at >= 3; at--) text.remove(at, 1);
  t.throws(() => text.remove(3, 1), { instanceOf: InvalidArgumentError });
  t.is(text.toString(), "abc");
  for (let at = 2; at >= 0; at--) text.remove(at, 1);
  t.throws(() => text.remove(-1, 1), { instanceOf: InvalidArgumentError });
  t.throws(() => text.remove(0, 1), { instanceOf: InvalidArgumentError });
  t.is(text.toString(), "");
});

test("forward removals stop at the end of the text", (t) => {
  const text = createText({ replica: "a" });
  text.insert(0, "abcd");
  for (let i = 0; i < 3; i++) text.remove(1, 1);
  t.throws(() => text.remove(1, 1), { instanceOf: InvalidArgumentError });
  t.is(text.toString(), "a");
});

test("typing on for longer than an open edit may be long", (t) => {
  const text = createText({ replica: "a" });
  const page = "0123456789".repeat(1000);
  for (let i = 0; i < 20; i++) text.insert(text.length, page);
  t.is(text.toString(), page.repeat(20));
  for (let i = 0; i < 70_000; i++) text.remove(text.length - 1, 1);
  t.is(text.toString(), page.repeat(13));
});
