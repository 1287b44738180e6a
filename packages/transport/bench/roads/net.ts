import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { recordsPerTurn } from "../payload.ts";
import { Countdown, type FarRoad, frames, type NearRoad } from "./road.ts";

/** Bare TCP: length-prefixed frames, corked while a turn writes. Its connections do nothing but count. */
export async function farNet(): Promise<FarRoad> {
  const countdown = new Countdown();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on(
      "data",
      frames(() => countdown.count(1)),
    );
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { address: String(port), expect: (count, done) => countdown.expect(count, done) };
}

export async function nearNet(address: string): Promise<NearRoad> {
  const socket: Socket = connect({ port: Number(address), host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return {
    async send(bytes, count) {
      const body = Buffer.alloc(bytes);
      let left = count;
      while (left > 0) {
        let room = true;
        socket.cork();
        for (let i = 0; i < recordsPerTurn && left > 0; i++) {
          // A frame of its own for each record: what it holds is not known before.
          const frame = Buffer.allocUnsafe(4 + bytes);
          frame.writeUInt32LE(bytes, 0);
          frame.set(body, 4);
          room = socket.write(frame);
          left--;
        }
        socket.uncork();
        if (room) await turn();
        else await once(socket, "drain");
      }
    },
    async close() {
      socket.destroy();
    },
  };
}
