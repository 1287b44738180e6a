import test from "ava";
import fc from "fast-check";
import {
  CapacityError,
  DuplicateNodeError,
  HashingError,
  InvalidKeyError,
  InvalidNodeError,
  InvalidOptionError,
  type Key,
  type Node,
  NoNodesError,
  type Placement,
  UnknownNodeError,
} from "../src/index.ts";
import { named, type Subject, subjects } from "./strategies.ts";

const keys: Key[] = [
  ...Array.from({ length: 300 }, (_, i) => `key:${i}`),
  ...Array.from({ length: 100 }, (_, i) => i * 7_777_777_777),
  ...Array.from({ length: 50 }, (_, i) => Uint8Array.of(i, 1, 2)),
  "",
  "ключ",
  -1,
  new Uint8Array(0),
];

function placed(placement: Placement): string[] {
  return keys.map((key) => placement.owner(key));
}

function each(title: string, body: (t: import("ava").ExecutionContext, subject: Subject) => void): void {
  for (const subject of subjects) test(`${subject.name}: ${title}`, (t) => body(t, subject));
}

each("one node owns everything", (t, { make }) => {
  t.deepEqual(new Set(placed(make(["only"]))), new Set(["only"]));
});

each("two processes that make the same placement agree, and their fingerprints say so", (t, { make }) => {
  const [a, b] = [make(named(9)), make(named(9))];
  t.deepEqual(placed(a), placed(b));
  t.is(a.fingerprint(), b.fingerprint());
});

each("the order in which nodes are given matters only where it says so", (t, { make, historic }) => {
  const [a, b] = [make(named(9)), make(named(9).reverse())];
  if (historic) t.not(a.fingerprint(), b.fingerprint());
  else {
    t.deepEqual(placed(a), placed(b));
    t.is(a.fingerprint(), b.fingerprint());
    t.deepEqual(a.nodes(), b.nodes());
  }
});

each("whatever the history, the nodes decide", (t, { make, historic }) => {
  if (historic) return t.pass();
  const ids = named(8);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...ids), { maxLength: 30 }),
      fc.infiniteStream(fc.nat(3)),
      (flips, weights) => {
        const weight = (id: string) => 1 + (Number(id.at(-1)) % 3);
        const there = new Set(ids.slice(0, 3));
        const placement = make([...there].map((id) => ({ id, weight: weight(id) })));
        for (const id of flips) {
          if (there.has(id) && there.size > 1) {
            placement.remove(id);
            there.delete(id);
          } else if (!there.has(id)) {
            placement.add({ id, weight: weight(id) });
            there.add(id);
          }
          if (weights.next().value === 0) placement.owner("between changes");
        }
        const fresh = make([...there].sort().map((id) => ({ id, weight: weight(id) })));
        t.deepEqual(placed(placement), placed(fresh));
        t.is(placement.fingerprint(), fresh.fingerprint());
      },
    ),
    { numRuns: 15 },
  );
  return undefined;
});

each("removing what was added last undoes it", (t, { make }) => {
  const placement = make(named(7));
  const [owners, fingerprint] = [placed(placement), placement.fingerprint()];
  placement.add("guest");
  t.not(placement.fingerprint(), fingerprint);
  placement.remove("guest");
  t.deepEqual(placed(placement), owners);
  t.is(placement.fingerprint(), fingerprint);
});

each("nothing is left to a node that left", (t, { make }) => {
  const placement = make(named(6));
  for (const id of ["node-0", "node-5", "node-2"]) {
    placement.remove(id);
    t.false(placed(placement).includes(id));
    t.false(placement.has(id));
    for (const key of keys) t.false(placement.owners(key, 6).includes(id));
  }
  t.is(placement.size, 3);
  t.deepEqual(
    placement
      .nodes()
      .map(({ id }) => id)
      .sort(),
    ["node-1", "node-3", "node-4"],
  );
});

