import test from "ava";
import fc from "fast-check";
import {
  type CausalContext,
  causalContext,
  compare,
  type DottedVersionVectorSet,
  decodeCausalContext,
  decodeDottedVersionVectorSet,
  dottedVersionVectorSet,
  encodeCausalContext,
  encodeDottedVersionVectorSet,
  type VersionVector,
  versionVector,
} from "../src/index.ts";
import { damaged, forged } from "./arbitraries.ts";

type Siblings = DottedVersionVectorSet<string>;
const servers = ["a", "b", "c"];
const empty: Siblings = dottedVersionVectorSet<string>();

/** A server beside its truth: which writes it knows of, and which of them it knows to be overwritten. */
interface Server {
  set: Siblings;
  known: Set<string>;
  gone: Set<string>;
}

const step = fc.oneof(
  fc.record({ act: fc.constant("read" as const), at: fc.nat(2) }),
  fc.record({ act: fc.constant("write" as const), at: fc.nat(2), context: fc.option(fc.nat()) }),
  fc.record({ act: fc.constant("sync" as const), at: fc.nat(2), from: fc.nat(2) }),
  fc.record({ act: fc.constant("discard" as const), at: fc.nat(2), context: fc.nat() }),
);

function run(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): Server[] {
  const group: Server[] = servers.map(() => ({ set: empty, known: new Set(), gone: new Set() }));
  const reads: { context: VersionVector; known: Set<string> }[] = [];
  let writes = 0;
  for (const s of steps) {
    const server = group[s.at]!;
    if (s.act === "read") {
      reads.push({ context: server.set.join(), known: new Set(server.known) });
    } else if (s.act === "write") {
      // A client that never read writes blindly; the others hand back the context of some read, maybe of another server.
      const read = s.context === null ? undefined : reads[s.context % Math.max(1, reads.length)];
      const value = `w${writes++}`;
      server.set = server.set.update(servers[s.at]!, value, read?.context ?? versionVector());
      for (const seen of read?.known ?? []) {
        server.known.add(seen);
        server.gone.add(seen);
      }
      server.known.add(value);
    } else if (s.act === "sync") {
      const other = group[s.from]!;
      server.set = server.set.sync(other.set);
      for (const write of other.known) server.known.add(write);
      for (const write of other.gone) server.gone.add(write);
    } else {
      const read = reads[s.context % Math.max(1, reads.length)];
      if (read === undefined) continue;
      server.set = server.set.discard(read.context);
      for (const seen of read.known) if (server.known.has(seen)) server.gone.add(seen);
    }
  }
  return group;
}

const history = fc.array(step, { maxLength: 40 });

test("siblings are exactly the writes that no known write has seen", (t) => {
  fc.assert(
    fc.property(history, (steps) => {
      for (const { set, known, gone } of run(steps)) {
        const current = [...known].filter((write) => !gone.has(write));
        t.deepEqual(set.values().sort(), current.sort());
        t.is(set.size, current.length);
      }
    }),
    { numRuns: 400 },
  );
});

test("sync is a semilattice join, and compare is its order", (t) => {
  fc.assert(
    fc.property(history, (steps) => {
      const [a, b, c] = run(steps).map(({ set }) => set) as [Siblings, Siblings, Siblings];
      t.deepEqual(a.sync(b).entries, b.sync(a).entries);
      t.deepEqual(a.sync(b).sync(c).entries, a.sync(b.sync(c)).entries);
      t.deepEqual(a.sync(a).entries, a.entries);
      const joined = a.sync(b);
      t.true(["after", "equal"].includes(compare(joined, a)));
      t.is(JSON.stringify(joined) === JSON.stringify(a), ["after", "equal"].includes(compare(a, b)));
      t.is(compare(joined.join(), a.join().merge(b.join())), "equal");
    }),
    { numRuns: 300 },
  );
});

