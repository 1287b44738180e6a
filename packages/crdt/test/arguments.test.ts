// Arguments that cannot be: refused at once, with what is wrong and what is meant, and nothing changed.
import test from "ava";
import {
  boundedCounter,
  type Codec,
  causalCounter,
  createAntiEntropy,
  createAwareness,
  createDeltaSync,
  createDocument,
  createList,
  createLongMessages,
  createMovableList,
  createRichText,
  createText,
  decode,
  decodeCausalContext,
  decodeDocument,
  decodeText,
  enableWinsFlag,
  encode,
  encodeCausalContext,
  encodeDocumentVersion,
  encodeVersion,
  gCounter,
  gSet,
  integer,
  json,
  lwwMap,
  lwwRegister,
  movableTree,
  mvRegister,
  orMap,
  orSet,
  text as plain,
  removeWinsSet,
  type SyncHost,
  schema,
  sequenceSource,
  treeRoot,
  twoPhaseSet,
} from "../src/index.ts";

// What the compiler would not let pass, as callers without types write it.
// biome-ignore lint/suspicious/noExplicitAny: that is the point
const anything = (value: unknown): any => value;
const refused = (message: RegExp) => ({ code: "CRDT_INVALID_ARGUMENT", message });

test("indexes and counts say what the length is", (t) => {
  const text = createText({ replica: "a" });
  text.insert(0, "hello");
  const list = createList(json, { replica: "a" });
  list.push(1, 2, 3);
  const moving = createMovableList(json, { replica: "a" });
  moving.push(1, 2, 3);
  t.throws(() => text.insert(6, "x"), refused(/Index 6 lies behind the end: the length is 5/));
  t.throws(() => text.remove(3, 4), refused(/From index 3 on there are 2, and not 4: the length is 5/));
  t.throws(() => text.insert(-1, "x"), refused(/whole numbers from 0 on/));
  t.throws(() => text.remove(0, anything(undefined)), refused(/whole numbers from 0 on/));
  t.throws(() => text.slice(anything("1")), refused(/whole numbers from 0 on/));
  t.throws(() => list.remove(1, 3), refused(/there are 2, and not 3/));
  t.throws(() => moving.move(0, 3), refused(/there are 0, and not 1: the length is 3/));
  for (const bad of [1n, Symbol("index"), [[1]]].map(anything)) {
    for (const one of [text, list, moving]) {
      t.throws(() => one.remove(bad, 1), refused(/whole numbers from 0 on/));
      t.throws(() => one.remove(0, bad), refused(/whole numbers from 0 on/));
    }
    t.throws(() => moving.move(bad, 0), refused(/whole numbers from 0 on/));
    t.throws(() => moving.set(bad, 0), refused(/whole numbers from 0 on/));
  }
  t.deepEqual([text.toString(), list.toArray(), moving.toArray()], ["hello", [1, 2, 3], [1, 2, 3]]);
});

test("options out of range are refused by name", (t) => {
  for (const bad of [Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY, "x", null]) {
    for (const name of ["elementsMax", "replicasMax", "pendingBytesMax", "historyBytesMax", "partsMax"]) {
      const options = anything({ replica: "a", [name]: bad });
      t.throws(
        () => createDocument(schema.map({}), options),
        refused(new RegExp(`^${name} is a whole number`)),
      );
      if (name.startsWith("history") || name === "partsMax") continue;
      for (const make of [createText, createRichText])
        t.throws(() => make(options), refused(new RegExp(`^${name} is a whole number from 1 on`)));
    }
    const stepsMax = anything(bad);
    t.throws(
      () => createText({ replica: "a" }).trackUndo({ stepsMax }),
      refused(/^stepsMax is a whole number/),
    );
    t.throws(
      () => createAwareness(json, { replica: "a", replicasMax: anything(bad) }),
      refused(/^replicasMax is a whole number/),
    );
  }
  t.throws(
    () => createRichText({ replica: "a", marks: anything({ bold: "afterwards" }) }),
    refused(/"bold".*"afterwards"/),
  );
  t.throws(
    () => createDocument(schema.map({}), { replica: "a", members: anything("ab") }),
    refused(/array of replica ids/),
  );
  t.throws(
    () => createDocument(schema.map({}), { replica: "a", nowMs: anything(5) }),
    refused(/nowMs is a function/),
  );
});

