// Sessions long enough that the spans of a sequence fill several leaves, which each replica has split in its own way.
import test from "ava";
import fc from "fast-check";
import {
  createList,
  createMovableList,
  createRichText,
  createText,
  decodeList,
  decodeMovableList,
  decodeRichText,
  decodeText,
  json,
  type Replicated,
} from "../src/index.ts";

interface Edit {
  readonly who: number;
  readonly what: "add" | "remove" | "change" | "sync";
  readonly at: number;
  readonly n: number;
}

/** Two writers who hear of each other seldom: most of what they do is concurrent. */
const sessions = fc
  .tuple(
    fc.array(
      fc.record({
        who: fc.nat(1),
        what: fc.constantFrom(
          ...(["add", "add", "add", "add", "change", "change", "change", "remove"] as const),
        ),
        at: fc.nat(999),
        n: fc.nat(8),
      }),
      { minLength: 60, maxLength: 160, size: "max" },
    ),
    fc.array(fc.nat(159), { maxLength: 6 }),
  )
  .map(([edits, syncs]) =>
    edits.map((edit, at): Edit => (syncs.includes(at) ? { ...edit, what: "sync" } : edit)),
  );

interface Kept {
  readonly history: boolean;
}

function kind<Sequence extends Replicated & { readonly length: number }>(
  name: string,
  create: (options: { readonly replica: string } & Kept) => Sequence,
  decode: (bytes: Uint8Array, options: { readonly replica: string } & Kept) => Sequence,
  run: (sequence: Sequence, edit: Edit) => void,
): void {
  const replicas = (edits: readonly Edit[], history: boolean): Sequence[] => {
    const all = ["a", "b"].map((replica) => create({ replica, history }));
    const hear = (who: Sequence, from: Sequence): unknown => who.apply(from.updateSince(who.version()));
    for (const edit of edits) {
      const sequence = all[edit.who]!;
      if (edit.what === "sync") hear(sequence, all[edit.at % 2]!);
      else if (edit.what === "add" || sequence.length > 9) run(sequence, edit);
    }
    for (let round = 0; round < 2; round++) for (const who of all) for (const from of all) hear(who, from);
    return all;
  };

  test(`${name}: replicas that have seen the same have the same bytes, and so has who reads them`, (t) => {
    fc.assert(
      fc.property(sessions, fc.boolean(), (edits, history) => {
        const [first, other] = replicas(edits, history);
        for (const kept of [false, true]) {
          const bytes = first!.encode({ history: kept });
          t.deepEqual(other!.encode({ history: kept }), bytes);
          if (kept && !history) continue;
          t.deepEqual(decode(bytes, { replica: "d", history }).encode({ history: kept }), bytes);
        }
      }),
      { numRuns: 100 },
    );
  });

  test(`${name}: what kept its history is read without it as if it had kept none`, (t) => {
    fc.assert(
      fc.property(sessions, (edits) => {
        const keeps = replicas(edits, true)[0]!;
        const plain = create({ replica: "d", history: false });
        plain.apply(keeps.updateSince(new Map()));
        for (const history of [false, true]) {
          const read = decode(keeps.encode({ history }), { replica: "e", history: false });
          t.deepEqual(read.encode(), plain.encode());
          read.apply(plain.updateSince(read.version()));
          t.deepEqual(read.encode(), plain.encode());
        }
      }),
      { numRuns: 20 },
    );
  });
}

const inside = (at: number, length: number): number => at % length;

kind(
  "text",
  (options) => createText(options),
  (bytes, options) => decodeText(bytes, options),
  (text, { what, at, n }) => {
    if (what === "remove") text.remove(inside(at, text.length - 2), 2);
    else text.insert(inside(at, text.length + 1), ["a", "bcd", "😀"][n % 3]!);
  },
);

kind(
  "list",
  (options) => createList(json, options),
  (bytes, options) => decodeList(json, bytes, options),
  (list, { what, at, n }) => {
    if (what === "remove") list.remove(inside(at, list.length - 2), 2);
    else list.insert(inside(at, list.length + 1), ...(n < 5 ? [n] : [n, [n]]));
  },
);

kind(
  "movable list",
  (options) => createMovableList(json, options),
  (bytes, options) => decodeMovableList(json, bytes, options),
  (list, { what, at, n }) => {
    if (what === "add") list.insert(inside(at, list.length + 1), ...(n < 5 ? [n] : [n, [n]]));
    else if (what === "remove") list.remove(inside(at, list.length - 2), 2);
    else if (n < 2) list.set(inside(at, list.length), n);
    else list.move(inside(at, list.length), inside(at * n, list.length));
  },
);

kind(
  "rich text",
  (options) => createRichText(options),
  (bytes, options) => decodeRichText(bytes, options),
  (text, { what, at, n }) => {
    if (what === "add") text.insert(inside(at, text.length + 1), ["a", "bcd", "😀"][n % 3]!);
    else if (what === "remove") text.remove(inside(at, text.length - 2), 2);
    else {
      const value = [true, null, n][n % 3];
      text.format(inside(at, text.length - 8), 1 + (n % 8), { bold: value, italic: value, link: value });
    }
  },
);
