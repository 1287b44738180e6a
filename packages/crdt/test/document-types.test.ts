// What the compiler infers from a schema: `tsc` is the judge, so a wrong type fails the typecheck.
import test from "ava";
import {
  type BoundedCounterView,
  type ChangeOf,
  createDocument,
  type ExtremeView,
  type FormattedRange,
  type FormattedText,
  type GrowingSetView,
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
  type TreeNode,
  type TreeView,
  type TwoPhaseSetView,
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
  gSet,
  twoPhaseSet,
  maxRegister,
  removeWinsSet,
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
  shelves: record(
    map({
      outline: movableTree(),
      stock: boundedCounter(),
      seen: gSet<string>(),
      gone: twoPhaseSet(integer),
      best: maxRegister(),
      banned: removeWinsSet<string>(),
    }),
  ),
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

  type Shelf = Value["shelves"][string];
  expectType<Same<Shelf["outline"], TreeNode>>();
  expectType<Same<Shelf["stock"], number>>();
  expectType<Same<Shelf["seen"], readonly string[]>>();
  expectType<Same<Shelf["gone"], readonly number[]>>();
  expectType<Same<Shelf["best"], number | undefined>>();
  const shelf = root.shelves.at("a");
  expectType<Same<typeof shelf.seen, GrowingSetView<string>>>();
  expectType<Same<typeof shelf.gone, TwoPhaseSetView<number>>>();
  expectType<Same<typeof shelf.banned, SetView<string>>>();
  expectType<Same<typeof shelf.stock, BoundedCounterView>>();
  expectType<Same<typeof shelf.best, ExtremeView>>();
  expectType<Same<typeof shelf.outline, TreeView>>();

  type Change = ChangeOf<Todo>;
  type At<Path> = Extract<Change, { readonly path: Path }>;
  expectType<Same<At<readonly ["title"]>["kind"], "text">>();
  expectType<Same<At<readonly ["steps", "items", string, "what"]>["kind"], "text">>();
  expectType<Same<At<readonly ["numbers"]>["kind"], "orSet">>();
  expectType<Same<At<readonly ["body"]>["formatted"], readonly FormattedRange[]>>();
  expectType<Same<At<readonly ["tasks"]>["steps"], readonly Step<readonly { readonly name: string }[]>[]>>();
  expectType<Same<At<readonly ["items"]>["kind"], "record">>();
  expectType<Same<At<readonly ["items", string, "done"]>["kind"], "enableWinsFlag">>();
  expectType<Same<At<readonly ["shelves", string, "gone"]>["value"], readonly number[]>>();
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
    // @ts-expect-error what only grows has nothing to take away with
    root.shelves.at("a").seen.delete("x");
    // @ts-expect-error counters are counted
    root.deep.at("a").at("b").set(1);
    // @ts-expect-error a path that the schema has not
    const path: ChangeOf<Todo>["path"] = ["items", "a", "nothing"];
    t.log(path);
  };
  t.is(typeof never, "function");
  const leaf: LeafSchema<"counter", unknown, number> = counter();
  t.is(leaf.kind, "counter");
});
