// Two processes over loopback TCP. What is measured is what an application sees: a record is a message that was
// encoded, sent, received, decoded and handed to its receiver.
import { performance } from "node:perf_hooks";
import type { Bench, Contender } from "@coterie/bench";
import { type FarProcess, startFar } from "./far-process.ts";
import { nearCoterie } from "./roads/coterie.ts";
import { nearGrpc } from "./roads/grpc.ts";
import { nearNet } from "./roads/net.ts";
import type { NearRoad } from "./roads/road.ts";
import { nearZeromq } from "./roads/zeromq.ts";

export const peers: Readonly<Record<string, string>> = { "@grpc/grpc-js": "1.14.7" };

/** Records per second, from the first send to the last arrival. */
function oneWay(far: FarProcess, name: string, road: NearRoad, bytes: number, count: number): Contender {
  return async () => {
    const { arrived } = await far.expect(name, count);
    const started = performance.now();
    await road.send!(bytes, count);
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

export async function run(bench: Bench): Promise<void> {
  const withGrpc = (await bench.peer("@grpc/grpc-js")) !== undefined;
  using far = await startFar(bench.peersFolder, withGrpc);
  const coterie = await nearCoterie(far.addresses.coterie!);
  const zeromq = await nearZeromq(far.addresses.zeromq!, false);
  const zeromqFresh = await nearZeromq(far.addresses.zeromq!, true);
  const net = await nearNet(far.addresses.net!);
  const grpc = withGrpc ? await nearGrpc(far.addresses.grpc!, bench.peersFolder) : undefined;

  const sizes = [
    { name: "64 B", bytes: 64, count: 400_000, slow: 60_000, target: 10 },
    { name: "1 KiB", bytes: 1_024, count: 100_000, slow: 50_000, target: 4 },
    { name: "64 KiB", bytes: 65_536, count: 6_000, slow: 6_000, target: 0.95 },
  ];
  for (const { name, bytes, count, slow, target } of sizes)
    await bench.compare({
      case: `one way, ${name}, against zeromq.js await send`,
      unit: "records/s",
      better: "higher",
      ours: oneWay(far, "coterie", coterie, bytes, count),
      peers: {
        zeromq: oneWay(far, "zeromq", zeromq, bytes, slow),
        "zeromq, fresh buffers": oneWay(far, "zeromq", zeromqFresh, bytes, slow),
      },
      target,
    });
  await bench.compare({
    case: "one way, 64 B, against node:net corked per turn",
    unit: "records/s",
    better: "higher",
    ours: oneWay(far, "coterie", coterie, 64, 400_000),
    peers: { net: oneWay(far, "net", net, 64, 400_000) },
    target: 1,
  });
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
  for (const road of [coterie, zeromq, zeromqFresh, net, grpc]) await road?.close();
}
