import type { Bench } from "@coterie/bench";
import { copy, encode, orSet, text } from "@coterie/crdt";

const size = 1_000_000;
const changes = 10_000;

const name = (n: number): string => `element ${n}`;

function elapsed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** A set of a million elements, against a Yjs map with as many keys, the nearest that it has. */
export async function setCases(bench: Bench): Promise<void> {
  const yjs = await bench.peer("yjs");
  const set = orSet(text);
  let ours = set.bottom();
  let theirs = yjs && new yjs.Doc().getMap("set");
  await bench.compare({
    case: "or-set: add 1,000,000",
    unit: "ms",
    better: "lower",
    rounds: 1,
    ours: () => {
      ours = set.bottom();
      return elapsed(() => {
        for (let n = 0; n < size; n++) set.add(ours, "a", name(n));
      });
    },
    peers: {
      yjs:
        yjs &&
        (() => {
          theirs = new yjs.Doc().getMap("set");
          return elapsed(() =>
            theirs.doc.transact(() => {
              for (let n = 0; n < size; n++) theirs.set(name(n), true);
            }),
          );
        }),
    },
  });
  const peer = copy(set, ours);
  await bench.compare({
    case: "or-set: merge two of 1,000,000",
    unit: "ms",
    better: "lower",
    rounds: 3,
    ours: () => elapsed(() => set.merge(peer, ours)),
    peers: {},
  });
  let fresh = size;
  await bench.compare({
    case: "or-set: 10,000 additions to 1,000,000, each delta merged elsewhere",
    unit: "ms",
    better: "lower",
    rounds: 3,
    ours: () =>
      elapsed(() => {
        for (let n = 0; n < changes; n++) set.merge(peer, set.add(ours, "a", name(fresh++)));
      }),
    peers: {},
  });
  let removed = 0;
  await bench.compare({
    case: "or-set: 10,000 removals from 1,000,000",
    unit: "ms",
    better: "lower",
    rounds: 3,
    ours: () =>
      elapsed(() => {
        for (let n = 0; n < changes; n++) set.remove(ours, name(removed++));
      }),
    peers: {
      yjs:
        yjs &&
        (() =>
          elapsed(() =>
            theirs.doc.transact(() => {
              for (let n = 0; n < changes; n++) theirs.delete(name(n));
            }),
          )),
    },
  });
  const delta = encode(set, set.add(ours, "a", "one more"));
  bench.report({ case: "or-set: delta of one addition", unit: "B", better: "lower", ours: delta.length });
}
