import test from "ava";
import fc from "fast-check";
import {
  CrdtError,
  createDocument,
  type Document,
  decodeDocument,
  decodeDocumentVersion,
  encodeDocumentVersion,
  schema,
} from "../src/index.ts";
import { DocumentWorld, documentSteps, nested } from "./worlds/document-world.ts";
import { everything, fill } from "./worlds/everything.ts";

const { map, record, text, richText, list, movableList } = schema;
const { orSet, removeWinsSet, counter, lwwRegister, mvRegister } = schema;

test("updates may be lost, doubled and reordered: what comes too early waits, and all come together", (t) => {
  const delivery = fc.record({
    to: fc.nat(2),
    n: fc.nat(),
    fate: fc.constantFrom("deliver", "deliver", "double", "lose"),
  });
  fc.assert(
    fc.property(documentSteps(3, 40), fc.array(delivery, { maxLength: 60 }), (script, deliveries) => {
      const world = new DocumentWorld(3);
      const flying: { readonly to: number; readonly bytes: Uint8Array }[] = [];
      for (const [at, step] of script.entries()) {
        if (step.what !== "sync") world.run(step);
        const bytes = world.documents[step.who]!.takeUpdate();
        for (let to = 0; to < 3; to++) if (bytes && to !== step.who) flying.push({ to, bytes });
        const { n, fate } = deliveries[at] ?? { n: 0, fate: "deliver" };
        const message = flying[n % Math.max(1, flying.length)];
        if (message === undefined) continue;
        if (fate !== "double") flying.splice(flying.indexOf(message), 1);
        if (fate === "lose") continue;
        const document = world.documents[message.to]!;
        const before = JSON.stringify(document.value());
        const report = document.apply(message.bytes);
        if (report.held === 1) {
          t.is(JSON.stringify(document.value()), before);
          t.true(report.missing.length > 0);
        }
      }
      for (const { to, bytes } of flying) world.documents[to]!.apply(bytes);
      world.settle();
      for (const document of world.documents) {
        t.deepEqual(document.encode(), world.documents[0]!.encode());
        t.is(document.pendingBytes, 0);
      }
    }),
    { numRuns: 100 },
  );
});

test("every flipped bit and every cut of an update or a document is found, and changes nothing", (t) => {
  const ann = createDocument(everything, { replica: "ann" });
  fill(ann);
  const update = ann.takeUpdate()!;
  const bob = createDocument(everything, { replica: "bob" });
  bob.root.title.insert(0, "mine");
  const before = bob.encode();
  const isRefused = (take: () => unknown): boolean => {
    try {
      take();
    } catch (error) {
      return error instanceof CrdtError && error.code === "CRDT_CORRUPT_BYTES";
    }
    return false;
  };
  for (const [bytes, take] of [
    [update, (bad: Uint8Array) => bob.apply(bad)],
    [ann.encode(), (bad: Uint8Array) => decodeDocument(everything, bad, { replica: "c" })],
  ] as const) {
    let refused = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      if (isRefused(() => take(flipped))) refused++;
    }
    t.is(refused, 8 * bytes.length);
    for (let size = 0; size < bytes.length; size++) t.true(isRefused(() => take(bytes.subarray(0, size))));
  }
  t.deepEqual(bob.encode(), before);
  bob.apply(update);
  t.is(bob.root.pages.at("one").title.toString(), "Trip 😀");
});

test("what is held for its causes is bounded", (t) => {
  const ann = createDocument(everything, { replica: "ann" });
  const bob = createDocument(everything, { replica: "bob", pendingBytesMax: 200 });
  ann.root.votes.add(1);
  ann.takeUpdate();
  const late = Array.from({ length: 10 }, () => {
    ann.root.votes.add(1);
    return ann.takeUpdate()!;
  });
  t.deepEqual(bob.apply(late[0]!), { applied: 0, held: 1, missing: [{ replica: "ann", from: 0, to: 1 }] });
  const applyAll = (): void => {
    for (const update of late) bob.apply(update);
  };
  t.throws(applyAll, { code: "CRDT_PENDING_FULL" });
  bob.apply(ann.updateSince(bob.version()));
  t.is(bob.root.votes.value, 11);
  t.is(bob.pendingBytes, 0);
});

