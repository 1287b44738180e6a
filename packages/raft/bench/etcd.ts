import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Figures, load } from "./load.ts";

// biome-ignore lint/suspicious/noExplicitAny: a peer, whose types are not installed here.
type Etcd3 = any;

/** Whether there is an etcd to measure. */
export function etcdVersion(): string | undefined {
  const { stdout } = spawnSync("etcd", ["--version"], { encoding: "utf8" });
  return /etcd Version: (\S+)/.exec(stdout ?? "")?.[1];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Three etcd servers on loopback, called by npm etcd3 from this process, as its users do. */
export class EtcdGroup implements AsyncDisposable {
  readonly #servers: ChildProcess[] = [];
  #clients: Etcd3[] = [];
  #directory = "";

  static async start(etcd3: { Etcd3: new (options: object) => Etcd3 }): Promise<EtcdGroup> {
    const group = new EtcdGroup();
    group.#directory = await mkdtemp(join(tmpdir(), "coterie-bench-etcd-"));
    const nodes = await Promise.all(
      ["a", "b", "c"].map(async (name) => ({ name, peer: await freePort(), port: await freePort() })),
    );
    const cluster = nodes.map(({ name, peer }) => `${name}=http://127.0.0.1:${peer}`).join(",");
    for (const { name, peer, port } of nodes) {
      const args = [
        ["--name", name],
        ["--data-dir", join(group.#directory, name)],
        ["--listen-peer-urls", `http://127.0.0.1:${peer}`],
        ["--initial-advertise-peer-urls", `http://127.0.0.1:${peer}`],
        ["--listen-client-urls", `http://127.0.0.1:${port}`],
        ["--advertise-client-urls", `http://127.0.0.1:${port}`],
        ["--initial-cluster", cluster],
        ["--log-level", "error"],
      ].flat();
      group.#servers.push(spawn("etcd", args, { stdio: "ignore" }));
    }
    group.#clients = nodes.map(({ port }) => new etcd3.Etcd3({ hosts: `http://127.0.0.1:${port}` }));
    for (let tries = 0; ; tries++) {
      try {
        await group.#clients[0].put("ready").value("yes");
        return group;
      } catch (error) {
        if (tries > 50) throw error;
        await sleep(200);
      }
    }
  }

  load(kind: "write" | "read", clients: number, durationMs: number): Promise<Figures> {
    const value = Buffer.alloc(100);
    const key = (n: number): string => String(n % 10_000).padStart(8, "0");
    return load(clients, durationMs, (n) => {
      const etcd = this.#clients[n % this.#clients.length];
      return kind === "write" ? etcd.put(key(n)).value(value) : etcd.get(key(n)).buffer();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const server of this.#servers) {
      server.kill();
      await once(server, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
