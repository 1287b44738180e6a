// Two processes over loopback TCP. What is measured is what an application sees: a record is a message that was
// encoded, sent, received, decoded and handed to its receiver.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Contender } from "@coterie/bench";
import { generateKeys } from "@coterie/transport";
import { type FarProcess, startFar, startNarrowLink } from "./far-process.ts";
import { lanes } from "./lanes.ts";
import { nearCoterie } from "./roads/coterie.ts";
import { nearGrpc } from "./roads/grpc.ts";
import { nearNet } from "./roads/net.ts";
import type { NearRoad } from "./roads/road.ts";
import { nearZeromq } from "./roads/zeromq.ts";

export const peers: Readonly<Record<string, string>> = { "@grpc/grpc-js": "1.14.7" };

/** Records per second, from the first send to the last arrival. */
function oneWay(
  far: FarProcess,
  name: string,
  road: NearRoad,
  bytes: number,
  count: number,
  lent = false,
): Contender {
  return async () => {
    const { arrived } = await far.expect(name, count);
    const started = performance.now();
    await road.send!(bytes, count, lent);
    await arrived;
    return (count / (performance.now() - started)) * 1_000;
  };
}

/** Calls per second with so many in flight. */
function calls(road: NearRoad, bytes: number, inFlight: number, count: number): Contender {
  return async () => {
    let left = count;
    const started = performance.now();
    const caller = async (): Promise<void> => {
      while (left-- > 0) await road.call!(bytes);
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    return (count / (performance.now() - started)) * 1_000;
  };
}

/** Median round trip in microseconds, one after another on an idle link. */
function roundTrip(road: NearRoad, bytes: number, count: number): Contender {
  return async () => {
    const micros = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      await road.ping!(bytes);
      micros[i] = (performance.now() - started) * 1_000;
    }
    return micros.sort()[count >> 1]!;
  };
}

/** The same over a link that is narrower than a processor: what comes to this process passes through it. */
async function link(bench: Bench, far: FarProcess): Promise<void> {
  const megabits = 100;
  const socket = join(tmpdir(), `coterie-bench-${process.pid}`);
  using narrow = await startNarrowLink(socket, megabits * 1_000_000);
  const listen = `ipc://${socket}`;
  const road = await nearCoterie(far.addresses.coterie!, { id: "narrow", listen, advertise: narrow.address });
  await lanes(bench, road, `link of ${megabits} Mbit/s`, 64);
  await road.close();
}

/** What sending 10 million records to a peer that has stopped reading costs in memory. */
async function memory(bench: Bench, far: FarProcess, road: NearRoad): Promise<void> {
  const stalledMs = 8_000;
  far.stall(stalledMs);
  const resumes = sleep(stalledMs);
  await sleep(500);
  const before = process.memoryUsage().rss;
  await road.flood!(10_000_000);
  const grown = (process.memoryUsage().rss - before) / 1024 ** 2;
  bench.report({
    case: "memory for 10 million records to a peer that stopped reading (72 is the bound)",
    unit: "MiB",
    better: "lower",
    ours: grown,
  });
  await resumes;
}

interface Roads {
  readonly coterie: NearRoad;
  readonly curve: NearRoad;
  readonly zeromq: NearRoad;
  readonly zeromqFresh: NearRoad;
  readonly net: NearRoad;
  readonly grpc: NearRoad | undefined;
}