test("who lacks more than is kept of the lattices is given their state", (t) => {
  const ann = createDocument(everything, { replica: "ann", historyBytesMax: 100 });
  const bob = createDocument(everything, { replica: "bob" });
  for (let i = 0; i < 50; i++) ann.root.tags.add(`tag ${i}`);
  for (let i = 0; i < 50; i++) ann.root.tags.delete(`tag ${i}`);
  ann.root.title.insert(0, "x");
  bob.root.tags.add("tag 7");
  bob.apply(ann.updateSince(bob.version()));
  ann.apply(bob.updateSince(ann.version()));
  t.deepEqual(bob.root.tags.values(), ["tag 7"]);
  t.deepEqual(ann.encode(), bob.encode());
});

test("of an update that is partly known the rest is applied", (t) => {
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(everything, { replica }));
  const nothing = ann!.version();
  ann!.root.title.insert(0, "abc");
  ann!.root.votes.add(1);
  bob!.apply(ann!.takeUpdate()!);
  ann!.root.votes.add(1);
  ann!.root.title.insert(3, "def");
  t.is(bob!.apply(ann!.updateSince(nothing)).applied, 4);
  ann!.root.title.insert(6, "ghi");
  t.is(bob!.apply(ann!.updateSince(nothing)).applied, 3);
  t.is(bob!.apply(ann!.updateSince(nothing)).applied, 0);
  t.is(bob!.root.title.toString(), "abcdefghi");
  t.is(bob!.root.votes.value, 2);
  t.deepEqual(bob!.encode(), ann!.encode());
});

test("two writers under one id are found out", (t) => {
  const [one, other, third] = ["same", "same", "third"].map((replica) =>
    createDocument(everything, { replica }),
  );
  one!.root.votes.add(1);
  other!.root.votes.add(2);
  third!.apply(one!.takeUpdate()!);
  t.throws(() => third!.apply(other!.takeUpdate()!), { code: "CRDT_REPLICA_REUSED" });
  t.is(third!.root.votes.value, 1);
});

test("ids and versions that cannot be are refused", (t) => {
  for (const replica of ["", "~", "語".repeat(100), "\ud800"])
    t.throws(() => createDocument(everything, { replica }), { code: "CRDT_INVALID_ARGUMENT" });
  const long = createDocument(everything, { replica: "x".repeat(128), members: ["a"] });
  long.root.votes.add(1);
  t.false(long.forget());
  for (const seen of [new Map([["~", 1]]), new Map([["語".repeat(100), 1]])])
    t.throws(() => decodeDocumentVersion(encodeDocumentVersion({ epoch: 0, mark: 0, seen })), {
      code: "CRDT_INVALID_UPDATE",
    });
  const version = {
    epoch: 3,
    mark: 7,
    seen: new Map([
      ["a", 2],
      ["b", 1],
    ]),
  };
  t.deepEqual(decodeDocumentVersion(encodeDocumentVersion(version)), version);
  t.throws(() => long.updateSince({ epoch: 0, mark: 7, seen: new Map() }), {
    code: "CRDT_HISTORY_FORGOTTEN",
  });
});

test("a value that cannot be written is refused before it is in", (t) => {
  const shape = map({
    due: lwwRegister<unknown>(),
    names: mvRegister<unknown>(),
    tags: orSet<string>(),
    banned: removeWinsSet<string>(),
    best: schema.maxRegister(),
    least: schema.minRegister(),
    lines: list<unknown>(),
    cards: movableList<unknown>(),
  });
  const document = createDocument(shape, { replica: "a" });
  const { due, names, tags, banned, best, least, lines, cards } = document.root;
  const before = document.encode();
  for (const write of [
    () => due.set(undefined),
    () => due.set(1n),
    () => names.set(() => 1),
    () => tags.add({} as never),
    () => banned.add(Number.NaN as never),
    () => best.set(Number.NaN),
    () => least.set(Number.NEGATIVE_INFINITY),
    () => lines.push(1n),
    () => cards.push(undefined),
  ])
    t.throws(write, { code: "CRDT_INVALID_ARGUMENT" });
  t.deepEqual(document.encode(), before);
  for (const value of [3, 5, 4]) {
    best.set(value);
    least.set(value);
  }
  t.is(best.value, 5);
  t.is(least.value, 3);
});

test("an update of another schema is refused", (t) => {
  const other = createDocument(map({ heading: text() }), { replica: "x" });
  other.root.heading.insert(0, "a");
  const document = createDocument(nested, { replica: "y" });
  t.throws(() => document.apply(other.takeUpdate()!), { code: "CRDT_INVALID_UPDATE" });
});