test("versions that are none are told from those that are", (t) => {
  const text = createText({ replica: "a", history: true });
  const document = createDocument(schema.map({ text: schema.text() }), {
    replica: "a",
    history: true,
    members: ["a"],
  });
  for (const bad of [undefined, null, {}, new Uint8Array(3), "1"]) {
    t.throws(() => text.updateSince(anything(bad)), refused(/A version is what version\(\) gives/));
    t.throws(() => text.at(anything(bad)), refused(/A version is what/));
    t.throws(() => text.diff(text.version(), anything(bad)), refused(/A version is what/));
    for (const call of [() => document.updateSince(anything(bad)), () => document.at(anything(bad))])
      t.throws(call, refused(/A version of a document is what its version\(\)/));
    t.throws(() => document.observe("a", anything(bad)), refused(/A version of a document is/));
  }
  t.throws(
    () => document.updateSince(anything({ epoch: 0, mark: 0, seen: {} })),
    refused(/A version is what/),
  );
});

test("bytes that are none are told from those that are bad", (t) => {
  const document = schema.map({ text: schema.text() });
  for (const bad of [undefined, null, "bytes", [1, 2]]) {
    const none = { code: "CRDT_CORRUPT_BYTES" };
    t.throws(() => decodeText(anything(bad), { replica: "a" }), none);
    t.throws(
      () => decodeDocument(document, anything(bad), { replica: "a" }),
      none,
      "and not an empty document",
    );
    if (!Array.isArray(bad))
      t.throws(() => createDocument(document, { replica: "a" }).apply(anything(bad)), none);
    t.throws(() => decode(gCounter, anything(bad)), none);
  }
  const several = anything([new Uint8Array(3)]);
  t.throws(() => createDocument(document, { replica: "a" }).apply(several), refused(/one update at a time/));
});

test("schemas and codecs that are missing are named", (t) => {
  t.throws(
    () => schema.map({ title: anything(undefined) }),
    refused(/no schema for field "title".*schema\.text\(\)/),
  );
  t.throws(() => schema.record(anything(schema.text)), refused(/no schema for what stands in a record/));
  t.throws(() => schema.orSet(anything({})), refused(/A codec has write/));
});

test("types that stand alone refuse writers and amounts that cannot be written", (t) => {
  const counter = gCounter.bottom();
  for (const bad of ["", "\ud800", undefined, 7])
    t.throws(() => gCounter.increment(counter, anything(bad)), refused(/replica id/));
  for (const bad of [0, -1, 1.5, Number.NaN, "1"])
    t.throws(() => gCounter.increment(counter, "a", anything(bad)), refused(/whole number from 1 on/));
  const stock = boundedCounter.bottom();
  boundedCounter.increment(stock, "a", 3);
  t.throws(() => boundedCounter.transfer(stock, "a", anything(undefined), 1), refused(/replica id/));
  for (const bad of [0, -1, Number.NaN])
    t.throws(() => boundedCounter.decrement(stock, "a", bad), refused(/whole number from 1 on/));
  t.is(boundedCounter.value(stock), 3);
  const register = lwwRegister(json);
  t.throws(() => register.set(register.bottom(), anything(undefined), 1, 5), refused(/replica id/));
  t.throws(() => register.set(register.bottom(), "a", 1, Number.NaN), refused(/A time is a whole number/));
});

