import type { Invariant, Suite } from "@coterie/simulation";
import { bytesCodec } from "@coterie/transport";
import {
  type AntiEntropy,
  type ChangeOf,
  createAntiEntropy,
  createDocument,
  type Document,
  type DocumentVersion,
  documentSource,
  type Step,
  schema,
  type TreeView,
  type ViewOf,
} from "../src/index.ts";
import { agree } from "./agree.ts";

const { map, record, listOf, text, richText, list, movableList, orSet, removeWinsSet, gSet, twoPhaseSet } =
  schema;
const { counter, boundedCounter, lwwRegister, mvRegister, maxRegister, minRegister, movableTree } = schema;
const { enableWinsFlag, disableWinsFlag } = schema;

/** What only grows, what is bounded, and what else is told in one value. */
const shelf = map({
  outline: movableTree(),
  seen: gSet<string>(),
  once: twoPhaseSet<number>(),
  high: maxRegister(),
  low: minRegister(),
  stock: boundedCounter(),
  banned: removeWinsSet<number>(),
  names: mvRegister<string>(),
  open: enableWinsFlag(),
  shut: disableWinsFlag(),
});

const shape = map({
  title: text(),
  tags: orSet<string>(),
  votes: counter(),
  due: lwwRegister<number>(),
  outline: movableTree(),
  pages: record(map({ body: text(), lines: list<number>() })),
  steps: listOf(map({ what: text(), count: counter() })),
  body: richText({ link: "none" }),
  cards: movableList<number>(),
  notes: record(map({ body: richText(), cards: movableList<number>() })),
  shelf,
  shelves: record(shelf),
});

const kinds = [
  "type",
  "erase",
  "tag",
  "untag",
  "vote",
  "date",
  "move",
  "write",
  "line",
  "drop",
  "step",
  "skip",
  "compose",
  "cut",
  "format",
  "deal",
  "shift",
  "replace",
  "discard",
  "note",
  "forget",
  "keep",
  "arrange",
  "clear",
  "undo",
] as const;

interface Edit {
  readonly op: (typeof kinds)[number];
  readonly at: number;
  readonly n: number;
}

interface Replica {
  readonly document: Document<typeof shape>;
  readonly exchange: AntiEntropy;
  readonly undo: () => boolean;
  /** Title, rich text and cards as the events told them. */
  readonly shown: Shown;
  /** Whether something was told of since `shown` was compared last. */
  told: boolean;
  /** What stood here earlier, to be found again by looking back. */
  readonly earlier: readonly (readonly [version: DocumentVersion, value: string])[];
}

interface Shown {
  title: string;
  body: string;
  /** How each unit of the body is formatted. */
  readonly formats: string[];
  readonly cards: number[];
}

type Change = ChangeOf<typeof shape>;

const splice = (before: string, { index, removed, inserted }: Step<string>): string =>
  before.slice(0, index) + inserted + before.slice(index + removed);

function show(shown: Shown, change: Change): void {
  const field = change.path.length === 1 && change.path[0];
  if (change.kind === "text" && field === "title")
    for (const step of change.steps) shown.title = splice(shown.title, step);
  else if (change.kind === "movableList" && field === "cards")
    for (const { index, removed, inserted } of change.steps) shown.cards.splice(index, removed, ...inserted);
  else if (change.kind === "richText" && field === "body") {
    for (const step of change.steps) {
      shown.body = splice(shown.body, step);
      const { index, removed, inserted } = step;
      shown.formats.splice(index, removed, ...Array.from({ length: inserted.length }, () => "{}"));
    }
    for (const { index, length, attributes } of change.formatted)
      shown.formats.fill(JSON.stringify(attributes), index, index + length);
  }
}

/** The same, as the document has it. */
function shownOf({ root }: Replica["document"]): Shown {
  return {
    title: root.title.toString(),
    body: root.body.toString(),
    formats: root.body
      .runs()
      .flatMap(({ insert, attributes }) =>
        Array.from({ length: insert.length }, () => JSON.stringify(attributes)),
      ),
    cards: root.cards.toArray(),
  };
}

function write({ root }: Replica["document"], { op, at, n }: Edit): void {
  const { body, cards } = op === "note" ? root.notes.at("kl"[n % 2]!) : root;
  const from = at % (body.length + 1);
  const count = Math.min(body.length - from, 1 + (n % 5));
  if (op === "compose") body.insert(from, `${n}😀`);
  else if (op === "cut") body.remove(from, count);
  else if (op === "format")
    body.format(from, count, { [n % 2 ? "bold" : "link"]: n % 3 ? `${n % 7}` : null });
  else if (op === "deal") cards.insert(at % (cards.length + 1), n);
  else if (op === "forget") root.notes.delete("kl"[n % 2]!);
  else if (op === "note") {
    body.insert(from, `${n} `, { bold: n % 2 });
    cards.push(n);
    cards.move(at % cards.length, n % cards.length);
  } else if (cards.length === 0) return;
  else if (op === "shift") cards.move(at % cards.length, n % cards.length);
  else if (op === "replace") cards.set(at % cards.length, n);
  else if (op === "discard") cards.remove(at % cards.length);
}

