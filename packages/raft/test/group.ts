import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "@coterie/host";
import { json, type StateMachine } from "@coterie/state-machine";
import { createRaft, type Raft } from "../src/index.ts";
import { hostOnLoopback } from "./loopback.ts";

export interface Add {
  readonly add: number;
}

export class Counter implements StateMachine<Add, number, null, number> {
  readonly commands = json<Add>();
  readonly results = json<number>();
  #total = 0;
  apply({ add }: Add): number {
    this.#total += add;
    return this.#total;
  }
  query(): number {
    return this.#total;
  }
  snapshot(): Iterable<Uint8Array> {
    return [this.results.encode(this.#total)];
  }
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) this.#total = this.results.decode(chunk);
  }
}

export type Member = Raft<Add, number, null, number>;

/** Members of a group in this process, on hosts of their own, that can be stopped and started again. */
export class Group implements AsyncDisposable {
  readonly directory: string;
  readonly voters: readonly string[];
  readonly members: Map<string, Member> = new Map();
  readonly hosts: Map<string, Host> = new Map();
  readonly #addresses: Map<string, string> = new Map();

  constructor(directory: string, voters: readonly string[]) {
    this.directory = directory;
    this.voters = voters;
  }

  static async start(size: number): Promise<Group> {
    const directory = await mkdtemp(join(tmpdir(), "coterie-raft-"));
    const group = new Group(directory, ["a", "b", "c", "d", "e"].slice(0, size));
    for (const id of group.voters) await group.startOne(id);
    return group;
  }

  async startOne(id: string, voters = this.voters): Promise<void> {
    const host = await hostOnLoopback(id, join(this.directory, id), this.#addresses.get(id));
    this.#addresses.set(id, host.transport.address);
    for (const [peer, address] of this.#addresses) {
      if (peer === id) continue;
      host.transport.connect(peer, address);
      this.hosts.get(peer)?.transport.connect(id, host.transport.address);
    }
    this.hosts.set(id, host);
    try {
      const options = {
        group: "counter",
        voters,
        stateMachine: new Counter(),
        snapshotEntries: 50,
        electionTimeoutMs: 300,
        heartbeatIntervalMs: 30,
      };
      this.members.set(id, await createRaft<Add, number, null, number>(host, options));
    } catch (error) {
      await this.stopOne(id);
      throw error;
    }
  }

  async stopOne(id: string): Promise<void> {
    await this.members.get(id)?.[Symbol.asyncDispose]();
    await this.hosts.get(id)?.[Symbol.asyncDispose]();
    this.members.delete(id);
    this.hosts.delete(id);
  }

  get(id: string): Member {
    return this.members.get(id)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.hosts.keys()]) await this.stopOne(id);
    await rm(this.directory, { recursive: true });
  }
}
