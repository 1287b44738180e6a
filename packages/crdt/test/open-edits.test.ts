import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import {
  type Cursor,
  createText,
  InvalidArgumentError,
  LimitExceededError,
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

function insertInto(model: FugueModel, at: number, text: string): FugueOperation[] {
  return text.split("").map((unit, i) => model.insert(at + i, unit));
}

function run(t: ExecutionContext, script: readonly Key[], history: boolean, withModel: boolean): void {
  const [alone, followed] = [new Side(history), new Side(history)];
  followed.text.onChange(() => {});
  const both = [alone, followed];
  const peer = createText({ replica: "p", history });
  const [model, peerModel] = [new FugueModel("m"), new FugueModel("p")];
  const own: FugueOperation[] = [];
  let caret = 0;
  for (const key of script) {
    caret = Math.min(caret, followed.text.length);
    if (key.key === "type" || key.key === "paste") {
      const pieces = key.key === "type" ? [...key.text] : [key.text];
      for (const piece of pieces) {
        for (const { text } of both) text.insert(caret, piece);
        if (withModel) own.push(...insertInto(model, caret, piece));
        caret += piece.length;
      }
    } else if (key.key === "backspace" || key.key === "delete") {
      for (let i = 0; i < key.times; i++) {
        if (key.key === "backspace" ? caret === 0 : caret === followed.text.length) break;
        if (key.key === "backspace") caret--;
        for (const { text } of both) text.remove(caret, 1);
        if (withModel) own.push(model.remove(caret));
        caret = Math.min(caret, followed.text.length);
      }
    } else if (key.key === "cut") {
      const count = Math.min(key.count, followed.text.length - caret);
      for (const { text } of both) text.remove(caret, count);
      if (withModel) for (let i = 0; i < count; i++) own.push(model.remove(caret));
    } else if (key.key === "go") caret = key.to % (followed.text.length + 1);
    else if (key.key === "receive") {
      peer.apply(followed.text.updateSince(peer.version()));
      const at = key.at % (peer.length + 1);
      peer.insert(at, key.text);
      const update = peer.takeUpdate()!;
      for (const { text } of both) text.apply(update);
      if (!withModel) continue;
      for (const operation of own.splice(0)) peerModel.apply(operation);
      for (const operation of insertInto(peerModel, at, key.text)) model.apply(operation);
    } else {
      // The model knows nothing of undoing.
      const how = key.how % (withModel ? 14 : alone.looks.length);
      t.deepEqual(alone.looks[how]!(key.n), followed.looks[how]!(key.n));
    }
    t.is(alone.text.length, followed.text.length);
  }
  if (withModel) t.is(alone.text.toString(), model.toString());
  for (const look of alone.looks.keys()) t.deepEqual(alone.looks[look]!(1), followed.looks[look]!(1));
}

test("whoever looks sees every edit that was made before, whatever is edited", (t) => {
  fc.assert(
    fc.property(fc.array(keys(letters), { maxLength: 40 }), fc.boolean(), (script, history) =>
      run(t, script, history, true),
    ),
    { numRuns: 600 },
  );
});

test("the same with undoing, and characters of two units", (t) => {
  fc.assert(
    fc.property(fc.array(keys(pairs), { maxLength: 40 }), fc.boolean(), (script, history) =>
      run(t, script, history, false),
    ),
    { numRuns: 600 },
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