function keep(on: ViewOf<typeof shelf>, at: number, n: number): void {
  const { seen, once, high, low, stock, banned, names, open, shut } = on;
  const edits: readonly (() => void)[] = [
    () => seen.add(`seen ${n % 9}`),
    () => (at % 3 ? once.add(n % 9) : once.delete(n % 9)),
    () => high.set(n),
    () => low.set(n),
    () => stock.increment(1 + (n % 7)),
    () => stock.rights > 0 && stock.decrement(1 + (n % stock.rights)),
    () => stock.rights > 0 && stock.transfer(`${n % 5}`, 1),
    () => (at % 3 ? banned.add(n % 9) : banned.delete(n % 9)),
    () => names.set(`${n}`),
    () => (at % 2 ? open.enable() : open.disable()),
    () => (at % 2 ? shut.enable() : shut.disable()),
  ];
  edits[at % edits.length]!();
}

function arrange(outline: TreeView, at: number, n: number): void {
  const [node, parent] = [`node ${n % 5}`, `node ${at % 5}`];
  if (at % 7 === 0 && outline.parentOf(node) !== undefined) outline.remove(node);
  if (at % 7 === 0 || node === parent) return;
  // Concurrent moves may make a cycle of two that are none: one of them is without effect then.
  try {
    outline.move(node, outline.has(parent) ? parent : "");
  } catch {}
}

function edit({ document, undo }: Replica, { op, at, n }: Edit): void {
  const key = "kl"[n % 2]!;
  document.transact(({ title, tags, votes, due, outline, pages, steps, shelf, shelves }) => {
    if (op === "type") title.insert(at % (title.length + 1), `${n}😀`);
    else if (op === "erase") title.remove(0, Math.min(title.length, n % 5));
    else if (op === "tag") tags.add(`tag ${n % 7}`);
    else if (op === "untag") tags.delete(`tag ${n % 7}`);
    else if (op === "vote") votes.add(n - 500);
    else if (op === "date") due.set(n);
    else if (op === "move") arrange(outline, at, n);
    else if (op === "write") {
      const { body } = pages.at(key);
      body.insert(at % (body.length + 1), `${n} `);
    } else if (op === "line") pages.at(key).lines.push(n);
    else if (op === "drop") pages.delete(key);
    else if (op === "step") steps.insert(at % (steps.length + 1)).what.insert(0, `${n}`);
    else if (op === "skip" && steps.length > 0) steps.remove(at % steps.length);
    else if (op === "keep") keep(n % 3 ? shelves.at(key) : shelf, at, n);
    else if (op === "arrange") arrange(n % 3 ? shelves.at(key).outline : shelf.outline, at, n);
    else if (op === "clear") shelves.delete(key);
    else write(document, { op, at, n });
  });
  if (op === "undo") undo();
}

/** What must hold at every moment, however little a replica has heard. */
const invariants = (): Invariant<Replica>[] => [
  {
    name: "events show what is there",
    check(replica) {
      const { shown, document } = replica;
      if (!replica.told) return undefined;
      replica.told = false;
      const [told, there] = [JSON.stringify(shown), JSON.stringify(shownOf(document))];
      return told === there ? undefined : `shown is ${told}, not ${there}`;
    },
  },
  {
    name: "no stock falls below zero",
    check({ document: { root } }) {
      const stocks = [root.shelf, ...root.shelves.keys().map((key) => root.shelves.at(key))];
      const values = stocks.map(({ stock }) => stock.value);
      return values.every((value) => value >= 0) ? undefined : `${values}`;
    },
  },
  {
    name: "what waits is bounded",
    check: ({ document }) =>
      document.pendingBytes <= 1 << 16 ? undefined : `${document.pendingBytes} bytes wait`,
  },
];

/**
 * Nested documents, brought together by anti-entropy on a network that loses, doubles, reorders and cuts. Whoever crashes
 * loses everything and comes back as a new writer. In the end all must hold the same values and the same bytes, and see the
 * past as it was.
 */
export const suite: Suite<Replica, Edit> = {
  name: "crdt-documents",
  nodes: [2, 3, 5],
  node(host, nodes) {
    const document = createDocument(shape, {
      replica: `${host.id}-${host.epoch}`,
      pendingBytesMax: 1 << 16,
      history: true,
    });
    const undo = document.trackUndo();
    const exchange = createAntiEntropy(host, {
      channel: host.transport.open("documents", bytesCodec),
      source: documentSource(document),
      peers: nodes.filter((id) => id !== host.id),
      intervalMs: 100,
      // So short that whatever a replica lacks for a while comes in parts.
      partBytes: 256,
    });
    const shown: Shown = { title: "", body: "", formats: [], cards: [] };
    const earlier: (readonly [DocumentVersion, string])[] = [];
    const replica: Replica = {
      document,
      exchange,
      undo: () => undo.undo(),
      shown,
      earlier,
      told: false,
    };
    document.onChange(({ origin, changes }) => {
      if (origin === "local") exchange.changed();
      replica.told = true;
      for (const change of changes) show(shown, change);
      if (earlier.length < 8) earlier.push([document.version(), JSON.stringify(document.value())]);
    });
    return replica;
  },
  faults: ["loss", "duplicate", "reorder", "delay", "bandwidth", "partition", "slow", "pause", "crash"],
  heals: "all",
  durationMs: 10_000,
  workload: {
    draw: (random) => ({
      op: kinds[random.uint32() % kinds.length]!,
      at: random.uint32() % 1_000,
      n: random.uint32() % 1_000,
    }),
    perform: edit,
    probe: { op: "type", at: 0, n: 0 },
  },
  invariants,
  converged(replicas) {
    const looksBack = replicas.every(({ document, earlier }) =>
      earlier.every(([version, value]) => JSON.stringify(document.at(version)) === value),
    );
    const reads = replicas.map(({ document }) => ({
      value: document.value(),
      bytes: Buffer.from(document.encode({ history: true })).toString("base64"),
    }));
    return looksBack && agree(reads);
  },
};
