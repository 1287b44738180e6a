// biome-ignore-all lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
import { createDocument, type Document, decodeDocument, schema } from "@coterie/crdt";
import type { Load } from "./drivers/driver.ts";
import { lastUpdate, loadedYjs } from "./drivers/yjs-document.ts";

/** A document of entries: each has a title that is text, a flag, a counter and a register. */
export interface BenchEntries {
  /** Makes entries, as one change. */
  build(keys: readonly string[]): void;
  /** Types in the title, turns the flag, counts up and writes the register, as one change; returns the bytes for others. */
  edit(key: string, at: number): Uint8Array;
  /** Applies what another's `edit` or `encode` returned. */
  merge(bytes: Uint8Array): void;
  encode(): Uint8Array;
  /** Reads everything; how many entries there are. */
  read(): number;
}

export interface EntriesDriver {
  create(writer: string): BenchEntries;
  load(bytes: Uint8Array, writer: string): BenchEntries;
}

const titleOf = (key: string): string => `The title of ${key}`;

async function coterie(): Promise<EntriesDriver> {
  const { map, record, text, enableWinsFlag, counter, lwwRegister } = schema;
  const shape = record(
    map({ title: text(), done: enableWinsFlag(), votes: counter(), due: lwwRegister<string>() }),
  );
  const wrap = (document: Document<typeof shape>): BenchEntries => ({
    build: (keys) =>
      document.transact((root) => {
        for (const key of keys) {
          const { title, done, votes, due } = root.at(key);
          title.insert(0, titleOf(key));
          done.enable();
          votes.add(1);
          due.set("Monday");
        }
      }),
    edit(key, at) {
      document.transact((root) => {
        const { title, done, votes, due } = root.at(key);
        title.insert(4, `${at} `);
        if (done.value) done.disable();
        else done.enable();
        votes.add(1);
        due.set(`day ${at}`);
      });
      return document.takeUpdate()!;
    },
    // A whole document is merged by what the other lacks.
    merge: (bytes) =>
      bytes[0] === UPDATE
        ? void document.apply(bytes)
        : void document.apply(decodeDocument(shape, bytes, { replica: "x" }).updateSince(document.version())),
    encode: () => document.encode(),
    read: () => Object.keys(document.value()).length,
  });
  return {
    create: (replica) => wrap(createDocument(shape, { replica })),
    load: (bytes, replica) => wrap(decodeDocument(shape, bytes, { replica })),
  };
}

/** First byte of an update of a document. */
const UPDATE = 0xc7;

async function yjs(load: Load): Promise<EntriesDriver> {
  const Y = await load("yjs");
  const wrap = (doc: any): BenchEntries => {
    const entries = doc.getMap("entries");
    const update = lastUpdate(doc);
    return {
      build: (keys) =>
        doc.transact(() => {
          for (const key of keys) {
            const entry = new Y.Map();
            entries.set(key, entry);
            entry.set("title", new Y.Text(titleOf(key)));
            entry.set("done", true);
            entry.set("votes", 1);
            entry.set("due", "Monday");
          }
        }),
      edit(key, at) {
        doc.transact(() => {
          const entry = entries.get(key);
          entry.get("title").insert(4, `${at} `);
          entry.set("done", !entry.get("done"));
          entry.set("votes", entry.get("votes") + 1);
          entry.set("due", `day ${at}`);
        });
        return update();
      },
      merge: (bytes) => Y.applyUpdate(doc, bytes),
      encode: () => Y.encodeStateAsUpdate(doc),
      read: () => Object.keys(entries.toJSON()).length,
    };
  };
  return {
    create: () => wrap(new Y.Doc()),
    load: (bytes) => wrap(loadedYjs(Y, bytes)),
  };
}

async function automerge(load: Load): Promise<EntriesDriver> {
  const A = await load("@automerge/automerge");
  const wrap = (start: any): BenchEntries => {
    let doc = start;
    return {
      build(keys) {
        doc = A.change(doc, ({ entries }: any) => {
          for (const key of keys)
            entries[key] = { title: titleOf(key), done: true, votes: new A.Counter(1), due: "Monday" };
        });
      },
      edit(key, at) {
        doc = A.change(doc, (draft: any) => {
          const entry = draft.entries[key];
          A.splice(draft, ["entries", key, "title"], 4, 0, `${at} `);
          entry.done = !entry.done;
          entry.votes.increment(1);
          entry.due = `day ${at}`;
        });
        return A.getLastLocalChange(doc);
      },
      merge(bytes) {
        doc = A.loadIncremental(doc, bytes);
      },
      encode: () => A.save(doc),
      read: () => Object.keys(JSON.parse(JSON.stringify(doc.entries))).length,
    };
  };
  // All start from one change that makes the map: two maps made apart would be two values of one key.
  const base: Uint8Array = A.save(A.from({ entries: {} }, { actor: "00" }));
  const actor = (writer: string): string => Buffer.from(writer).toString("hex");
  return {
    create: (writer) => wrap(A.load(base, { actor: actor(writer) })),
    load: (bytes, writer) => wrap(A.load(bytes, { actor: actor(writer) })),
  };
}

/** By the name of the npm package. */
export const entriesDrivers: Readonly<Record<string, (load: Load) => Promise<EntriesDriver>>> = {
  "@coterie/crdt": coterie,
  yjs,
  "@automerge/automerge": automerge,
};
