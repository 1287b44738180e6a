// Version vectors against npm vectorclock. That package has no encoding: its users send JSON, so JSON stands for it.
import { type Bench, opsPerSecond } from "@coterie/bench";
import {
  createVectorClock,
  decodeVersionVector,
  encodeVersionVector,
  encodeVersionVectorInto,
  type VersionVector,
  versionVector,
  versionVectorBytesMax,
} from "@coterie/clocks";

export const peers: Readonly<Record<string, string>> = { vectorclock: "0.0.0" };

/** A clock as npm vectorclock has it. */
type Plain = Record<string, number>;

interface VectorclockModule {
  increment(clock: Plain, id: string): Plain;
  compare(a: Plain, b: Plain): number;
  merge(a: Plain, b: Plain): Plain;
}

const sizes = [3, 10, 100, 1000];
/** Different vectors in each loop, so that nothing is computed once for all. A power of two. */
const variety = 16;
const mask = variety - 1;
/** Many short rounds: on a busy machine the median of them is hardly touched by those that were interrupted. */
const roundMs = 20;
const rounds = 21;

export async function run(bench: Bench): Promise<void> {
  const module = await bench.peer<VectorclockModule & { default?: VectorclockModule }>("vectorclock");
  const vectorclock = module?.default ?? module;
  const report = async (name: string, size: number, ours: Loop, theirs: Loop): Promise<void> => {
    await bench.compare({
      case: `${name}, ${size} entries`,
      unit: "ops/s",
      better: "higher",
      rounds,
      ours: () => opsPerSecond(ours, roundMs),
      peers: { vectorclock: vectorclock === undefined ? undefined : () => opsPerSecond(theirs, roundMs) },
      ...(size === 3 ? { target: 5 } : size === 100 ? { target: 20 } : {}),
    });
  };
  for (const size of sizes) {
    const sample = sampleOf(size);
    await values(sample, vectorclock!, report);
    await codecs(sample, report);
    bench.report({
      case: `bytes, ${size} entries`,
      unit: "B",
      better: "lower",
      ours: encodeVersionVector(sample.vectors[0]!).length,
      peers: { vectorclock: Buffer.byteLength(JSON.stringify(sample.plain[0])) },
    });
  }
}

/** Does its operation n times. */
type Loop = (n: number) => void;
type Report = (name: string, size: number, ours: Loop, theirs: Loop) => Promise<void>;

interface Sample {
  readonly size: number;
  readonly ids: readonly string[];
  /** Neighbours are concurrent. */
  readonly vectors: readonly VersionVector[];
  readonly plain: readonly Plain[];
}

function sampleOf(size: number): Sample {
  const ids = Array.from({ length: size }, (_, i) => `node-${String(i).padStart(4, "0")}`);
  const plain = Array.from({ length: variety }, (_, v) =>
    Object.fromEntries(ids.map((id, i) => [id, 40 + ((i * 7 + v * (i % 2 === 0 ? 1 : 3)) % 1000)])),
  );
  // Raises every other vector in one entry, so that neighbours differ both ways at any size.
  for (const [v, clock] of plain.entries()) clock[ids[v % 2]!]! += 2000;
  return { size, ids, plain, vectors: plain.map((clock) => versionVector(clock)) };
}

async function values(
  { size, ids, vectors, plain }: Sample,
  vectorclock: VectorclockModule,
  report: Report,
): Promise<void> {
  const equal = vectors.map((vector) => versionVector([...vector]));
  const equalPlain = plain.map((clock) => ({ ...clock }));
  await report(
    "compare, half of them equal",
    size,
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const v = i & mask;
        const other = (i & 16) === 0 ? equal[v]! : vectors[(v + 1) & mask]!;
        if (vectors[v]!.compare(other) === "equal") sum++;
      }
      keep(sum);
    },
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const v = i & mask;
        const other = (i & 16) === 0 ? equalPlain[v]! : plain[(v + 1) & mask]!;
        sum += vectorclock.compare(plain[v]!, other);
      }
      keep(sum);
    },
  );
  await report(
    "merge",
    size,
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += vectors[i & mask]!.merge(vectors[(i + 1) & mask]!).size;
      keep(sum);
    },
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++)
        sum += vectorclock.merge(plain[i & mask]!, plain[(i + 1) & mask]!)[ids[0]!]!;
      keep(sum);
    },
  );
  // Every process counts its own events, in place.
  const clocks = vectors.map((vector, v) => createVectorClock(ids[v % size]!, vector));
  const plainClocks = plain.map((clock) => ({ ...clock }));
  const owners = plain.map((_, v) => ids[v % size]!);
  await report(
    "increment",
    size,
    (n) => {
      for (let i = 0; i < n; i++) clocks[i & mask]!.tick();
    },
    (n) => {
      for (let i = 0; i < n; i++) vectorclock.increment(plainClocks[i & mask]!, owners[i & mask]!);
    },
  );
}

async function codecs({ size, vectors, plain }: Sample, report: Report): Promise<void> {
  await report(
    "encode",
    size,
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += encodeVersionVector(vectors[i & mask]!).length;
      keep(sum);
    },
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Buffer.from(JSON.stringify(plain[i & mask]!)).length;
      keep(sum);
    },
  );
  const target = Buffer.alloc(
    Math.max(versionVectorBytesMax(vectors[0]!), JSON.stringify(plain[0]).length + 100),
  );
  await report(
    "encode into a message",
    size,
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += encodeVersionVectorInto(vectors[i & mask]!, target, 0);
      keep(sum);
    },
    (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += target.write(JSON.stringify(plain[i & mask]!));
      keep(sum);
    },
  );
  const encoded = vectors.map((vector) => encodeVersionVector(vector));
  const json = plain.map((clock) => Buffer.from(JSON.stringify(clock)));
  const parse: Loop = (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (JSON.parse(json[i & mask]!.toString()) as Plain)["node-0000"]!;
    keep(sum);
  };
  const decode = (messages: readonly Uint8Array[]): Loop => {
    return (n) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += decodeVersionVector(messages[i & mask]!).size;
      keep(sum);
    };
  };
  await report("decode", size, decode(encoded), parse);
  // No two messages in a row from the same group: what was learnt about the last ones helps nothing.
  const strangers = Array.from({ length: variety }, (_, v) =>
    encodeVersionVector(
      versionVector([...vectors[v]!].map(({ id, counter }) => ({ id: `${id}-${v}`, counter }))),
    ),
  );
  await report("decode, each of another group", size, decode(strangers), parse);
}

/** Where results go, so that no loop can be found useless. */
let kept = 0;
function keep(value: number): void {
  kept = (kept + value) | 0;
}
