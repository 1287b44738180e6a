// What the compiler infers from a schema: `tsc` is the judge, so a wrong type fails the typecheck.
import test from "ava";
import {
  type ChangeOf,
  createDocument,
  type FormattedRange,
  type FormattedText,
  integer,
  type LeafSchema,
  type ListOfView,
  type MovableListView,
  type RecordView,
  type RichTextView,
  type SetView,
  type Step,
  schema,
  type TextView,
  type ValueOf,
  type ViewOf,
} from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_Holds extends true>(): void {}

const {
  map,
  record,
  text,
  list,
  listOf,
  orSet,
  counter,
  lwwRegister,
  mvRegister,
  movableTree,
  boundedCounter,
} = schema;
const todo = map({
  title: text(),
  tags: orSet<string>(),
  numbers: orSet(integer),
  items: record(
    map({ done: schema.enableWinsFlag(), due: lwwRegister<Date | string>(), lines: list<number>() }),
  ),
  deep: record(record(counter())),
  names: mvRegister<string>(),
  outline: movableTree(),
  steps: listOf(map({ what: text() })),
  body: schema.richText({ link: "none" }),
  tasks: schema.movableList<{ readonly name: string }>(),
});
type Todo = typeof todo;

test("a schema infers what is read, what is written, and what can change", (t) => {
  const { root } = createDocument(todo, { replica: "a" });
  expectType<Same<typeof root.title, TextView>>();
  expectType<Same<typeof root.tags, SetView<string>>>();
  expectType<Same<typeof root.numbers, SetView<number>>>();
  expectType<Same<ViewOf<Todo>["deep"], RecordView<RecordView<ViewOf<ReturnType<typeof counter>>>>>>();

  expectType<Same<typeof root.steps, ListOfView<{ readonly what: TextView }>>>();

  expectType<Same<typeof root.body, RichTextView>>();
  expectType<Same<typeof root.tasks, MovableListView<{ readonly name: string }>>>();

  type Value = ValueOf<Todo>;
  expectType<Same<Value["body"], readonly FormattedText[]>>();
  expectType<Same<Value["tasks"], readonly { readonly name: string }[]>>();
  expectType<Same<Value["steps"], readonly { readonly what: string }[]>>();
  expectType<Same<Value["title"], string>>();
  expectType<Same<Value["tags"], readonly string[]>>();
  expectType<Same<Value["deep"], Readonly<Record<string, Readonly<Record<string, number>>>>>>();
  expectType<Same<Value["items"][string]["done"], boolean>>();
  expectType<Same<Value["items"][string]["due"], Date | string | undefined>>();
  expectType<Same<Value["items"][string]["lines"], readonly number[]>>();
  expectType<Same<Value["names"], readonly string[]>>();

  type Change = ChangeOf<Todo>;
  type At<Path> = Extract<Change, { readonly path: Path }>;
  expectType<Same<At<readonly ["title"]>["kind"], "text">>();
  expectType<Same<At<readonly ["steps", "items", string, "what"]>["kind"], "text">>();
  expectType<Same<At<readonly ["numbers"]>["kind"], "orSet">>();
  expectType<Same<At<readonly ["body"]>["formatted"], readonly FormattedRange[]>>();
  expectType<Same<At<readonly ["tasks"]>["steps"], readonly Step<readonly { readonly name: string }[]>[]>>();
  expectType<Same<At<readonly ["items"]>["kind"], "record">>();
  expectType<Same<At<readonly ["items", string, "done"]>["kind"], "enableWinsFlag">>();
  t.pass();
});

test("what does not fit the schema does not compile", (t) => {
  const { root } = createDocument(todo, { replica: "a" });
  const never = (): void => {
    // @ts-expect-error there is no such field
    root.missing.insert(0, "x");
    // @ts-expect-error a set of strings
    root.tags.add(1);
    // @ts-expect-error fields are changed through what stands in them
    root.title = "x";
    // @ts-expect-error counters are counted
    root.deep.at("a").at("b").set(1);
    // @ts-expect-error a path that the schema has not
    const path: ChangeOf<Todo>["path"] = ["items", "a", "nothing"];
    t.log(path);
  };
  t.is(typeof never, "function");
  // What cannot be taken back cannot stand where keys are removed.
  // @ts-expect-error a tree
  t.throws(() => record(movableTree()), { code: "CRDT_INVALID_ARGUMENT" });
  // @ts-expect-error a bounded counter, in a map
  t.throws(() => record(map({ stock: boundedCounter() })), { code: "CRDT_INVALID_ARGUMENT" });
  const leaf: LeafSchema<"counter", unknown, number> = counter();
  t.is(leaf.kind, "counter");
});
