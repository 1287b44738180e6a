import { type Status, statusOf } from "../client/client.ts";
import { NodeStartError } from "../errors.ts";
import { type LayoutOptions, layOut } from "./layout.ts";
import { type Ending, Member } from "./member.ts";

export interface SupervisorOptions {
  /**
   * A node that was killed is started again after that many milliseconds. One that stopped for a reason of its own (a
   * corrupt file, a port in use) is not: it would only say the same again. Default: never.
   */
  readonly restartAfterMs?: number;
  /** Told of every node that ended without being asked to. */
  readonly onEnded?: (member: Member, ending: Ending) => void;
  /** How long the cluster may take until it has a leader. Default: 60,000. */
  readonly readyTimeoutMs?: number;
}

/** Starts, watches and stops the nodes of one cluster. When it is disposed of, no process is left. */
export class Supervisor implements AsyncDisposable {
  readonly members: readonly Member[];
  readonly #options: SupervisorOptions;
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #expected = new Set<Member>();
  #stopping = false;

  private constructor(members: readonly Member[], options: SupervisorOptions) {
    this.members = members;
    this.#options = options;
  }

  static async create(layout: LayoutOptions, options: SupervisorOptions = {}): Promise<Supervisor> {
    return new Supervisor(
      (await layOut(layout)).map((settings) => new Member(settings)),
      options,
    );
  }

  get running(): Member[] {
    return this.members.filter((member) => member.running);
  }

  /** Starts every node that does not run, and waits until they have a leader. Throws `NodeStartError`. */
  async start(): Promise<Status> {
    await Promise.all(this.members.map((member) => this.startMember(member)));
    return this.leader();
  }

  /** The leader's status, as soon as a running node says that it is one. Throws `NodeStartError` when none does. */
  async leader(): Promise<Status> {
    const timeoutMs = this.#options.readyTimeoutMs ?? 60_000;
    for (const began = Date.now(); Date.now() - began < timeoutMs; ) {
      if (this.running.length === 0) throw new NodeStartError("no node is running");
      const leaders = (await this.statuses()).filter((status) => status?.role === "leader");
      const newest = leaders.sort((a, b) => b!.term - a!.term)[0];
      if (newest) return newest;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new NodeStartError(
      `the nodes found no leader within ${timeoutMs} ms: see their logs, ${this.#logs()}`,
    );
  }

  /** One status for each running node, undefined for those that do not answer. */
  statuses(): Promise<(Status | undefined)[]> {
    return Promise.all(this.running.map((member) => statusOf(member.url)));
  }

  member(id: string): Member {
    const found = this.members.find((member) => member.id === id);
    if (!found) throw new Error(`there is no node ${id}`);
    return found;
  }

  /** SIGKILL. The node stays down until it is started. */
  async kill(member: Member): Promise<void> {
    this.#expected.add(member);
    await member.kill();
  }

  /** Stops every node, politely first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all(this.members.map((member) => member.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Resolves once the node listens; at once when it runs already. Throws `NodeStartError`. */
  async startMember(member: Member): Promise<void> {
    if (member.running) return;
    this.#expected.delete(member);
    await member.start();
    void member.ended.then((ending) => this.#onEnded(member, ending));
  }

  #onEnded(member: Member, ending: Ending): void {
    if (this.#stopping || this.#expected.has(member)) return;
    this.#options.onEnded?.(member, ending);
    const { restartAfterMs } = this.#options;
    if (restartAfterMs === undefined || ending.signal === null) return;
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.startMember(member).catch((error: Error) =>
        this.#options.onEnded?.(member, { code: 1, signal: null, lastWords: error.message }),
      );
    }, restartAfterMs);
    this.#restarts.add(timer);
  }

  #logs(): string {
    return this.members.map((member) => member.logFile).join(", ");
  }
}
