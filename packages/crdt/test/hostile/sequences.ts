// Updates, documents and versions of texts, rich texts, lists and movable lists.
import {
  createList,
  createMovableList,
  createRichText,
  createText,
  decodeList,
  decodeMovableList,
  decodeRichText,
  decodeText,
  decodeVersion,
  encodeVersion,
  json,
  type Replicated,
} from "../../src/index.ts";
import { resealed } from "../worlds/mutations.ts";
import { hold, sameBytes, type Target, wholeOrNot } from "./target.ts";

interface Kind<Sequence extends Replicated = Replicated> {
  readonly name: string;
  create(replica: string): Sequence;
  decode(bytes: Uint8Array): Sequence;
  /** Edits by two writers who have seen the beginning of each other. */
  fill(a: Sequence, b: Sequence): void;
  read(sequence: Sequence): unknown;
}

const options = { elementsMax: 10_000, history: true };
const nothing = new Map<string, number>();

/** A kind whose own type is known inside alone. */
const kind = <Sequence extends Replicated>(own: Kind<Sequence>): Kind => own;

/** A replica that has seen all of two writers' edits, and the other, which lacks the last ones. */
export function sample({ create, fill }: Kind): readonly [Replicated, Replicated] {
  const [a, b] = [create("a"), create("b")];
  fill(a, b);
  return [a, b];
}

function sequenceTargets(kind: Kind): Target[] {
  const { name, create, decode, read } = kind;
  const [a, b] = sample(kind);
  const update = a.updateSince(nothing);
  const late = a.updateSince(b.version());
  const reads = (sequence: Replicated): string => JSON.stringify(read(sequence));
  /** What it holds reaches another by updates and by bytes. */
  const works = (sequence: Replicated): "equal" | "other" => {
    const shown = reads(sequence);
    const other = create("other");
    other.apply(sequence.updateSince(nothing));
    hold(reads(other) === shown, "another reads something else");
    for (const history of [false, true]) {
      const bytes = sequence.encode({ history });
      const decoded = decode(bytes);
      hold(reads(decoded) === shown, "it is stored as something else");
      hold(sameBytes(decoded.encode({ history }), bytes), "it is not written as it was");
    }
    hold(reads(sequence) === shown, "looking at it has changed it");
    return shown === reads(a) ? "equal" : "other";
  };
  const applied = (bytes: Uint8Array, make: () => Replicated, to: string): Target => ({
    name: `${name}, ${to}`,
    mutate: (changes) => resealed(bytes, changes),
    take(mutated) {
      const peer = make();
      wholeOrNot(
        () => peer.encode({ history: true }),
        () => peer.apply(mutated),
      );
      return works(peer);
    },
  });
  const decoded = (history: boolean): Target => ({
    name: `${name}, a document${history ? " with history" : ""}`,
    mutate: (changes) => resealed(a.encode({ history }), changes),
    take: (mutated) => works(decode(mutated)),
  });
  return [
    applied(update, () => create("peer"), "an update to who has nothing"),
    applied(late, () => decode(b.encode({ history: true })), "an update to who has the beginning"),
    decoded(false),
    decoded(true),
    {
      name: `${name}, a version`,
      mutate: (changes) => resealed(encodeVersion(b.version()), changes),
      take(mutated) {
        const version = decodeVersion(mutated);
        const peer = create("peer");
        // What such a replica lacks may wait for what it has not.
        peer.apply(a.updateSince(version));
        return [...b.version()].every(([id, count]) => version.get(id) === count) ? "equal" : "other";
      },
    },
  ];
}

export const kinds: readonly Kind[] = [
  kind({
    name: "text",
    create: (replica) => createText({ replica, ...options }),
    decode: (bytes) => decodeText(bytes, { replica: "copy", ...options }),
    fill(a, b) {
      a.insert(0, "shared text, some emoji 😀😀 here");
      b.apply(a.takeUpdate()!);
      a.remove(3, 9);
      b.insert(6, "from b 😀");
      b.remove(2, 7);
      a.apply(b.takeUpdate()!);
      a.insert(4, "again");
    },
    read: (text) => text.toString(),
  }),
  kind({
    name: "text of one writer at a time",
    create: (replica) => createText({ replica, ...options }),
    decode: (bytes) => decodeText(bytes, { replica: "copy", ...options }),
    fill(a, b) {
      a.insert(0, "one after the other, ça va");
      a.remove(3, 6);
      b.apply(a.takeUpdate()!);
      b.insert(5, "from b");
      a.apply(b.takeUpdate()!);
      a.insert(0, "again");
    },
    read: (text) => text.toString(),
  }),
  kind({
    name: "rich text",
    create: (replica) => createRichText({ replica, ...options }),
    decode: (bytes) => decodeRichText(bytes, { replica: "copy", ...options }),
    fill(a, b) {
      a.insert(0, "rich text with 😀");
      b.apply(a.takeUpdate()!);
      a.format(0, 4, { bold: true });
      a.remove(2, 4);
      b.format(2, 9, { link: "x" });
      b.insert(6, "more 😀");
      a.apply(b.takeUpdate()!);
      a.format(1, 12, { bold: null, italic: 1 });
    },
    read: (text) => text.runs(),
  }),
  kind({
    name: "list",
    create: (replica) => createList(json, { replica, ...options }),
    decode: (bytes) => decodeList(json, bytes, { replica: "copy", ...options }),
    fill(a, b) {
      a.push("one", 2, [3], "four");
      b.apply(a.takeUpdate()!);
      a.remove(1, 2);
      b.insert(2, "five", null);
      a.apply(b.takeUpdate()!);
      a.push("six");
    },
    read: (list) => list.toArray(),
  }),
  kind({
    name: "movable list",
    create: (replica) => createMovableList(json, { replica, ...options }),
    decode: (bytes) => decodeMovableList(json, bytes, { replica: "copy", ...options }),
    fill(a, b) {
      a.push("one", "two", "three", "four");
      b.apply(a.takeUpdate()!);
      a.move(0, 2);
      a.set(1, { three: 3 });
      b.move(0, 3);
      b.remove(1);
      b.set(0, "b");
      a.apply(b.takeUpdate()!);
      a.move(1, 0);
      a.push("five");
    },
    read: (list) => list.toArray(),
  }),
];

export const sequences: readonly Target[] = kinds.flatMap(sequenceTargets);
