import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** From one node to another. What a node says travels on its own link; what it hears, on the other's. */
export type Pair = readonly [from: string, to: string];

/** One direction between two nodes, through a proxy of its own. */
class Link {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(target: string): Promise<{ readonly link: Link; readonly address: string }> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    const link = new Link(server);
    server.on("connection", (socket) => link.#join(socket, connect(Number(port), hostname)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { link, address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  /** Lets two sockets be one connection: what one says the other hears, and neither outlives the other. */
  #join(one: Socket, other: Socket): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      to.on("drain", () => {
        if (!this.#cut) from.resume();
      });
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#cut) from.pause();
    }
  }

  /** From now on no byte gets through, and neither end is told. New connections are made, and carry nothing. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was held goes on its way; or, as after a long silence, the connections are gone with it. */
  heal(reset: boolean): void {
    this.#cut = false;
    for (const socket of this.#sockets) {
      if (reset) socket.destroy();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** All links between the nodes of a cluster, each of which can be cut by itself. */
export class Links implements AsyncDisposable {
  readonly #links = new Map<string, Link>();

  /** Puts a proxy between two nodes; answers where the first one reaches the second from now on. */
  readonly between = async (from: string, to: string, target: string): Promise<string> => {
    const { link, address } = await Link.open(target);
    this.#links.set(`${from}>${to}`, link);
    return address;
  };

  cut(pairs: readonly Pair[]): void {
    for (const [from, to] of pairs) this.#links.get(`${from}>${to}`)?.cut();
  }

  heal(pairs: readonly Pair[], reset: boolean): void {
    for (const [from, to] of pairs) this.#links.get(`${from}>${to}`)?.heal(reset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }
}