test("the server-side example: two clients that read the same value become siblings, a third resolves them", (t) => {
  const first = empty.update("s", "v1", versionVector());
  const read = first.join();
  const both = first.update("s", "v2", read).update("s", "v3", read);
  t.deepEqual(both.values(), ["v3", "v2"]);
  t.deepEqual({ ...both.join().toJSON() }, { s: 3 });
  const resolved = both.update("s", "v4", both.join());
  t.deepEqual(resolved.entries, [{ id: "s", counter: 4, values: ["v4"] }]);
  t.is(compare(both, resolved), "before");
  t.deepEqual(both.sync(resolved).values(), ["v4"]);
});

test("concurrent writes at two servers survive each other, whoever synchronises first", (t) => {
  const base = empty.update("a", "base");
  const left = base.update("a", "left", base.join());
  const right = base.update("b", "right", base.join());
  t.is(compare(left, right), "concurrent");
  t.deepEqual(left.sync(right).values(), ["left", "right"]);
  t.deepEqual(left.sync(right).update("b", "merged").values(), ["merged"]);
});

test("a write without a context has seen everything, and forgets no history", (t) => {
  const set = empty
    .update("a", "1", versionVector())
    .update("b", "2", versionVector())
    .update("c", "3", versionVector());
  t.deepEqual(set.update("b", "4").entries, [
    { id: "a", counter: 1, values: [] },
    { id: "b", counter: 2, values: ["4"] },
    { id: "c", counter: 1, values: [] },
  ]);
});

test("a context from another server discards what this one has not even seen yet", (t) => {
  const seen = empty.update("a", "old").update("a", "older still");
  const here = empty.update("b", "new", seen.join());
  t.deepEqual(here.sync(seen).values(), ["new"]);
  t.deepEqual(here.entries[0], { id: "a", counter: 2, values: [] });
});

test("discard removes what was seen and keeps the history", (t) => {
  const set = empty.update("a", "x");
  const cleared = set.discard(set.join());
  t.deepEqual(cleared.values(), []);
  t.deepEqual(cleared.sync(set).values(), [], "it does not come back");
  t.is(compare(set, cleared), "before", "to know that a write is overwritten is to know more");
  t.is(cleared.discard(versionVector({ a: 9 })).entries[0]!.counter, 1, "history is not invented");
  const two = set.update("a", "y", versionVector());
  t.deepEqual(two.discard(versionVector({ a: 3 })).entries, [{ id: "a", counter: 2, values: [] }]);
  t.deepEqual(two.discard(versionVector({ a: 1 })).values(), ["y"]);
});

test("reconciling makes one write of all siblings, and nothing where there are none", (t) => {
  const siblings = empty
    .update("a", "1", versionVector())
    .update("a", "3", versionVector())
    .update("a", "2", versionVector());
  const order = (a: string, b: string): number => Number(a) - Number(b);
  t.is(siblings.last(order), "3");
  t.is(empty.last(order), undefined);
  const winner = siblings.lastWriterWins("b", order);
  t.deepEqual(winner.values(), ["3"]);
  t.is(compare(siblings, winner), "before");
  t.deepEqual(siblings.reconcile("b", (values) => values.join("+")).values(), ["2+3+1"]);
  t.is(winner.lastWriterWins("b", order), winner);
  // Two servers that reconcile at once agree on the value, and the next reconciliation has one winner left.
  const twice = siblings.lastWriterWins("b", order).sync(siblings.lastWriterWins("c", order));
  t.deepEqual([...new Set(twice.values())], ["3"]);
  t.is(twice.lastWriterWins("b", order).size, 1);
});

test("map changes values and nothing else", (t) => {
  const set = empty.update("a", "1", versionVector()).update("b", "22", versionVector());
  t.deepEqual(set.map((value) => value.length).values(), [1, 2]);
  t.is(compare(set.join(), set.map(() => 0).join()), "equal");
});

