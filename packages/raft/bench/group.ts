import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "./load.ts";
import type { Answer, Order } from "./member.ts";

const voters = ["a", "b", "c"];
const client = "client";

/** Three members and a client, each a process, on loopback and a folder of their own. */
export class Group implements AsyncDisposable {
  readonly #processes: Map<string, ChildProcess> = new Map();
  readonly #exits: Map<string, Promise<never>> = new Map();
  #directory = "";

  static async start(): Promise<Group> {
    const group = new Group();
    group.#directory = await mkdtemp(join(tmpdir(), "coterie-bench-"));
    const addresses: Record<string, string> = {};
    for (const id of [...voters, client]) {
      const script = join(import.meta.dirname, "member.ts");
      group.#fork(id, script);
      const directory = join(group.#directory, id);
      const { address } = (await group.ask(id, {
        do: "start",
        id,
        voters,
        directory,
        member: id !== client,
      })) as { address: string };
      addresses[id] = address;
    }
    for (const id of group.#processes.keys()) await group.ask(id, { do: "connect", peers: addresses });
    await group.leader();
    return group;
  }

  async ask(id: string, order: Order): Promise<Answer> {
    const child = this.#processes.get(id)!;
    child.send(order);
    const [answer] = (await Promise.race([once(child, "message"), this.#exits.get(id)!])) as [Answer];
    return answer;
  }

  #fork(id: string, script: string): void {
    const child = fork(script, { execArgv: process.execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const exit = once(child, "exit").then(([code]) => {
      throw new Error(`${id} exited with ${code}`);
    });
    exit.catch(() => {});
    this.#processes.set(id, child);
    this.#exits.set(id, exit);
  }

  /** Waits until all members know of the same leader. */
  async leader(): Promise<string> {
    for (;;) {
      const known = await Promise.all(voters.map((id) => this.ask(id, { do: "status" })));
      const leaders = new Set(known.map((answer) => (answer as { leader: string | null }).leader));
      const [leader] = leaders;
      if (leaders.size === 1 && leader) return leader;
      await sleep(50);
    }
  }

  /** Load from inside the leader's process, from inside a follower's, or from a process that is no member. */
  async load(
    from: "leader" | "follower" | "remote",
    kind: "write" | "read",
    clients: number,
    durationMs: number,
  ): Promise<Figures> {
    const leader = await this.leader();
    const follower = voters.find((id) => id !== leader)!;
    const at = from === "remote" ? { at: leader } : {};
    const who = from === "remote" ? client : from === "leader" ? leader : follower;
    return (await this.ask(who, { do: "load", kind, clients, durationMs, ...at })) as Figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.values()) {
      child.disconnect();
      await once(child, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