test("options of synchronisation are refused by name", (t) => {
  const host: SyncHost = { clock: { now: () => 0, wake: () => () => {} }, random: { float: () => 0.5 } };
  const channel = { send: () => true, receive: () => {} };
  const source = sequenceSource(createText({ replica: "a" }));
  for (const bad of [Number.NaN, -1, "x"]) {
    for (const name of ["intervalMs", "pushDelayMs", "answerTimeoutMs"]) {
      const options = anything({ channel, source, peers: ["b"], [name]: bad });
      t.throws(
        () => createAntiEntropy(host, options),
        refused(new RegExp(`^${name} is a number of milliseconds`)),
      );
    }
    for (const name of ["heldBytesMax", "sendingMax", "retryMs", "silenceMs"])
      t.throws(
        () => createLongMessages(host, channel, anything({ [name]: bad })),
        refused(new RegExp(`^${name} is a number from 1 on`)),
      );
    t.throws(
      () => createDeltaSync(gCounter, { incarnation: anything(bad) }),
      refused(/^incarnation is a whole number/),
    );
  }
});

test("a time after which nothing could be written is refused, and what stands there can be written over", (t) => {
  const late = 2 ** 52;
  const refusal = refused(/A time is a whole number from 0 to 2\^52 - 2\^32, not/);
  const register = lwwRegister(json);
  const table = lwwMap(plain, json);
  const [one, entries, tree] = [register.bottom(), table.bottom(), movableTree.bottom()];
  t.throws(() => register.set(one, "a", 1, late), refusal);
  t.throws(() => table.set(entries, "a", "key", 1, late), refusal);
  t.throws(() => table.remove(entries, "a", "key", late), refusal);
  t.throws(() => movableTree.move(tree, "a", "node", treeRoot, late), refusal);
  t.deepEqual([register.value(one), table.keys(entries), movableTree.moves(tree)], [undefined, [], []]);

  const last = late - 2 ** 32;
  register.set(one, "a", 1, last);
  const delta = register.set(one, "b", 2, 5);
  t.is(register.value(decode(register, encode(register, delta))), 2);

  let now = late;
  const document = createDocument(schema.map({ due: schema.lwwRegister<number>() }), {
    replica: "a",
    nowMs: () => now,
  });
  t.throws(() => document.root.due.set(1), refusal);
  t.is(document.takeUpdate(), undefined);
  now = last;
  document.root.due.set(2);
  document.root.due.set(3);
  t.is(
    decodeDocument(schema.map({ due: schema.lwwRegister<number>() }), document.encode(), { replica: "b" })
      .root.due.value,
    3,
  );
});

test("all that is refused is refused with an error of this package, whoever noticed it", (t) => {
  for (const bad of [new Uint8Array(), new Uint8Array(40), anything(undefined)])
    t.throws(() => decodeCausalContext(bad), { code: "CRDT_CORRUPT_BYTES" });
  const [tags, flag, siblings] = [orSet(plain), enableWinsFlag, mvRegister(json)];
  const [set, off, none] = [tags.bottom(), flag.bottom(), siblings.bottom()];
  for (const bad of ["", "\ud800", "x".repeat(256), anything(undefined), anything(7)]) {
    t.throws(() => tags.add(set, bad, "x"), refused(/replica id/));
    t.throws(() => flag.enable(off, bad), refused(/replica id/));
    t.throws(() => siblings.set(none, bad, 1), refused(/replica id/));
    t.throws(() => causalCounter.add(causalCounter.bottom(), bad, 1), refused(/replica id/));
    t.throws(
      () => removeWinsSet(plain).remove(removeWinsSet(plain).bottom(), bad, "x"),
      refused(/replica id/),
    );
    t.throws(() => movableTree.move(movableTree.bottom(), bad, "node", treeRoot), refused(/replica id/));
  }
  for (const bad of [undefined, null, {}, new Map()]) {
    t.throws(() => tags.since(set, anything(bad)), refused(/A causal context is/));
    t.throws(() => encodeCausalContext(anything(bad)), refused(/A causal context is/));
    t.throws(
      () => tags.merge(set, anything({ store: new Map(), context: bad })),
      refused(/A causal context is/),
    );
    t.throws(() => encode(tags, anything(bad)), refused(/no state of or-set|A causal context is/));
  }
  t.throws(() => encode(tags, anything(new Set(["x"]))), refused(/A causal context is/));
  t.throws(() => encode(gSet(plain), anything(set)), refused(/no state of g-set/));
  t.deepEqual([tags.values(set), flag.value(off), siblings.values(none)], [[], false, []]);
});