const utf8 = new TextEncoder();
const encode = (set: Siblings): Uint8Array =>
  encodeDottedVersionVectorSet(set, (value) => utf8.encode(value));
const decode = (bytes: Uint8Array): Siblings =>
  decodeDottedVersionVectorSet(bytes, (value) => new TextDecoder("utf-8", { fatal: true }).decode(value));

test("bytes and JSON give the set back", (t) => {
  fc.assert(
    fc.property(history, (steps) => {
      for (const { set } of run(steps)) {
        t.deepEqual(decode(encode(set)).entries, set.entries);
        t.deepEqual(decode(Buffer.from(encode(set))).entries, set.entries);
        t.deepEqual(dottedVersionVectorSet(JSON.parse(JSON.stringify(set))).entries, set.entries);
      }
    }),
  );
});

test("every cut and every flipped bit of an encoding is noticed, and so is a value that is none", (t) => {
  const set = empty
    .update("a", "one", versionVector())
    .update("a", "two", versionVector())
    .update("b", "three");
  for (const bad of damaged(encode(set))) t.throws(() => decode(bad), { code: "CLOCKS_MALFORMED_BYTES" });
  const bytes = encodeDottedVersionVectorSet(set, () => Uint8Array.of(0xff));
  const error = t.throws(() => decode(bytes), { code: "CLOCKS_MALFORMED_BYTES" });
  t.true(error.cause instanceof TypeError);
});

test("values may be encodings of this package themselves", (t) => {
  const contexts = [causalContext({ a: [1, 5] }), causalContext({ b: [2, 3] })];
  const set = contexts.reduce(
    (all, context) => all.update("s", context, versionVector()),
    dottedVersionVectorSet<CausalContext>(),
  );
  const back = decodeDottedVersionVectorSet(
    encodeDottedVersionVectorSet(set, encodeCausalContext),
    decodeCausalContext,
  );
  t.deepEqual(JSON.stringify(back), JSON.stringify(set));
});

test("more values than writes are refused even with a right check", (t) => {
  t.deepEqual(decode(forged([0x13, 1, 1, 0x61, 2, 1, 1, 0x78])).entries, [
    { id: "a", counter: 2, values: ["x"] },
  ]);
  for (const body of [
    [0x13, 1, 1, 0x61, 1, 2, 0, 0],
    [0x13, 1, 1, 0x61, 0, 0],
    [0x13, 1, 1, 0x61, 3, 0xff, 0x7f, 0],
  ]) {
    t.throws(() => decode(forged(body)), { code: "CLOCKS_MALFORMED_BYTES" });
  }
});

test("a decoded value keeps nothing of the message", (t) => {
  const message = Buffer.from(
    encodeDottedVersionVectorSet(empty.update("a", "xyz"), (value) => utf8.encode(value)),
  );
  const set = decodeDottedVersionVectorSet(message, (bytes) => bytes);
  message.fill(0);
  t.deepEqual([...set.values()[0]!], [...utf8.encode("xyz")]);
});

test("bad arguments get typed errors", (t) => {
  const bad: unknown[] = [
    null,
    "x",
    [null],
    [{ id: "a", counter: 1, values: ["x", "y"] }],
    [{ id: "a", counter: 0, values: [] }],
    [{ id: "a", counter: 1 }],
    [
      { id: "a", counter: 1, values: [] },
      { id: "a", counter: 2, values: [] },
    ],
  ];
  for (const entries of bad)
    t.throws(() => dottedVersionVectorSet(entries as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => empty.sync({} as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => empty.discard({ a: 1 } as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => empty.update("a", "x", { a: 1 } as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => empty.update("", "x"), { code: "CLOCKS_INVALID_ARGUMENT" });
  const full = dottedVersionVectorSet([
    { id: "a", counter: Number.MAX_SAFE_INTEGER, values: [] as string[] },
  ]);
  t.throws(() => full.update("a", "x"), { code: "CLOCKS_COUNTER_OVERFLOW" });
});
