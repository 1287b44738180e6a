import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "./load.ts";
import type { Answer, Order, Usage } from "./member.ts";

const voters = ["a", "b", "c"];
const client = "client";

/** Three members and a client, each a process, on loopback and a folder of their own. */
export class Group implements AsyncDisposable {
  readonly #processes: Map<string, ChildProcess> = new Map();
  readonly #exits: Map<string, Promise<never>> = new Map();
  readonly #addresses: Record<string, string> = {};
  #directory = "";

  static async start(): Promise<Group> {
    const group = new Group();
    group.#directory = await mkdtemp(join(tmpdir(), "coterie-bench-"));
    for (const id of [...voters, client]) await group.#start(id);
    await group.leader();
    return group;
  }

  /** Starts a process, and tells everybody where it listens. */
  async #start(id: string): Promise<void> {
    this.#fork(id, join(import.meta.dirname, "member.ts"));
    const directory = join(this.#directory, id);
    const { address } = (await this.ask(id, {
      do: "start",
      id,
      voters,
      directory,
      member: id !== client,
    })) as {
      address: string;
    };
    this.#addresses[id] = address;
    for (const other of this.#processes.keys())
      await this.ask(other, { do: "connect", peers: this.#addresses });
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

  /** What all processes together have used since they began. */
  async usage(): Promise<Usage> {
    const used = (await Promise.all(
      [...this.#processes.keys()].map((id) => this.ask(id, { do: "usage" })),
    )) as Usage[];
    return {
      processorMs: used.reduce((sum, { processorMs }) => sum + processorMs, 0),
      frames: used.reduce((sum, { frames }) => sum + frames, 0),
    };
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

  /**
   * Kills the leader while one client writes at another member, one write after the other, and starts it again.
   * Answers the longest that the client waited, in milliseconds.
   */
  async failOver(): Promise<number> {
    const leader = await this.leader();
    const witness = voters.find((id) => id !== leader)!;
    const load = this.ask(witness, { do: "load", kind: "write", clients: 1, durationMs: 3_500 });
    await sleep(700);
    const child = this.#processes.get(leader)!;
    child.kill("SIGKILL");
    await once(child, "exit");
    const { maxMs } = (await load) as Figures;
    await this.#start(leader);
    await this.leader();
    return maxMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.values()) {
      child.disconnect();
      await once(child, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