each("owners are distinct, begin with the owner, and are all nodes when all are asked for", (t, { make }) => {
  const placement = make(named(10));
  for (const key of keys) {
    for (const count of [1, 2, 3, 9, 10, 25]) {
      const owners = placement.owners(key, count);
      t.is(owners.length, Math.min(count, 10));
      t.is(new Set(owners).size, owners.length);
      t.is(owners[0], placement.owner(key));
    }
    t.deepEqual(placement.owners(key, 3), placement.owners(key, 10).slice(0, 3));
  }
});

each("asking for owners changes nothing", (t, { make, weighted }) => {
  const placement = make(named(10).map((id, i) => ({ id, weight: weighted ? 1 + (i % 4) : 1 })));
  const before = placed(placement);
  for (const key of keys) placement.owners(key, 4);
  t.deepEqual(placed(placement), before);
});

each("replicas are spread over zones while zones last, then evenly", (t, { make }) => {
  const zones = ["east", "west", "north"];
  const nodes = named(9).map((id, i): Node => ({ id, zone: zones[i < 5 ? 0 : i < 8 ? 1 : 2] }));
  const placement = make(nodes);
  const zoneOf = new Map(nodes.map(({ id, zone }) => [id, zone!]));
  for (const key of keys) {
    const of = (count: number) => placement.owners(key, count).map((id) => zoneOf.get(id)!);
    t.is(placement.owners(key, 3)[0], placement.owner(key));
    t.is(new Set(of(3)).size, 3);
    t.deepEqual(of(5).filter((zone) => zone === "north").length, 1);
    t.deepEqual([...of(5)].sort(), ["east", "east", "north", "west", "west"]);
    t.deepEqual([...of(8)].sort().join(), "east,east,east,east,north,west,west,west");
  }
});

each("a node without a zone is a zone of its own", (t, { make }) => {
  const placement = make([{ id: "a", zone: "z" }, { id: "b", zone: "z" }, "c", "d"]);
  for (const key of keys) {
    const owners = placement.owners(key, 3);
    t.false(owners.includes("a") && owners.includes("b"));
  }
});

each("a key is the same as a hash of it", (t, { make }) => {
  const placement = make(named(12));
  for (const key of keys) {
    const hash = placement.hash(key);
    t.is(placement.ownerAt(hash), placement.owner(key));
    t.deepEqual(placement.ownersAt(hash, 4), placement.owners(key, 4));
  }
  t.notThrows(() => [placement.ownerAt(0), placement.ownerAt(2 ** 32 - 1)]);
});

each("a seed makes another placement, and the fingerprint tells", (t, { make }) => {
  const [a, b] = [make(named(9)), make(named(9), { seed: 7 })];
  t.notDeepEqual(placed(a), placed(b));
  t.not(a.fingerprint(), b.fingerprint());
});

each("a hash function of one's own is used, and named in the fingerprint", (t, { make }) => {
  const constant = { name: "always-5", bytes: () => 5 };
  const placement = make(named(3), {
    hash: { name: "sum", bytes: (bytes, seed) => bytes.reduce((a, b) => a * 31 + b, seed) },
  });
  t.true(placement.fingerprint().includes("/sum,seed=0"));
  t.is(placement.owner("abc"), placement.owner(new TextEncoder().encode("abc")));
  t.is(placement.owner(258), placement.owner(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0)));
  t.is(make(["x"], { hash: constant }).hash("anything"), 5);
});

each("weight, zone and revision show", (t, { make, weighted }) => {
  const placement = make(["a"]);
  const { revision } = placement;
  const fingerprint = placement.fingerprint();
  placement.add({ id: "b", zone: "z", weight: weighted ? 2.5 : 1 });
  t.not(placement.revision, revision);
  t.deepEqual(placement.nodes().at(-1), { id: "b", zone: "z", weight: weighted ? 2.5 : 1 });
  t.not(placement.fingerprint(), fingerprint);
});

each("an empty placement says so", (t, { make }) => {
  const placement = make([]);
  t.is(placement.size, 0);
  t.deepEqual(placement.nodes(), []);
  t.is(typeof placement.fingerprint(), "string");
  for (const ask of [
    () => placement.owner("k"),
    () => placement.owners("k", 2),
    () => placement.ownerAt(1),
  ]) {
    t.throws(ask, { instanceOf: NoNodesError, code: "HASHING_NO_NODES" });
  }
  placement.add("first");
  t.is(placement.owner("k"), "first");
  placement.remove("first");
  t.throws(() => placement.owner("k"), { instanceOf: NoNodesError });
});