test("as many values as JavaScript takes in one call are taken", (t) => {
  const many = Array.from({ length: 60_000 }, (_, at) => at);
  const lists = schema.map({ list: schema.list(integer), moving: schema.movableList(integer) });
  const document = createDocument(lists, { replica: "a" });
  document.root.list.push(...many);
  document.root.moving.insert(0, ...many);
  t.deepEqual(document.value(), { list: many, moving: many });
});

test("options that are forgotten, misspelt or of another kind are told by name", (t) => {
  const shape = schema.map({ title: schema.text() });
  const makers: ((options?: unknown) => unknown)[] = [
    (options) => createText(anything(options)),
    (options) => createRichText(anything(options)),
    (options) => createList(json, anything(options)),
    (options) => createMovableList(json, anything(options)),
    (options) => createDocument(shape, anything(options)),
  ];
  for (const make of makers) {
    for (const none of [undefined, null, "ann"])
      t.throws(() => make(none), refused(/^The options are an object/));
    t.throws(
      () => make({ replica: "a", histroy: true }),
      refused(/^There is no option "histroy" here: .*history/),
    );
    t.throws(() => make({ replica: "a", history: "5" }), refused(/^history is true or false, not "5"/));
    t.throws(() => make({ replica: 1n }), refused(/replica id.* got 1n/));
  }
  const decoders: ((options?: unknown) => unknown)[] = [
    (options) => decodeText(createText({ replica: "a" }).encode(), anything(options)),
    (options) => decodeDocument(shape, createDocument(shape, { replica: "a" }).encode(), anything(options)),
  ];
  for (const decodeWith of decoders) {
    t.throws(() => decodeWith(), refused(/^The options are an object/));
    t.throws(() => decodeWith({ replica: "a", inflate: 1 }), refused(/no option "inflate"/));
    const compression = { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes };
    t.notThrows(() => decodeWith({ replica: "a", history: true, elementsMax: 5, compression }));
  }
});

test("a schema that is none says what to do about it", (t) => {
  const options = { replica: "a" };
  for (const fields of [{}, { title: schema.text() }])
    t.throws(() => createDocument(anything(fields), options), refused(/put them in schema\.map/));
  t.throws(
    () => decodeDocument(anything(undefined), new Uint8Array(), options),
    refused(/no schema for the document/),
  );
  t.throws(() => anything(schema).map(), refused(/schema\.map takes the fields by name/));
  t.throws(() => anything(schema).listOf(), refused(/no schema for what stands in a list/));
  t.throws(() => orMap(plain, anything(gSet(plain))), refused(/of a causal type/));
});

test("cursors, versions and formatting that are none are told from those that are", (t) => {
  const rich = createRichText({ replica: "a" });
  rich.insert(0, "hello");
  const document = createDocument(schema.map({ rich: schema.richText() }), { replica: "a" });
  for (const text of [createText({ replica: "a" }), rich, document.root.rich]) {
    for (const bad of [null, undefined, 3])
      t.throws(() => text.indexOf(anything(bad)), refused(/A cursor is/));
    t.throws(() => text.cursorAt(0, anything("middle")), refused(/"left" or "right", not "middle"/));
  }
  for (const bad of [undefined, null, {}, "x"]) {
    t.throws(() => encodeVersion(anything(bad)), refused(/A version is/));
    t.throws(() => encodeDocumentVersion(anything(bad)), refused(/A version of a document is/));
  }
  for (const bad of [undefined, null, "bold"])
    t.throws(() => rich.format(0, 2, anything(bad)), refused(/Formatting is given by name/));
  t.deepEqual(rich.runs().length, 1);
  const stock = createDocument(schema.map({ stock: schema.boundedCounter() }), { replica: "a" });
  stock.root.stock.increment(3);
  t.throws(() => stock.root.stock.transfer(anything(10n), 1), refused(/replica id.* got 10n/));
});