test("two writers with one replica id are noticed by what they wrote, whatever part it is in, and nothing is applied", (t) => {
  const parts = map({ text: text(), rich: richText(), list: list<string>(), cards: movableList<string>() });
  const writers: Record<string, (document: Document<typeof parts>, value: string) => void> = {
    text: ({ root }, value) => root.text.insert(0, value),
    rich: ({ root }, value) => root.rich.insert(0, value),
    list: ({ root }, value) => root.list.push(...value),
    cards: ({ root }, value) => root.cards.push(...value),
  };
  const nothing = createDocument(parts, { replica: "nobody" }).version();
  for (const [first, writeFirst] of Object.entries(writers))
    for (const [second, writeSecond] of Object.entries(writers)) {
      const [one, other] = [0, 1].map(() => createDocument(parts, { replica: "same" }));
      writeFirst(one!, "hello");
      writeSecond(other!, "world");
      const reader = createDocument(parts, { replica: "reader" });
      reader.apply(one!.takeUpdate()!);
      const [bytes, update] = [reader.encode(), other!.takeUpdate()!];
      for (const document of [reader, one!])
        t.throws(() => document.apply(update), { code: "CRDT_REPLICA_REUSED" }, `${first}, ${second}`);
      writeSecond(other!, "and more");
      const all = other!.updateSince(nothing);
      t.throws(() => reader.apply(all), { code: "CRDT_REPLICA_REUSED" }, `${first}, ${second}`);
      t.deepEqual(reader.encode(), bytes);
    }
});

test("an update that is known already is applied again to no effect, in a document that is full too", (t) => {
  const notes = map({ title: text() });
  const [ann, bob] = ["ann", "bob"].map((replica) => createDocument(notes, { replica, elementsMax: 5 }));
  ann!.root.title.insert(0, "hello");
  const update = ann!.takeUpdate()!;
  bob!.apply(update);
  const events: unknown[] = [];
  bob!.onChange((event) => events.push(event));
  for (const again of [update, bob!.updateSince(createDocument(notes, { replica: "c" }).version())])
    t.deepEqual(bob!.apply(again), { applied: 0, held: 0, missing: [] });
  t.deepEqual(events, []);
});

test("no more texts and lists than partsMax, whoever writes them; looking where there is none takes no room", (t) => {
  const pages = map({ pages: record(text()), lists: record(list<number>()), votes: counter() });
  const document = createDocument(pages, { replica: "ann", partsMax: 2 });
  for (const key of "abc") {
    t.is(document.root.pages.at(key).length, 0);
    t.deepEqual(document.root.lists.at(key).toArray(), []);
  }
  document.root.pages.at("a").insert(0, "first");
  document.root.lists.at("a").push(1);
  const [value, version] = [document.value(), document.version()];
  for (const write of [
    () => document.root.pages.at("b").insert(0, "third"),
    () => document.root.lists.at("b").push(3),
    () => document.transact(({ pages }) => pages.at("c").insert(0, "third")),
  ])
    t.throws(write, { code: "CRDT_LIMIT_EXCEEDED" });
  t.deepEqual(document.value(), value);
  t.deepEqual(document.version(), version);
  document.root.pages.at("a").insert(5, " page");
  document.root.votes.add(1);

  const roomy = createDocument(pages, { replica: "bob" });
  const update = document.takeUpdate()!;
  roomy.apply(update);
  document.root.pages.at("a").insert(0, "The ");
  document.root.lists.at("a").push(2);
  const reader = createDocument(pages, { replica: "reader", partsMax: 2 });
  reader.apply(update);
  reader.apply(document.takeUpdate()!);
  t.deepEqual(reader.value(), document.value());
  t.deepEqual(
    decodeDocument(pages, document.encode(), { replica: "eve", partsMax: 2 }).value(),
    document.value(),
  );
  roomy.root.pages.at("b").insert(0, "third");
  t.throws(() => document.apply(roomy.takeUpdate()!), { code: "CRDT_LIMIT_EXCEEDED" });
  t.throws(() => decodeDocument(pages, roomy.encode(), { replica: "eve", partsMax: 2 }), {
    code: "CRDT_LIMIT_EXCEEDED",
  });
});
