import { deflateRawSync, inflateRawSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import {
  type ChangeOf,
  createDocument,
  createList,
  createMovableList,
  createRichText,
  createText,
  type DocumentVersion,
  decodeDocument,
  type FormattedText,
  schema,
  text,
  type ValueOf,
} from "../src/index.ts";
import { DocumentWorld, documentSteps, nested } from "./worlds/document-world.ts";
import {
  documents,
  Editor,
  learn,
  type Parts,
  partSteps,
  type parts,
  perform,
  writers,
} from "./worlds/parts-world.ts";

const spread = (runs: readonly FormattedText[]): FormattedText[] =>
  runs.flatMap(({ insert, attributes }) => [...insert].map((letter) => ({ insert: letter, attributes })));

/** Plays changes into what stood there. */
function played(
  before: ValueOf<typeof parts>,
  changes: readonly ChangeOf<typeof parts>[],
): { readonly body: FormattedText[]; readonly cards: number[] } {
  const body = spread(before.body);
  const cards = [...before.cards];
  for (const change of changes)
    if (change.kind === "movableList")
      for (const { index, removed, inserted } of change.steps) cards.splice(index, removed, ...inserted);
    else {
      for (const { index, removed, inserted } of change.steps)
        body.splice(index, removed, ...spread([{ insert: inserted, attributes: {} }]));
      for (const { index, length, attributes } of change.formatted)
        for (let i = index; i < index + length; i++) body[i] = { insert: body[i]!.insert, attributes };
    }
  return { body, cards };
}

test("every version of a nested document can be seen again, by all who have heard of it, and after storing it", (t) => {
  fc.assert(
    fc.property(documentSteps(3, 60), (script) => {
      const world = new DocumentWorld(3, false, true);
      const seen: (readonly [DocumentVersion, ValueOf<typeof nested>])[] = [];
      for (const step of script) {
        world.run(step);
        const document = world.documents[step.who]!;
        seen.push([document.version(), document.value()]);
      }
      world.settle();
      const bytes = world.documents[0]!.encode({ history: true });
      for (const document of [
        ...world.documents,
        decodeDocument(nested, bytes, { replica: "later", history: true }),
      ]) {
        for (const [version, value] of seen) t.deepEqual(document.at(version), value);
        t.deepEqual(document.encode({ history: true }), bytes);
      }
    }),
    { numRuns: 60 },
  );
});

test("what leads from one version to another mentions all that differs, and nothing else", (t) => {
  fc.assert(
    fc.property(documentSteps(2, 40), fc.nat(), fc.nat(), (script, x, y) => {
      const world = new DocumentWorld(2, false, true);
      const [document] = world.documents;
      const versions = [document!.version()];
      for (const step of script) {
        world.run(step);
        versions.push(document!.version());
      }
      const [before, after] = [versions[x % versions.length]!, versions[y % versions.length]!];
      const [was, is] = [document!.at(before), document!.at(after)];
      const told = document!.diff(before, after);
      for (const key of new Set([...Object.keys(was), ...Object.keys(is)]))
        for (const field of ["what", "list", "tags", "done", "rich", "cards"] as const) {
          const change = told.find(({ path }) => path[0] === key && path[1] === field);
          const nothing = { what: "", list: [], tags: [], done: false, rich: [], cards: [] };
          const [from, to] = [was, is].map((value) => (value[key] ?? nothing)[field]);
          if (change === undefined) t.deepEqual(from, to);
          else if (change.kind === "orSet" || change.kind === "enableWinsFlag")
            t.deepEqual(change.value, to as never);
          if (change !== undefined && field !== "cards" && field !== "list") t.notDeepEqual(from, to);
        }
    }),
    { numRuns: 100 },
  );
});

test("the changes of rich texts and movable lists lead from any version to any other", (t) => {
  fc.assert(
    fc.property(
      partSteps(40, "sync", "sync"),
      fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      (steps, picks) => {
        const world = documents({ history: true });
        const editor = new Editor();
        const seen: (readonly [DocumentVersion, ValueOf<typeof parts>])[] = [];
        for (const step of steps) {
          const document = world[step.who]!;
          const edit = editor.editOf(document, step);
          if (edit) perform(document, edit);
          else if (step.do === "sync") learn(document, world[step.from]!);
          seen.push([document.version(), document.value()]);
        }
        for (const who of [0, 1, 2, 0, 1, 2]) for (const from of [0, 1, 2]) learn(world[who]!, world[from]!);
        for (const [at, pick] of picks.entries()) {
          const [before, was] = seen[pick % seen.length]!;
          const [after, is] = seen[picks[(at + 1) % picks.length]! % seen.length]!;
          const result = played(was, world[at % 3]!.diff(before, after));
          t.deepEqual(result, { body: spread(is.body), cards: [...is.cards] });
        }
      },
    ),
    { numRuns: 150 },
  );
});

const shape = schema.map({ title: schema.text(), votes: schema.counter(), tags: schema.orSet<string>() });

test("what is not kept, or not so far back, is refused and named", (t) => {
  const refused = { code: "CRDT_HISTORY_NOT_KEPT" };
  const forgetful = createDocument(shape, { replica: "a" });
  t.throws(() => forgetful.at(forgetful.version()), refused);
  t.throws(() => forgetful.diff(forgetful.version(), forgetful.version()), refused);

  const document = createDocument(shape, { replica: "a", history: true });
  const start = document.version();
  document.root.title.insert(0, "one");
  document.root.votes.add(1);
  const early = document.version();
  // Stored without its history, a document looks back to that moment and no further.
  const again = decodeDocument(shape, document.encode(), { replica: "b", history: true });
  again.root.title.remove(0, 3);
  again.root.votes.add(2);
  t.deepEqual(again.at(early), { title: "one", votes: 1, tags: [] });
  t.throws(() => again.at(start), refused);
  const third = decodeDocument(shape, again.encode({ history: true }), { replica: "c", history: true });
  t.deepEqual(third.at(early), { title: "one", votes: 1, tags: [] });
  t.throws(() => third.at(start), refused);

  const short = createDocument(shape, { replica: "a", history: true, historyBytesMax: 100 });
  for (let i = 0; i < 50; i++) short.root.votes.add(1);
  t.throws(() => short.at(short.version()), refused);
  const shortAgain = decodeDocument(shape, short.encode({ history: true }), { replica: "b", history: true });
  t.is(shortAgain.root.votes.value, 50);
  t.throws(() => shortAgain.at(short.version()), refused);
});

test("after a forgetting one looks back to it and no further, whether it was heard of early or late", (t) => {
  const world = documents({ members: writers, history: true });
  const [ann, bob, cleo] = world as [Parts, Parts, Parts];
  ann.root.body.insert(0, "The fox", { bold: true });
  ann.root.cards.push(1, 2, 3);
  ann.root.cards.move(0, 2);
  const before = ann.version();
  for (const other of [bob, cleo]) learn(other, ann);
  for (const [at, replica] of writers.entries()) ann.observe(replica, world[at]!.version());
  bob.root.body.remove(0, 4);
  bob.root.cards.set(0, 20);
  bob.root.cards.remove(1);
  t.true(ann.forget());
  const since = ann.version();
  ann.root.body.format(0, 3, { bold: null });
  const middle = ann.version();
  const formatted = ann.value();
  for (const who of [0, 1, 2, 0, 1, 2]) for (const from of [0, 1, 2]) learn(world[who]!, world[from]!);
  for (const document of world) {
    t.deepEqual(document.value(), ann.value());
    t.deepEqual(document.at(since), {
      body: [{ insert: "The fox", attributes: { bold: true } }],
      cards: [2, 3, 1],
    });
    t.deepEqual(document.at(middle), formatted);
    t.deepEqual(document.encode(), ann.encode());
    t.throws(() => document.at(before), { code: "CRDT_HISTORY_NOT_KEPT" });
  }
});

test("the history of a document is stored, deflated too, and bad bytes are refused", (t) => {
  const document = createDocument(shape, { replica: "a", history: true });
  for (let i = 0; i < 100; i++) {
    document.root.title.insert(0, `secret ${i}`);
    document.root.title.remove(0, document.root.title.length);
    document.root.tags.add(`tag ${i}`);
    document.root.tags.delete(`tag ${i}`);
  }
  const compression = {
    compress: (bytes: Uint8Array) => deflateRawSync(bytes),
    decompress: (bytes: Uint8Array, bytesMax: number) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
  };
  const [plain, full, small] = [{}, { history: true }, { history: true, compression }].map((options) =>
    document.encode(options),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  t.false(Buffer.from(plain).includes("secret 7"));
  t.true(full.length > 2 * small.length);
  const options = { replica: "b", history: true, compression };
  t.deepEqual(decodeDocument(shape, small, options).encode({ history: true }), full);
  for (let at = 0; at < full.length; at += 7) {
    const bad = full.slice();
    bad[at]! ^= 4;
    t.throws(() => decodeDocument(shape, bad, options), { code: "CRDT_CORRUPT_BYTES" });
  }
});

test("a version that has seen what is not here is refused, and told when the operations have come", (t) => {
  const unknown = { code: "CRDT_UNKNOWN_VERSION", message: /operations 2 to 4 of replica "bob"/ };
  const pairs = ["ann", "bob"].map((replica) => {
    const options = { replica, history: true };
    return {
      text: createText(options),
      rich: createRichText(options),
      list: createList(text, options),
      items: createMovableList(text, options),
      document: createDocument(schema.map({ title: schema.text(), votes: schema.counter() }), options),
    };
  });
  const [ann, bob] = pairs as [(typeof pairs)[0], (typeof pairs)[0]];
  const add = {
    text: (text: string) => bob.text.insert(0, text),
    rich: (text: string) => bob.rich.insert(0, text),
    list: (text: string) => bob.list.push(...text),
    items: (text: string) => bob.items.push(...text),
  };
  for (const kind of ["text", "rich", "list", "items"] as const) {
    const [mine, theirs] = [ann[kind], bob[kind]];
    add[kind]("ab");
    mine.apply(theirs.takeUpdate()!);
    const before = theirs.version();
    add[kind]("cde");
    const after = theirs.version();
    t.throws(() => mine.at(after), unknown, kind);
    t.throws(() => mine.diff(before, after), unknown, kind);
    t.throws(() => mine.diff(after, before), unknown, kind);
    t.deepEqual(mine.at(before), theirs.at(before));
    mine.apply(theirs.takeUpdate()!);
    t.deepEqual(mine.at(after), theirs.at(after));
    t.deepEqual(mine.diff(before, after), theirs.diff(before, after));
  }
  const strange = new Map([...ann.rich.version(), ["bob", 4000]]);
  t.throws(() => ann.rich.runsAt(strange), { code: "CRDT_UNKNOWN_VERSION" });
  t.throws(() => ann.rich.formatDiff(ann.rich.version(), strange), { code: "CRDT_UNKNOWN_VERSION" });

  const [mine, theirs] = [ann.document, bob.document];
  theirs.root.title.insert(0, "ab");
  mine.apply(theirs.takeUpdate()!);
  const before = theirs.version();
  theirs.root.title.insert(2, "c");
  theirs.root.votes.add(2);
  theirs.root.votes.add(3);
  const after = theirs.version();
  t.throws(() => mine.at(after), unknown);
  t.throws(() => mine.diff(before, after), unknown);
  mine.apply(theirs.takeUpdate()!);
  t.deepEqual(mine.at(after), { title: "abc", votes: 5 });
  t.deepEqual(mine.diff(before, after), theirs.diff(before, after));
});
