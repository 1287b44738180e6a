import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Order, Sample } from "./groups-host.ts";
import type { Figures } from "./load.ts";

const voters = ["a", "b", "c"];

/** Three hosts of many groups, each a process, on loopback and a folder of their own. */
export class GroupsCluster implements AsyncDisposable {
  readonly #processes: Map<string, ChildProcess> = new Map();
  readonly #exits: Map<string, Promise<never>> = new Map();
  readonly #count: number;
  #directory = "";
  /** The host that is asked, and measured, and killed in the end: the one that leads most groups. */
  #chief = voters[0]!;

  private constructor(count: number) {
    this.#count = count;
  }

  static async start(count: number, quiesce: boolean): Promise<GroupsCluster> {
    const cluster = new GroupsCluster(count);
    cluster.#directory = await mkdtemp(join(tmpdir(), "coterie-groups-"));
    const peers: Record<string, string> = {};
    for (const id of voters) {
      const execArgv = [...process.execArgv, "--expose-gc"];
      const script = join(import.meta.dirname, "groups-host.ts");
      const child = fork(script, { execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
      cluster.#processes.set(id, child);
      const exit = once(child, "exit").then(([code, signal]) => {
        throw new Error(`${id} exited with ${code ?? signal}`);
      });
      exit.catch(() => {});
      cluster.#exits.set(id, exit);
      const directory = join(cluster.#directory, id);
      peers[id] = (
        (await cluster.ask(id, { do: "start", id, directory, quiesce })) as { address: string }
      ).address;
    }
    for (const id of voters) await cluster.ask(id, { do: "connect", peers });
    return cluster;
  }

  async ask(id: string, order: Order): Promise<Answer> {
    const child = this.#processes.get(id)!;
    child.send(order);
    const [answer] = (await Promise.race([once(child, "message"), this.#exits.get(id)!])) as [Answer];
    return answer;
  }

  sample(id: string = this.#chief, collect = false): Promise<Sample> {
    return this.ask(id, { do: "sample", collect }) as Promise<Sample>;
  }

  /** Opens all groups everywhere; answers how long that took the slowest host. */
  async open(): Promise<number> {
    const answers = await Promise.all(
      voters.map((id) => this.ask(id, { do: "open", voters, count: this.#count })),
    );
    return Math.max(...answers.map((answer) => (answer as { ms: number }).ms));
  }

  /** Waits until every group is led, and quiet if it can be. Answers how many are led by the host that leads most. */
  async settle(quiet: boolean): Promise<number> {
    for (;;) {
      const samples = await Promise.all(voters.map((id) => this.sample(id)));
      const led = samples.reduce((sum, { leading }) => sum + leading, 0);
      const most = Math.max(...samples.map(({ leading }) => leading));
      this.#chief = voters[samples.findIndex(({ leading }) => leading === most)]!;
      if (led === this.#count && (!quiet || samples.every((sample) => sample.quiet === this.#count)))
        return most;
      await sleep(200);
    }
  }

  /** Writes at the leader: of so many groups, or of the one by `createRaft` when that is none. */
  load(groups: number, clients: number, durationMs: number): Promise<Figures> {
    return this.ask(groups === 0 ? voters[0]! : this.#chief, {
      do: "load",
      groups,
      clients,
      durationMs,
    }) as Promise<Figures>;
  }

  /** Kills the host that leads most. Answers after how many milliseconds no group followed it, or nobody, any more. */
  async failOver(): Promise<number> {
    const child = this.#processes.get(this.#chief)!;
    child.kill("SIGKILL");
    const began = performance.now();
    await once(child, "exit");
    this.#processes.delete(this.#chief);
    const others = voters.filter((id) => id !== this.#chief);
    for (;;) {
      const of = this.#chief;
      const following = await Promise.all(others.map((id) => this.ask(id, { do: "count followers", of })));
      if (following.every((count) => count === 0)) return performance.now() - began;
      await sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.values()) {
      child.disconnect();
      await once(child, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
