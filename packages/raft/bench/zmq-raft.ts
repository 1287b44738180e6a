import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Figures } from "./load.ts";

/*
 * zmq-raft 0.5.0 needs native code that is prebuilt for no Node that lives, and builds up to Node 20 alone. So it is
 * measured where somebody has built it, by the Node that it was built with:
 *
 *   apt-get install libzmq3-dev; mkdir peer; cd peer
 *   echo '{"dependencies":{"zmq-raft":"0.5.0","debug":"4"},"overrides":{"zeromq":"5.3.1"}}' > package.json
 *   npm_config_zmq_external=true npm install                  # with Node 20
 *   npm run bench -- raft --zmq-raft peer --zmq-raft-node /usr/bin/node
 */

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  return ports;
}

const server = `
const { id, peers, pub, path } = JSON.parse(process.argv[1]);
require("zmq-raft").server.builder.build({
  id, peers, secret: "bench", data: { path }, router: { bind: peers.find((peer) => peer.id === id).url },
  broadcast: { url: pub },
}).then((raft) => raft.on("error", () => process.exit(1)));
`;

const client = `
const { client: { ZmqRaftClient }, utils: { id: { genIdent } } } = require("zmq-raft");
const { urls, load: source } = JSON.parse(process.argv[1]);
const value = Buffer.alloc(100);
const sockets = [];
const socket = (n) => (sockets[n] ??= new ZmqRaftClient(urls, { secret: "bench" }));
const write = (n) => socket(n).requestUpdate(genIdent(), value, 10_000);
import(source).then(async ({ load }) => {
  await write(0);
  console.log("{}");
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const { clients, durationMs } = JSON.parse(line);
    // Whoever is free next: each client has a socket of its own.
    const free = Array.from({ length: clients }, (_, n) => n);
    console.log(JSON.stringify(await load(clients, durationMs, async () => {
      const n = free.pop();
      await write(n);
      free.push(n);
    })));
  }
  process.exit(0);
});
`;

/** Three zmq-raft servers on loopback, called from a process of their own kind. */
export class ZmqRaftGroup implements AsyncDisposable {
  readonly #processes: ChildProcess[] = [];
  readonly #directory: string;
  readonly #client: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(directory: string, servers: readonly ChildProcess[], asking: ChildProcess) {
    this.#directory = directory;
    this.#processes.push(asking, ...servers);
    this.#client = asking;
    this.#answers = createInterface({ input: asking.stdout! })[Symbol.asyncIterator]();
  }

  /** Undefined when the peer is not there. */
  static async start(folder: string, node: string): Promise<ZmqRaftGroup | undefined> {
    if (!existsSync(join(folder, "node_modules", "zmq-raft"))) return undefined;
    const directory = await mkdtemp(join(tmpdir(), "coterie-bench-zmq-raft-"));
    const ports = await freePorts(6);
    const peers = ["a", "b", "c"].map((id, i) => ({ id, url: `tcp://127.0.0.1:${ports[i]}` }));
    const run = (code: string, options: object): ChildProcess =>
      spawn(node, ["--eval", code, JSON.stringify(options)], {
        cwd: folder,
        stdio: ["pipe", "pipe", "inherit"],
      });
    const servers = peers.map(({ id }, i) => {
      const pub = `tcp://127.0.0.1:${ports[3 + i]}`;
      return run(server, { id, peers, pub, path: join(directory, id) });
    });
    const source = await readFile(join(import.meta.dirname, "load.ts"), "utf8");
    const load = join(directory, "load.mjs");
    await writeFile(load, stripTypeScriptTypes(source));
    const group = new ZmqRaftGroup(
      directory,
      servers,
      run(client, { urls: peers.map(({ url }) => url), load }),
    );
    await group.#answers.next();
    return group;
  }

  async load(clients: number, durationMs: number): Promise<Figures> {
    this.#client.stdin!.write(`${JSON.stringify({ clients, durationMs })}\n`);
    const { value } = await this.#answers.next();
    return JSON.parse(value as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
