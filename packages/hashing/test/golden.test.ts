import { readFileSync, writeFileSync } from "node:fs";
import test from "ava";
import {
  AnchorHash,
  HashRing,
  JumpHash,
  jumpHash,
  type Key,
  Maglev,
  MultiProbe,
  murmur3,
  type Node,
  Partitions,
  type Placement,
  Rendezvous,
  SkeletonRendezvous,
} from "../src/index.ts";
import { named } from "./strategies.ts";

// The vectors are a promise to every process that runs another version, or another language. A failure here means
// that keys would move on an upgrade: give the strategy a new version in its fingerprint, and only then rewrite
// the file with REWRITE_GOLDEN=1.

const file = new URL("../golden/vectors.json", import.meta.url);

const texts = [
  "",
  "a",
  "user:1",
  "user:2",
  "session/0f3c",
  "Zürich",
  "ключ",
  "🙂",
  "x".repeat(100),
  "order-2026-11",
];
const integers = [
  0,
  1,
  -1,
  42,
  4_294_967_296,
  -4_294_967_297,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
];
const blobs = ["", "00", "ff", "00000000", "deadbeef", "0102030405060708090a0b0c0d0e0f"];

type WrittenKey = { string: string } | { integer: number } | { bytes: string };
const writtenKeys: WrittenKey[] = [
  ...texts.map((string) => ({ string })),
  ...integers.map((integer) => ({ integer })),
  ...blobs.map((bytes) => ({ bytes })),
];

function read(key: WrittenKey): Key {
  if ("string" in key) return key.string;
  return "integer" in key ? key.integer : Uint8Array.from(Buffer.from(key.bytes, "hex"));
}

const weighted: Node[] = named(8).map((id, i) => ({ id, weight: [0.5, 1, 2, 3.25][i % 4] }));

function anchorWithHistory(): AnchorHash {
  const anchor = new AnchorHash(named(9), { capacity: 16 });
  for (const id of ["node-3", "node-8", "node-0"]) anchor.remove(id);
  anchor.add("node-9");
  return anchor;
}

const placements: Record<string, Placement> = {
  "ring as it comes": new HashRing(named(5)),
  "ring, weighted": new HashRing(weighted, { virtualNodes: 100, arcs: 4096, seed: 7 }),
  rendezvous: new Rendezvous(named(8)),
  "rendezvous, weighted": new Rendezvous(weighted, { seed: 4_294_967_295 }),
  "skeleton, weighted": new SkeletonRendezvous([...weighted, ...named(60, "leaf-")]),
  jump: new JumpHash(named(11)),
  maglev: new Maglev(named(6), { table: 251 }),
  "maglev, weighted": new Maglev(weighted, { table: 1009 }),
  "multi-probe": new MultiProbe(weighted, { probes: 5, virtualNodes: 4 }),
  "anchor with a history": anchorWithHistory(),
  "partitions of rendezvous": new Partitions(new Rendezvous(named(8)), { partitions: 100 }),
};

function vectors(): unknown {
  return {
    about:
      "Made by test/golden.test.ts, read by golden/check.py. INTERNALS.md tells how each number comes about.",
    hashes: writtenKeys.map((key) => ({
      key,
      hash: [0, 1, 0x9747b28c].map((seed) => hashOf(read(key), seed)),
    })),
    jump: integers.flatMap((key) =>
      [1, 2, 57, 1000, 2_147_483_647].map((buckets) => [key, buckets, jumpHash(key, buckets)]),
    ),
    placements: Object.entries(placements).map(([name, placement]) => ({
      name,
      fingerprint: placement.fingerprint(),
      nodes: placement.nodes().map(({ id, weight }) => ({ id, weight })),
      ...(placement instanceof AnchorHash
        ? { removed: placement.state().removed, buckets: bucketIds(placement) }
        : {}),
      owners: writtenKeys.map((key) => placement.owners(read(key), 3)),
    })),
  };
}

function bucketIds(anchor: AnchorHash): (string | null)[] {
  return anchor.state().buckets.map((node) => node?.id ?? null);
}

function hashOf(key: Key, seed: number): number {
  if (typeof key === "string") return murmur3.string!(key, seed);
  return typeof key === "number" ? murmur3.integer!(key, seed) : murmur3.bytes(key, seed);
}

if (process.env.REWRITE_GOLDEN === "1") writeFileSync(file, `${JSON.stringify(vectors(), null, 1)}\n`);

test("every strategy places keys as the golden vectors say", (t) => {
  t.deepEqual(vectors(), JSON.parse(readFileSync(file, "utf8")));
});