test("an element, a value or a delta that was forgotten is missed, and not its place taken by another", (t) => {
  const [tags, strict, map, siblings] = [
    orSet(plain),
    removeWinsSet(json as Codec<string>),
    lwwMap(plain, json),
    mvRegister(json),
  ];
  const missing = refused(/is missing.*the replica's id comes before it/);
  t.throws(() => anything(tags).add(tags.bottom(), "draft"), missing);
  t.throws(() => anything(strict).remove(strict.bottom(), "draft"), missing);
  t.throws(() => anything(map).remove(map.bottom(), "a"), missing);
  t.throws(() => anything(siblings).set(siblings.bottom(), 1), refused(/^undefined is not JSON: null/));
  t.throws(() => createList(json, { replica: "a" }).push(undefined), refused(/^undefined is not JSON: null/));
  t.throws(() => createList(json, { replica: "a" }).push(() => 1), refused(/^a function is not JSON/));
  t.throws(() => tags.add(tags.bottom(), "a", anything(7)), refused(/^Text is expected, not 7/));
  t.throws(
    () => createText({ replica: "a" }).insert(0, anything(7)),
    refused(/^Only text can be inserted, not 7/),
  );
  const sync = createDeltaSync(tags, { incarnation: 1 });
  t.throws(
    () =>
      sync.change(anything((state: ReturnType<typeof tags.bottom>) => void tags.add(state, "a", "draft"))),
    refused(/returns the delta.*not undefined/),
  );
  t.is(sync.buffered, 0);
});

test("what sets, maps and synchronisation are handed is refused by name", (t) => {
  const makers = [orSet, removeWinsSet, gSet, twoPhaseSet, mvRegister, lwwRegister].map(anything);
  for (const make of makers)
    for (const bad of [undefined, "text"]) t.throws(() => make(bad), refused(/^A codec has write/));
  t.throws(() => lwwMap(plain, anything(undefined)), refused(/^A codec has write/));
  t.throws(
    () => createList(anything({ replica: "a" }), anything(undefined)),
    refused(/The options are|A codec has/),
  );

  const tags = orSet(plain);
  const map = orMap(plain, tags);
  const [set, state] = [tags.bottom(), map.bottom()];
  for (const bad of [undefined, null]) {
    t.throws(() => tags.merge(set, anything(bad)), refused(/A causal context is/));
    t.throws(() => encode(anything(bad), set), refused(/^First comes the type/));
    t.throws(() => decode(anything(bad), encode(tags, set)), refused(/^First comes the type/));
  }
  t.throws(
    () =>
      map.update(
        state,
        "key",
        anything((value: typeof set) => void tags.add(value, "a", "x")),
      ),
    refused(/returns the delta/),
  );
  const moving = createMovableList(json, { replica: "a" });
  for (const bad of [undefined, null, 3])
    t.throws(() => moving.indexOfItem(anything(bad)), refused(/what itemAt gives/));
  const deep = Array.from({ length: 20_000 }).reduce<unknown[]>((inner) => [inner], []);
  t.throws(() => causalCounter.add(causalCounter.bottom(), "a", anything(deep)), refused(/whole number/));

  const host: SyncHost = { clock: { now: () => 0, wake: () => () => {} }, random: { float: () => 0.5 } };
  const channel = { send: () => true, receive: () => {} };
  const takers: ((options?: unknown) => unknown)[] = [
    (options) => createAwareness(json, anything(options)),
    (options) => createDeltaSync(gCounter, anything(options)),
    (options) => createAntiEntropy(host, anything(options)),
    (options) => createLongMessages(host, channel, anything(options ?? null)),
  ];
  for (const take of takers) {
    t.throws(() => take(), refused(/^The options are an object/));
    t.throws(() => take({ intervallMs: 5 }), refused(/^There is no option "intervallMs" here/));
  }
});
