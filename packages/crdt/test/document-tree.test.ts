// Trees in documents: reset with the record that holds them, looked back at, undone, forgotten.
import test from "ava";
import fc from "fast-check";
import { createDocument, type Document, decodeDocument, schema, type TreeView } from "../src/index.ts";

const { map, record, movableTree, text } = schema;
const shape = map({ outline: movableTree(), pages: record(map({ parts: movableTree(), title: text() })) });
type Outlined = Document<typeof shape>;

const members = ["a", "b"];
const pair = (options: { readonly history?: boolean } = {}): [Outlined, Outlined] => [
  createDocument(shape, { replica: "a", members, ...options }),
  createDocument(shape, { replica: "b", members, ...options }),
];

function sync(a: Outlined, b: Outlined): void {
  for (let round = 0; round < 2; round++)
    for (const [to, from] of [
      [a, b],
      [b, a],
    ] as const)
      if (from.version().epoch >= to.version().epoch) to.apply(from.updateSince(to.version()));
}

function forget(a: Outlined, b: Outlined): boolean {
  a.observe("b", b.version());
  return a.forget();
}

/** The tree as paths, which is what a person sees of it. */
function paths(tree: TreeView, node = ""): string[] {
  return tree
    .children(node)
    .flatMap((child) => [child, ...paths(tree, child).map((path) => `${child}/${path}`)]);
}

test("removing a record takes away what was seen of its tree; what is moved concurrently stays", (t) => {
  const [a, b] = pair();
  const { parts } = a.root.pages.at("p");
  parts.move("x");
  parts.move("y", "x");
  parts.move("z", "y");
  sync(a, b);
  a.root.pages.delete("p");
  b.root.pages.at("p").parts.move("y");
  sync(a, b);
  t.deepEqual(a.value(), b.value());
  t.deepEqual(paths(a.root.pages.at("p").parts), ["y"]);
  t.deepEqual(a.encode(), b.encode());
  a.root.pages.delete("p");
  sync(a, b);
  t.deepEqual(b.value().pages, {});
  b.root.pages.at("p").parts.move("z");
  t.deepEqual(paths(b.root.pages.at("p").parts), ["z"], "nothing older comes back");
});

test("a key whose tree is not seen is there once something in it is", (t) => {
  const trees = map({ byKey: record(movableTree()) });
  const [a, b] = ["a", "b"].map((replica) => createDocument(trees, { replica })) as [
    Document<typeof trees>,
    Document<typeof trees>,
  ];
  a.transact(({ byKey }) => {
    byKey.at("k").move("x");
    byKey.at("k").move("y", "x");
  });
  b.apply(a.takeUpdate()!);
  a.root.byKey.delete("k");
  b.root.byKey.at("k").move("z", "y");
  a.apply(b.takeUpdate()!);
  t.deepEqual(a.value(), { byKey: {} }, "z hangs on a node that is not there");
  a.root.byKey.at("k").move("w");
  t.deepEqual(a.root.byKey.keys(), ["k"]);
  b.apply(a.takeUpdate()!);
  t.deepEqual(b.value(), a.value());
});

test("taking the removal of a record back brings its tree back", (t) => {
  const [a, b] = pair();
  const undo = a.trackUndo();
  const { parts } = a.root.pages.at("p");
  for (const [node, parent] of [["x"], ["y", "x"], ["z", "y"], ["w"]] as const) parts.move(node, parent);
  const before = a.value();
  a.root.pages.delete("p");
  sync(a, b);
  undo.undo();
  sync(a, b);
  t.deepEqual(b.value(), before);
});

test("undo puts a node back unless another has moved it since", (t) => {
  const [a, b] = pair();
  const undo = a.trackUndo();
  const { outline } = a.root;
  for (const node of ["x", "y", "z"]) outline.move(node);
  outline.move("z", "x");
  sync(a, b);
  undo.undo();
  t.deepEqual(paths(outline), ["x", "y", "z"]);
  undo.redo();
  sync(a, b);
  b.root.outline.move("z", "y");
  sync(a, b);
  undo.undo();
  sync(a, b);
  t.deepEqual(paths(b.root.outline), ["x", "y", "y/z"]);
});

test("forgetting leaves each node one move, and nothing of what was removed", (t) => {
  const [a, b] = pair();
  for (let round = 0; round < 100; round++)
    for (const node of ["x", "y", "z"]) a.root.outline.move(node, node === "x" || round % 2 ? "" : "x");
  a.root.outline.move("secret-folder", "x");
  a.root.outline.move("secret-file", "secret-folder");
  a.root.outline.remove("secret-folder");
  sync(a, b);
  const [shown, long] = [paths(a.root.outline), a.encode().length];
  t.true(forget(a, b));
  t.deepEqual(paths(a.root.outline), shown);
  const bytes = a.encode();
  t.true(bytes.length < long / 10);
  t.false(Buffer.from(bytes).includes("secret"));
  sync(a, b);
  t.deepEqual(b.encode(), bytes, "the other does the same when it hears of it");
  t.deepEqual(decodeDocument(shape, bytes, { replica: "c" }).value(), a.value());
});