each("refuses what is not a node, and stays as it was", (t, { make, weighted }) => {
  const placement = make(["a", "b"]);
  const [before, fingerprint] = [placed(placement), placement.fingerprint()];
  const refuse = (node: unknown, instanceOf: new (...a: never[]) => Error) =>
    t.throws(() => placement.add(node as string), { instanceOf: instanceOf as never });
  refuse("a", DuplicateNodeError);
  refuse({ id: "b", weight: 1 }, DuplicateNodeError);
  for (const weight of [0, -1, Number.NaN, Infinity, -Infinity, 1e9, 1e-9, "2", null]) {
    refuse({ id: "c", weight }, InvalidNodeError);
  }
  for (const id of ["", "x".repeat(2000), "\ud800", 3, null, undefined, {}, Symbol("s")]) {
    refuse({ id }, InvalidNodeError);
  }
  for (const node of [undefined, null, 7, true, ["a"], () => "a"]) refuse(node, InvalidNodeError);
  refuse({ id: "c", zone: "" }, InvalidNodeError);
  refuse({ id: "c", zone: 3 }, InvalidNodeError);
  if (!weighted) refuse({ id: "c", weight: 2 }, InvalidNodeError);
  t.throws(() => placement.remove("nobody"), { instanceOf: UnknownNodeError });
  t.throws(() => make(["a", "a"]), { instanceOf: DuplicateNodeError });
  t.throws(() => make("abc"), { instanceOf: InvalidNodeError });
  t.throws(() => make(null as never), { instanceOf: InvalidNodeError });
  t.throws(() => make(7 as never), { instanceOf: InvalidNodeError });
  t.is(placement.size, 2);
  t.deepEqual(placed(placement), before);
  t.is(placement.fingerprint(), fingerprint);
});

each("refuses what is not a key, a count or a hash", (t, { make }) => {
  const placement = make(["a", "b"]);
  for (const key of [undefined, null, 1.5, Number.NaN, Infinity, 2 ** 53, {}, [], 1n, true, Symbol("k")]) {
    t.throws(() => placement.owner(key as Key), { instanceOf: InvalidKeyError });
    t.throws(() => placement.owners(key as Key, 1), { instanceOf: InvalidKeyError });
  }
  for (const count of [0, -1, 1.5, Number.NaN, Infinity, "2"]) {
    t.throws(() => placement.owners("k", count as number), { instanceOf: InvalidOptionError });
  }
  for (const hash of [-1, 2 ** 32, 0.5, Number.NaN, "1"]) {
    t.throws(() => placement.ownerAt(hash as number), { instanceOf: InvalidOptionError });
    t.throws(() => placement.ownersAt(hash as number, 1), { instanceOf: InvalidOptionError });
  }
  for (const options of [
    { seed: -1 },
    { seed: 2 ** 32 },
    { seed: 0.1 },
    { hash: {} },
    { hash: { name: "x" } },
  ]) {
    t.throws(() => make(["a"], options as never), { instanceOf: InvalidOptionError });
  }
});

each("any key at all is placed, or refused with an error of ours", (t, { make }) => {
  const placement = make(named(5));
  fc.assert(
    fc.property(
      fc.oneof(fc.anything(), fc.string({ unit: "binary" }), fc.uint8Array(), fc.maxSafeInteger()),
      (key) => {
        try {
          t.true(placement.has(placement.owner(key as Key)));
        } catch (error) {
          t.true(error instanceof HashingError);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("every error carries its class's name and a stable code", (t) => {
  const error = t.throws(() => subjects[0]!.make(["a", "a"]), { instanceOf: DuplicateNodeError });
  t.is(error.name, "DuplicateNodeError");
  t.is(error.code, "HASHING_DUPLICATE_NODE");
  t.is(error.id, "a");
  t.true(new CapacityError("full") instanceof HashingError);
});
