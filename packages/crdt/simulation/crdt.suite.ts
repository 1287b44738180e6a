import type { Invariant, Suite } from "@coterie/simulation";
import { orSet, pnCounter, text } from "../src/index.ts";
import { agree } from "./agree.ts";
import { type Replica, startReplica } from "./replica.ts";

const kinds = ["type", "erase", "put", "move", "replace", "take", "mark", "tag", "untag", "count"] as const;

export interface Edit {
  readonly op: (typeof kinds)[number];
  readonly at: number;
  readonly n: number;
}

const set = orSet(text);

function edit(replica: Replica, { op, at, n }: Edit): void {
  const { text: document, list, rich, tags, count, writer } = replica;
  const inside = (length: number): number => (length === 0 ? 0 : at % length);
  const size = (length: number): number => Math.min(1 + (n % 4), length - inside(length));
  const word = `${"abcdefg".slice(n % 5)}😀`;
  if (op === "type") {
    document.insert(at % (document.length + 1), word);
    rich.insert(at % (rich.length + 1), word);
  } else if (op === "erase") {
    document.remove(inside(document.length), size(document.length));
    rich.remove(inside(rich.length), size(rich.length));
  } else if (op === "mark")
    rich.format(inside(rich.length), size(rich.length), { [n % 2 ? "bold" : "link"]: n % 3 ? n : null });
  else if (op === "put") list.insert(at % (list.length + 1), n);
  else if (op === "tag") tags.change((state) => set.add(state, writer, `tag ${n % 7}`));
  else if (op === "untag") tags.change((state) => set.remove(state, `tag ${n % 7}`));
  else if (op === "count") count.change((state) => pnCounter.increment(state, writer, 1 + (n % 3)));
  else if (list.length > 0) {
    if (op === "move") list.move(inside(list.length), n % list.length);
    else if (op === "replace") list.set(inside(list.length), -n);
    else list.remove(inside(list.length));
  }
  replica.publish();
}

/** What must hold at every moment, however little a replica has heard. */
function invariants(): Invariant<Replica>[] {
  return [
    {
      name: "events show the text",
      check: ({ shown, text: document }) =>
        shown === document.toString() ? undefined : `shown is ${shown}, the text is ${document}`,
    },
    {
      name: "text is well-formed",
      check: ({ rich, text: document }) =>
        rich.toString().isWellFormed() && document.toString().isWellFormed() ? undefined : "half a pair",
    },
    {
      name: "formatting covers the text, once",
      check: ({ rich }) =>
        rich
          .runs()
          .map(({ insert }) => insert)
          .join("") === rich.toString()
          ? undefined
          : "the runs are not the text",
    },
    {
      name: "an item stands in one place",
      check({ list }) {
        const items = list.toArray().map((_, index) => JSON.stringify(list.itemAt(index)));
        return new Set(items).size === items.length ? undefined : `twice in ${items}`;
      },
    },
  ];
}

/**
 * Texts, lists that move, rich texts, sets and counters on a network that loses, doubles, reorders and cuts. Whoever
 * crashes loses everything and comes back as a new writer. In the end all must hold the same values, and the same bytes.
 */
export const suite: Suite<Replica, Edit> = {
  name: "crdt",
  nodes: [2, 3, 5],
  node: startReplica,
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
  converged: (replicas) => agree(replicas.map((replica) => replica.read())),
};