test("who hears of a forgetting late carries its later moves over", (t) => {
  const [a, b] = pair({ history: true });
  for (const node of ["x", "y", "z"]) a.root.outline.move(node);
  a.root.outline.move("y", "x");
  a.root.outline.remove("z");
  sync(a, b);
  a.observe("b", b.version());
  b.root.outline.move("x2");
  b.root.outline.move("x", "x2");
  t.true(a.forget());
  a.root.outline.move("x", "y2");
  a.root.outline.move("y2");
  sync(a, b);
  t.deepEqual(a.encode({ history: true }), b.encode({ history: true }));
  t.deepEqual(paths(a.root.outline), paths(b.root.outline));
  t.deepEqual(paths(a.root.outline).sort(), ["x2", "x2/x", "x2/x/y", "y2"]);
  const version = a.version();
  const was = a.value();
  a.root.outline.move("w");
  t.deepEqual(a.at(version), was);
  sync(a, b);
  t.deepEqual(b.at(version), was);
});

test("a tree of ten thousand levels is read and written", (t) => {
  const [a, b] = pair();
  a.transact(({ outline }) => {
    // From below, as who moves a node has to look at all above it.
    for (let level = 10_000; level > 0; level--) {
      outline.move(`${level}`);
      if (level < 10_000) outline.move(`${level + 1}`, `${level}`);
    }
  });
  b.apply(a.takeUpdate()!);
  let [node, depth] = [b.value().outline, 0];
  for (; node.children.length > 0; depth++) node = node.children[0]!;
  t.is(depth, 10_000);
});

const worldOf = (ids: readonly string[], forgets: boolean): Outlined[] =>
  ids.map((replica) => createDocument(shape, { replica, ...(forgets ? { members: ids } : {}) }));

/** `who` learns all that `from` knows; who has not heard of a forgetting hears of it first. */
function learn(world: readonly Outlined[], who: number, from: number): (readonly [number, number])[] {
  const [to, source] = [world[who]!, world[from]!];
  const first = source.version().epoch < to.version().epoch ? learn(world, from, who) : [];
  to.apply(source.updateSince(to.version()));
  return [...first, [who, from]];
}

const actions = fc.array(
  fc.record({
    do: fc.constantFrom(
      "make",
      "make",
      "move",
      "move",
      "move",
      "remove",
      "learn",
      "learn",
      "meet",
      "forget",
      "reset",
    ),
    who: fc.nat(2),
    from: fc.nat(2),
    n: fc.nat(),
    to: fc.nat(),
  }),
  { maxLength: 60, size: "max" },
);

test("forgetting at any time leaves every tree as it would be without, whoever has heard of it", (t) => {
  let forgotten = 0;
  fc.assert(
    fc.property(actions, (steps) => {
      const ids = ["a", "b", "c"];
      const [world, twin] = [worldOf(ids, true), worldOf(ids, false)];
      let made = 0;
      const both = (who: number, edit: (tree: TreeView) => void, inRecord: boolean): void => {
        for (const { root } of [world[who]!, twin[who]!])
          edit(inRecord ? root.pages.at("p").parts : root.outline);
      };
      const meet = (who: number, from: number): void => {
        for (const [to, source] of learn(world, who, from)) learn(twin, to, source);
      };
      for (const { do: what, who, from, n, to } of steps) {
        const inRecord = n % 2 === 0;
        const { root } = world[who]!;
        // Only what is there is moved: what was removed comes back with what was below it where nothing was forgotten.
        const there = paths(inRecord ? root.pages.at("p").parts : root.outline).map(
          (path) => path.split("/").at(-1)!,
        );
        const [node, parent] = [there[n % there.length], there[to % there.length]];
        if (what === "learn" && who !== from) meet(who, from);
        else if (what === "make") {
          const name = `${made++}`;
          both(who, (tree) => tree.move(name, to % 3 ? parent : ""), inRecord);
        } else if (what === "reset") for (const one of [world[who]!, twin[who]!]) one.root.pages.delete("p");
        else if (what === "remove" && node !== undefined) both(who, (tree) => tree.remove(node), inRecord);
        else if (what === "move" && node !== undefined && parent !== undefined) {
          const isBelow = (tree: TreeView, at: string | undefined): boolean =>
            at === node || (at !== undefined && at !== "" && isBelow(tree, tree.parentOf(at)));
          if (!isBelow(inRecord ? root.pages.at("p").parts : root.outline, parent))
            both(who, (tree) => tree.move(node, parent), inRecord);
        } else if (what === "meet" || what === "forget") {
          for (let round = 0; round < 2; round++)
            for (const [one] of ids.entries())
              for (const [other] of ids.entries()) if (one !== other) meet(one, other);
          for (const document of world)
            for (const [at, other] of world.entries()) document.observe(ids[at]!, other.version());
          if (what === "forget" && world[who]!.forget()) forgotten++;
        }
        for (const [at, document] of world.entries()) t.deepEqual(document.value(), twin[at]!.value());
      }
      for (let round = 0; round < 3; round++)
        for (const [one] of ids.entries())
          for (const [other] of ids.entries()) if (one !== other) meet(one, other);
      for (const document of world) {
        t.deepEqual(document.value(), twin[0]!.value());
        t.deepEqual(document.encode(), world[0]!.encode());
      }
    }),
    { numRuns: 40 },
  );
  t.true(forgotten > 30, `${forgotten}`);
});
