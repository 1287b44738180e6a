import { setImmediate as turn } from "node:timers/promises";
import {
  createRpc,
  createStreams,
  createZmqTransport,
  systemClock,
  type ZmqTransportOptions,
} from "@coterie/transport";
import { echo, payload, recordsPerTurn } from "../payload.ts";
import { Countdown, type FarRoad, type NearRoad } from "./road.ts";

export type CoterieOptions = Partial<ZmqTransportOptions>;

export async function farCoterie(options: CoterieOptions = {}): Promise<FarRoad> {
  const transport = await createZmqTransport({ id: "far", listen: "tcp://127.0.0.1:*", ...options });
  const countdown = new Countdown();
  for (const borrow of [false, true])
    transport.open(`oneway ${borrow}`, payload, { lane: "bulk", borrow }).receive(() => countdown.count(1));
  for (const lane of ["control", "bulk"] as const) {
    const ping = transport.open(`ping ${lane}`, payload, { lane });
    ping.receive((from, message) => void ping.send(from, message));
  }
  const clock = systemClock();
  const piece = new Uint8Array(1024 * 1024);
  createStreams({ transport, clock }).offer("endless", function* () {
    for (;;) yield piece;
  });
  createRpc({ transport, clock }).serve(echo, (request) => request);
  return { address: transport.address, expect: (count, done) => countdown.expect(count, done) };
}

export async function nearCoterie(address: string, options: CoterieOptions = {}): Promise<NearRoad> {
  const transport = await createZmqTransport({ id: "near", listen: "tcp://127.0.0.1:*", ...options });
  transport.connect("far", address);
  const plain = transport.open("oneway false", payload, { lane: "bulk" });
  const lending = transport.open("oneway true", payload, { lane: "bulk", lend: true });
  const ping = {
    control: transport.open("ping control", payload),
    bulk: transport.open("ping bulk", payload, { lane: "bulk" }),
  };
  const clock = systemClock();
  const rpc = createRpc({ transport, clock });
  const streams = createStreams({ transport, clock });
  let pong = (): void => {};
  for (const channel of Object.values(ping)) channel.receive(() => pong());
  return {
    async send(bytes, count, lent = false) {
      const oneway = lent ? lending : plain;
      const message = new Uint8Array(Math.max(0, bytes - (bytes < 130 ? 2 : 3)));
      let left = count;
      while (left > 0) {
        let accepted = true;
        for (let i = 0; i < recordsPerTurn && left > 0 && accepted; i++) {
          accepted = oneway.send("far", message);
          if (accepted) left--;
        }
        if (accepted) await turn();
        else await oneway.drained("far");
      }
    },
    ping: (bytes, lane = "control") =>
      new Promise((resolve) => {
        pong = resolve;
        ping[lane].send("far", new Uint8Array(bytes - 2));
      }),
    async call(bytes) {
      await rpc.call("far", echo, new Uint8Array(bytes - 2));
    },
    async flood(count) {
      const message = new Uint8Array(62);
      for (let i = 0; i < count; i++) {
        plain.send("far", message);
        if (i % 10_000 === 0) await turn();
      }
    },
    async stream(bytes) {
      let left = bytes;
      for await (const piece of streams.fetch("far", "endless", { borrow: true })) {
        left -= piece.length;
        if (left <= 0) break;
      }
    },
    async close() {
      streams[Symbol.dispose]();
      rpc[Symbol.dispose]();
      await transport[Symbol.asyncDispose]();
    },
  };
}