async function throughput(bench: Bench, far: FarProcess, roads: Roads): Promise<void> {
  const { coterie, curve, zeromq, zeromqFresh, net } = roads;
  const sizes = [
    { name: "64 B", bytes: 64, count: 400_000, slow: 60_000, target: 10 },
    { name: "1 KiB", bytes: 1_024, count: 100_000, slow: 50_000, target: 4 },
    { name: "1 KiB, borrowed", bytes: 1_024, count: 100_000, slow: 50_000, lent: true },
    { name: "64 KiB", bytes: 65_536, count: 6_000, slow: 6_000 },
    { name: "64 KiB, lent and borrowed", bytes: 65_536, count: 6_000, slow: 6_000, lent: true, target: 0.95 },
  ];
  for (const { name, bytes, count, slow, lent, target } of sizes)
    await bench.compare({
      case: `one way, ${name}, against zeromq.js await send`,
      unit: "records/s",
      better: "higher",
      ours: oneWay(far, "coterie", coterie, bytes, count, lent),
      peers: {
        zeromq: oneWay(far, "zeromq", zeromq, bytes, slow),
        "zeromq, fresh buffers": oneWay(far, "zeromq", zeromqFresh, bytes, slow),
      },
      ...(target !== undefined && { target }),
    });
  await bench.compare({
    case: "one way, 64 B, against node:net corked per turn",
    unit: "records/s",
    better: "higher",
    ours: oneWay(far, "coterie", coterie, 64, 400_000),
    peers: { net: oneWay(far, "net", net, 64, 400_000) },
    target: 1,
  });
  await bench.compare({
    case: "one way, 64 B, ours with CURVE, zeromq.js without",
    unit: "records/s",
    better: "higher",
    ours: oneWay(far, "curve", curve, 64, 400_000),
    peers: { zeromq: oneWay(far, "zeromq", zeromq, 64, 60_000) },
    target: 5,
  });
}

async function rpc(bench: Bench, { coterie, zeromq, grpc }: Roads): Promise<void> {
  for (const { inFlight, count, slow, target } of [
    { inFlight: 64, count: 60_000, slow: 3_000, target: 25 },
    { inFlight: 1_024, count: 200_000, slow: 4_000, target: 100 },
  ])
    await bench.compare({
      case: `calls, 64 B, ${inFlight} in flight`,
      unit: "calls/s",
      better: "higher",
      ours: calls(coterie, 64, inFlight, count),
      peers: { "grpc-js": grpc && calls(grpc, 64, inFlight, slow) },
      target,
    });
  await bench.compare({
    case: "round trip on an idle link, 64 B, p50",
    unit: "us",
    better: "lower",
    ours: roundTrip(coterie, 64, 3_000),
    peers: { zeromq: roundTrip(zeromq, 64, 3_000) },
    target: 1 / 1.2,
  });
}

const partNames = ["memory", "throughput", "rpc", "lanes", "link"];

/** Runs every part, or those whose names are given. */
export async function run(bench: Bench): Promise<void> {
  const unknown = bench.args.filter((arg) => !partNames.includes(arg));
  if (unknown.length > 0) throw new Error(`no part "${unknown[0]}"; there are: ${partNames.join(", ")}`);
  const asked = (part: string): boolean => bench.args.length === 0 || bench.args.includes(part);
  const withGrpc = (await bench.peer("@grpc/grpc-js")) !== undefined;
  const keys = { near: generateKeys(), far: generateKeys() };
  const trusted = new Map(Object.entries(keys).map(([id, { publicKey }]) => [id, publicKey]));
  using far = await startFar(bench.peersFolder, withGrpc, keys);
  const { addresses } = far;
  const roads: Roads = {
    coterie: await nearCoterie(addresses.coterie!),
    curve: await nearCoterie(addresses.curve!, { security: { ...keys.near, peers: trusted } }),
    zeromq: await nearZeromq(addresses.zeromq!, false),
    zeromqFresh: await nearZeromq(addresses.zeromq!, true),
    net: await nearNet(addresses.net!),
    grpc: withGrpc ? await nearGrpc(addresses.grpc!, bench.peersFolder) : undefined,
  };
  // First, while this process has not grown for another reason.
  if (asked("memory")) await memory(bench, far, roads.coterie);
  if (asked("throughput")) await throughput(bench, far, roads);
  if (asked("rpc")) await rpc(bench, roads);
  if (asked("lanes")) await lanes(bench, roads.coterie, "loopback", 1_024);
  if (asked("link")) await link(bench, far);
  for (const road of Object.values(roads) as (NearRoad | undefined)[]) await road?.close();
}
