import test, { type ExecutionContext } from "ava";
import {
  createDocument,
  createList,
  createMovableList,
  createRichText,
  createText,
  json,
  schema,
} from "../src/index.ts";

interface Told {
  readonly origin: "local" | "remote";
  readonly steps: readonly {
    readonly index: number;
    readonly removed: number;
    readonly inserted: Iterable<unknown>;
  }[];
}

/** What takes part in the exchange of updates. */
interface Peer {
  takeUpdate(): Uint8Array | undefined;
  apply(update: Uint8Array): unknown;
}

/** One text or list of letters, whatever it is made of and part of. */
interface Letters {
  readonly it: Peer;
  letters(): string;
  insert(index: number, letter: string): void;
  transact<T>(edits: () => T): T;
  onChange(listener: (event: Told) => void): () => void;
}

const kinds: Readonly<Record<string, (replica: string) => Letters>> = {
  text: (replica) => {
    const it = createText({ replica });
    return lettersOf(it, () => it.toString());
  },
  "rich text": (replica) => {
    const it = createRichText({ replica });
    return lettersOf(it, () => it.toString());
  },
  list: (replica) => {
    const it = createList(json, { replica });
    return lettersOf(it, () => it.toArray().join(""));
  },
  "movable list": (replica) => {
    const it = createMovableList(json, { replica });
    return lettersOf(it, () => it.toArray().join(""));
  },
  document: (replica) => {
    const it = createDocument(schema.map({ text: schema.text() }), { replica });
    return {
      it,
      letters: () => it.root.text.toString(),
      insert: (index, letter) => it.root.text.insert(index, letter),
      transact: (edits) => it.transact(edits && (() => edits())),
      onChange: (listener) =>
        it.onChange(
          listener &&
            (({ origin, changes }) => listener(Object.freeze({ origin, steps: changes[0]!.steps }))),
        ),
    };
  },
};

function lettersOf(it: Peer & Omit<Letters, "it" | "letters">, letters: () => string): Letters {
  return {
    it,
    letters,
    insert: (index, letter) => it.insert(index, letter),
    transact: (edits) => it.transact(edits),
    onChange: (listener) => it.onChange(listener),
  };
}

/** What a listener sees that plays all steps, from what stands there when it begins. */
function mirrorOf(subject: Letters): () => string {
  const shown = [...subject.letters()];
  subject.onChange(({ steps }) => {
    for (const { index, removed, inserted } of steps) shown.splice(index, removed, ...(inserted as string[]));
  });
  return () => shown.join("");
}

/** The subject, and what another replica wrote for it. */
function beside(make: (replica: string) => Letters): readonly [subject: Letters, update: Uint8Array] {
  const other = make("b");
  other.insert(0, "o");
  return [make("a"), other.it.takeUpdate()!];
}

