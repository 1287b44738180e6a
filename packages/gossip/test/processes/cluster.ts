import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

type States = Readonly<Record<string, string>>;

/** What a member says to its parent. */
interface Said {
  readonly address?: string;
  readonly failed?: string;
  readonly states?: States;
  readonly asked?: number;
}

/** A member in a process of its own, as its parent knows it. */
export class Process {
  readonly id: string;
  readonly child: ChildProcess;
  address = "";
  states: States = {};
  /** How often it has asked others to look at a member that did not answer it. */
  asked = 0;
  /** Whom it has called failed. */
  readonly failed: string[] = [];

  constructor(id: string, seed: string | undefined) {
    this.id = id;
    const file = new URL("./member.ts", import.meta.url).pathname;
    const execArgv = ["--conditions=@coterie/source"];
    this.child = fork(file, seed === undefined ? [id] : [id, seed], { execArgv });
    this.child.on("message", ({ address, failed, states, asked }: Said) => {
      if (address !== undefined) this.address = address;
      if (failed !== undefined) this.failed.push(failed);
      if (states !== undefined) this.states = states;
      if (asked !== undefined) this.asked = asked;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  tell(what: { readonly cut?: string; readonly mend?: true; readonly leave?: true }): void {
    this.child.send(what);
  }
}

/** Looks again and again whether it holds, for a time that no healthy machine needs. */
export async function eventually(holds: () => boolean, withinMs = 180_000): Promise<boolean> {
  for (let waited = 0; waited < withinMs && !holds(); waited += 50) await sleep(50);
  return holds();
}

export class ProcessCluster implements AsyncDisposable {
  readonly members: readonly Process[];

  private constructor(members: readonly Process[]) {
    this.members = members;
  }

  /** The first is the seed of all others. Resolves when all hold all for alive. */
  static async start(count: number): Promise<ProcessCluster> {
    const first = new Process("m1", undefined);
    const all = [first];
    const cluster = new ProcessCluster(all);
    try {
      if (!(await eventually(() => first.address !== ""))) throw new Error("m1 did not start");
      for (let i = 2; i <= count; i++) all.push(new Process(`m${i}`, first.address));
      if (!(await eventually(() => cluster.agree(all)))) throw new Error("they did not find each other");
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  member(id: string): Process {
    return this.members.find((one) => one.id === id)!;
  }

  /** Whether each of these holds each of these for alive. */
  agree(some: readonly Process[]): boolean {
    return some.every(({ states }) => some.every(({ id }) => states[id] === "alive"));
  }

  /** All but some. */
  without(...ids: readonly string[]): readonly Process[] {
    return this.members.filter(({ id }) => !ids.includes(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.members) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
  }
}
