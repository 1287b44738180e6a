import type { Invariant, Suite } from "@coterie/simulation";
import { bytesCodec } from "@coterie/transport";
import {
  type AntiEntropy,
  createAntiEntropy,
  createDocument,
  type Document,
  documentSource,
  schema,
} from "../src/index.ts";
import { agree } from "./agree.ts";

const { map, record, listOf, text, list, orSet, counter, lwwRegister, movableTree } = schema;

const shape = map({
  title: text(),
  tags: orSet<string>(),
  votes: counter(),
  due: lwwRegister<number>(),
  outline: movableTree(),
  pages: record(map({ body: text(), lines: list<number>() })),
  steps: listOf(map({ what: text(), count: counter() })),
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
  /** The title as the events told it. */
  readonly shown: string;
}

function edit({ document, undo }: Replica, { op, at, n }: Edit): void {
  const key = "kl"[n % 2]!;
  document.transact(({ title, tags, votes, due, outline, pages, steps }) => {
    if (op === "type") title.insert(at % (title.length + 1), `${n}😀`);
    else if (op === "erase") title.remove(0, Math.min(title.length, n % 5));
    else if (op === "tag") tags.add(`tag ${n % 7}`);
    else if (op === "untag") tags.delete(`tag ${n % 7}`);
    else if (op === "vote") votes.add(n - 500);
    else if (op === "date") due.set(n);
    else if (op === "move" && n % 5 !== at % 5) {
      const [node, parent] = [`node ${n % 5}`, `node ${at % 5}`];
      // Concurrent moves may make a cycle of two that are none: one of them is without effect then.
      try {
        outline.move(node, outline.has(parent) ? parent : "");
      } catch {}
    } else if (op === "write") {
      const { body } = pages.at(key);
      body.insert(at % (body.length + 1), `${n} `);
    } else if (op === "line") pages.at(key).lines.push(n);
    else if (op === "drop") pages.delete(key);
    else if (op === "step") steps.insert(at % (steps.length + 1)).what.insert(0, `${n}`);
    else if (op === "skip" && steps.length > 0) steps.remove(at % steps.length);
  });
  if (op === "undo") undo();
}

/** What must hold at every moment, however little a replica has heard. */
const invariants = (): Invariant<Replica>[] => [
  {
    name: "events show the title",
    check: ({ shown, document }) =>
      shown === document.root.title.toString() ? undefined : `shown is ${shown}, not ${document.root.title}`,
  },
  {
    name: "what waits is bounded",
    check: ({ document }) =>
      document.pendingBytes <= 1 << 16 ? undefined : `${document.pendingBytes} bytes wait`,
  },
];

/**
 * Nested documents, brought together by anti-entropy on a network that loses, doubles, reorders and cuts. Whoever crashes
 * loses everything and comes back as a new writer. In the end all must hold the same values, and the same bytes.
 */
export const suite: Suite<Replica, Edit> = {
  name: "crdt-documents",
  nodes: [2, 3, 5],
  node(host, nodes) {
    const document = createDocument(shape, { replica: `${host.id}-${host.epoch}`, pendingBytesMax: 1 << 16 });
    const undo = document.trackUndo();
    const exchange = createAntiEntropy(host, {
      channel: host.transport.open("documents", bytesCodec),
      source: documentSource(document),
      peers: nodes.filter((id) => id !== host.id),
      intervalMs: 100,
      // So short that whatever a replica lacks for a while comes in parts.
      partBytes: 256,
    });
    let shown = "";
    document.onChange(({ origin, changes }) => {
      if (origin === "local") exchange.changed();
      for (const change of changes)
        if (change.kind === "text" && change.path[0] === "title")
          for (const { index, removed, inserted } of change.steps)
            shown = shown.slice(0, index) + inserted + shown.slice(index + removed);
    });
    return {
      document,
      exchange,
      undo: () => undo.undo(),
      get shown() {
        return shown;
      },
    };
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
  converged: (replicas) =>
    agree(
      replicas.map(({ document }) => ({
        value: document.value(),
        bytes: Buffer.from(document.encode()).toString("base64"),
      })),
    ),
};