function thrown(t: ExecutionContext, call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  t.fail("nothing was thrown");
  return undefined;
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: what a listener writes is told of after what it answers, to all`, (t) => {
    const [subject, update] = beside(make);
    const before = mirrorOf(subject);
    const origins: string[] = [];
    subject.onChange(({ origin }) => origin === "remote" && subject.insert(0, ">"));
    const after = mirrorOf(subject);
    subject.onChange(({ origin }) => origins.push(origin));
    subject.it.apply(update);
    t.is(subject.letters(), ">o");
    t.deepEqual([before(), after(), origins], [">o", ">o", ["remote", "local"]]);
  });

  test(`${kind}: who begins to listen, or stops, while others are told is told of what comes then, or nothing`, (t) => {
    const [subject, update] = beside(make);
    const mirrors: (() => string)[] = [];
    subject.onChange(({ origin }) => {
      if (origin === "local") return;
      subject.insert(0, "1");
      mirrors.push(mirrorOf(subject));
      subject.insert(0, "2");
      stop();
    });
    let told = 0;
    const stop = subject.onChange(() => told++);
    subject.it.apply(update);
    t.is(mirrors[0]!(), "21o");
    t.is(told, 0);
  });

  test(`${kind}: all are told, whoever throws, and the call throws what one threw`, (t) => {
    const [subject, update] = beside(make);
    const error = new Error("of a listener");
    const stop = subject.onChange(() => {
      throw error;
    });
    const mirror = mirrorOf(subject);
    t.is(
      thrown(t, () => subject.it.apply(update)),
      error,
    );
    t.is(
      thrown(t, () => subject.insert(1, "k")),
      error,
    );
    t.is(
      thrown(t, () => subject.transact(() => subject.insert(2, "!"))),
      error,
    );
    t.deepEqual([subject.letters(), mirror()], ["ok!", "ok!"]);
    stop();
    subject.insert(3, "!");
    t.is(mirror(), "ok!!");
  });

  test(`${kind}: several errors come out together, and beside that of a transaction`, (t) => {
    const subject = make("a");
    const errors = [new Error("first"), new Error("second")];
    for (const error of errors)
      subject.onChange(() => {
        throw error;
      });
    const all = thrown(t, () => subject.insert(0, "x"));
    t.true(all instanceof AggregateError);
    t.deepEqual((all as AggregateError).errors, errors);
    const transact = (error: unknown): unknown =>
      thrown(t, () =>
        subject.transact(() => {
          subject.insert(0, "y");
          throw error;
        }),
      );
    const own = new Error("of the transaction");
    t.is(transact(own), own);
    t.deepEqual((own as Error & { suppressed?: AggregateError }).suppressed?.errors, errors);
    const both = transact("no object");
    t.true(both instanceof AggregateError);
    t.is((both as AggregateError).errors[0], "no object");
  });

  test(`${kind}: listeners that answer themselves without end are stopped, and told so`, (t) => {
    const subject = make("a");
    subject.onChange(() => subject.insert(0, "x"));
    t.throws(() => subject.insert(0, "x"), {
      code: "CRDT_INVALID_ARGUMENT",
      message: /must not do so again/,
    });
  });

  test(`${kind}: no listener changes what the next is given`, (t) => {
    const subject = make("a");
    subject.onChange((event) => {
      for (const object of [event, event.steps, event.steps[0]!, event.steps[0]!.inserted])
        t.true(Object.isFrozen(object));
    });
    subject.insert(0, "x");
  });

  test(`${kind}: what is no function, or returns a promise, is refused at once`, (t) => {
    const subject = make("a");
    const none = undefined as unknown as () => void;
    const refused = { code: "CRDT_INVALID_ARGUMENT", message: /takes a function, not undefined/ };
    t.throws(() => subject.onChange(none), refused);
    t.throws(() => subject.transact(none), refused);
    const late = subject.transact.bind(subject, async () => subject.insert(0, "x"));
    t.throws(late, { code: "CRDT_INVALID_ARGUMENT", message: /returned a promise/ });
    t.is(subject.letters(), "x", "as with every exception, what was written before stays");
  });
}

const notes = (replica: string) =>
  createDocument(schema.map({ text: schema.text(), count: schema.counter() }), { replica });

test("what a listener writes while something is undone is an edit of its own", (t) => {
  const text = createText({ replica: "a" });
  const undo = text.trackUndo();
  text.insert(0, "x");
  const stop = text.onChange(() => {
    stop();
    text.insert(0, "undone");
  });
  undo.undo();
  t.is(text.toString(), "undone");
  t.false(undo.canRedo, "as after any edit");
  undo.undo();
  t.is(text.toString(), "");
});

test("what a listener writes while a document undoes something is an edit of its own", (t) => {
  const document = notes("a");
  const { root } = document;
  const undo = document.trackUndo();
  root.count.add(1);
  const stop = document.onChange(() => {
    stop();
    root.count.add(10);
  });
  undo.undo();
  t.is(root.count.value, 10);
  t.false(undo.canRedo, "as after any edit");
  undo.undo();
  t.is(root.count.value, 0);
});

test("updates that a document held are told of when all is applied, whoever throws", (t) => {
  const [writer, reader] = [notes("a"), notes("b")];
  const updates = [1, 2, 3].map((amount) => {
    writer.root.count.add(amount);
    return writer.takeUpdate()!;
  });
  const [first, ...others] = updates as [Uint8Array, ...Uint8Array[]];
  for (const update of others.toReversed()) reader.apply(update);
  let told = 0;
  reader.onChange(() => {
    told++;
    t.is(reader.root.count.value, 6);
    throw new Error("of a listener");
  });
  const error = thrown(t, () => reader.apply(first));
  t.is((error as AggregateError).errors.length, 3);
  t.deepEqual([told, reader.pendingBytes], [3, 0]);
});

test("no listener changes what the next is told of a document", (t) => {
  const document = notes("a");
  document.onChange((event) => {
    t.is(event.changes.length, 2);
    for (const object of [event, event.changes, ...event.changes, ...event.changes.map(({ path }) => path)])
      t.true(Object.isFrozen(object));
  });
  document.transact((root) => {
    root.text.insert(0, "x");
    root.count.add(1);
  });
  t.is(document.value().count, 1);
});

test("no listener changes how the next is told that a text is formatted", (t) => {
  const text = createRichText({ replica: "a" });
  text.insert(0, "bold");
  text.onChange(({ formatted }) => {
    for (const object of [formatted, formatted[0]!, formatted[0]!.attributes, formatted[0]!.attributes.link])
      t.true(Object.isFrozen(object));
  });
  text.format(0, 4, { link: { to: "there" } });
});
