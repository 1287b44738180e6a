// Updates that were taken and sent to all, mixed with what peers asked each other for: whatever is taken reaches everybody.
import test from "ava";
import fc from "fast-check";
import { createDocument, createText, type DocumentVersion, schema, type Version } from "../src/index.ts";

interface Peer<V> {
  edit(n: number): void;
  takeUpdate(): Uint8Array | undefined;
  version(): V;
  updateSince(version: V): Uint8Array;
  apply(update: Uint8Array): unknown;
  readonly pendingBytes: number;
  read(): unknown;
}

const ids = ["a", "b", "c"];

const texts = (): Peer<Version>[] =>
  ids.map((replica) => {
    const text = createText({ replica });
    return {
      edit: (n) =>
        n % 3 && text.length > 0
          ? text.remove(n % text.length, 1)
          : text.insert(n % (text.length + 1), `${n % 10}`),
      takeUpdate: () => text.takeUpdate(),
      version: () => text.version(),
      updateSince: (version) => text.updateSince(version),
      apply: (update) => text.apply(update),
      get pendingBytes() {
        return text.pendingBytes;
      },
      read: () => text.encode(),
    };
  });

const shape = schema.map({ text: schema.text(), tags: schema.orSet<number>(), tree: schema.movableTree() });

const documents = (): Peer<DocumentVersion>[] =>
  ids.map((replica) => {
    const document = createDocument(shape, { replica });
    const { text, tags, tree } = document.root;
    return {
      edit(n) {
        if (n % 4 === 0) text.insert(n % (text.length + 1), `${n % 10}`);
        else if (n % 4 === 1 && text.length > 0) text.remove(n % text.length, 1);
        else if (n % 4 === 2) tags.add(n % 9);
        else tree.move(`${n % 9}`);
      },
      takeUpdate: () => document.takeUpdate(),
      version: () => document.version(),
      updateSince: (version) => document.updateSince(version),
      apply: (update) => document.apply(update),
      get pendingBytes() {
        return document.pendingBytes;
      },
      read: () => document.encode(),
    };
  });

const script = fc.array(
  fc.record({
    do: fc.constantFrom("edit", "edit", "take", "pull", "deliver"),
    who: fc.nat(2),
    from: fc.nat(2),
    n: fc.nat(),
  }),
  { maxLength: 40, size: "max" },
);

function reachesAll<V>(name: string, make: () => Peer<V>[]): void {
  test(`${name}: what was taken and sent to all is applied by all, whoever has asked whom meanwhile`, (t) => {
    fc.assert(
      fc.property(script, (steps) => {
        const peers = make();
        const inboxes: Uint8Array[][] = peers.map(() => []);
        const take = (who: number): void => {
          const update = peers[who]!.takeUpdate();
          if (update !== undefined)
            for (const [at, inbox] of inboxes.entries()) if (at !== who) inbox.push(update);
        };
        for (const { do: what, who, from, n } of steps) {
          const inbox = inboxes[who]!;
          if (what === "edit") peers[who]!.edit(n);
          else if (what === "take") take(who);
          else if (what === "pull") peers[who]!.apply(peers[from]!.updateSince(peers[who]!.version()));
          else if (inbox.length > 0) peers[who]!.apply(inbox.splice(n % inbox.length, 1)[0]!);
        }
        for (const who of peers.keys()) take(who);
        for (const [who, inbox] of inboxes.entries())
          for (const update of inbox.toReversed()) peers[who]!.apply(update);
        for (const peer of peers) {
          t.is(peer.pendingBytes, 0);
          t.deepEqual(peer.read(), peers[0]!.read());
        }
      }),
      { numRuns: 500 },
    );
  });
}

reachesAll("texts", texts);
reachesAll("documents", documents);

test("an update of what two wrote in turn needs nothing of either", (t) => {
  const [a, b, c] = ids.map((replica) => createText({ replica }));
  a!.insert(0, "one ");
  b!.apply(a!.updateSince(b!.version()));
  b!.insert(4, "two ");
  a!.apply(b!.updateSince(a!.version()));
  a!.insert(8, "three");
  t.is(c!.apply(a!.takeUpdate()!).held, 0);
  t.is(c!.toString(), "one two three");
  c!.apply(b!.takeUpdate()!);
  t.is(c!.toString(), "one two three");
  // What came after all that is one's own does not go along.
  a!.insert(0, "> ");
  a!.apply(b!.updateSince(a!.version()));
  b!.insert(0, "a longer text of somebody else, which nobody needs twice");
  a!.apply(b!.takeUpdate()!);
  t.true(a!.takeUpdate()!.length < 40);
});
