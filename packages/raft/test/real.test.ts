import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host } from "@coterie/host";
import { json, type StateMachine } from "@coterie/state-machine";
import test from "ava";
import {
  createRaft,
  GroupStateError,
  MembersChangeError,
  NotLeaderError,
  type Raft,
  StoppedError,
  TimeoutError,
} from "../src/index.ts";

// The road itself: ZeroMQ on loopback, files, the real clock. What the protocol does is proven under simulation.

interface Add {
  readonly add: number;
}

class Counter implements StateMachine<Add, number, null, number> {
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

type Member = Raft<Add, number, null, number>;

/** Members of a group in this process, on hosts of their own, that can be stopped and started again. */
class Group implements AsyncDisposable {
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
    const host = await createHost({
      id,
      listen: this.#addresses.get(id) ?? "tcp://127.0.0.1:*",
      directory: join(this.directory, id),
    });
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

test("three members replicate, read, lose their leader, go on, and come back with everything", async (t) => {
  await using group = await Group.start(3);
  for (let i = 1; i <= 100; i++) await group.get(group.voters[i % 3]!).propose({ add: 1 });
  for (const member of group.members.values()) t.is(await member.read(null), 100);

  const leader = group.get("a").status().leader!;
  await group.stopOne(leader);
  const other = group.voters.find((id) => id !== leader)!;
  t.is(await group.get(other).propose({ add: 1 }), 101);

  await group.startOne(leader);
  t.is(await group.get(leader).read(null), 101);

  for (const id of group.voters) await group.stopOne(id);
  for (const id of group.voters) await group.startOne(id);
  t.is(await group.get("b").read(null), 101);
});

test("without a majority a call ends at its deadline, and says whether it may still take effect", async (t) => {
  await using group = await Group.start(3);
  await group.get("a").propose({ add: 1 });
  await group.stopOne("b");
  await group.stopOne("c");
  const refused = await t.throwsAsync(group.get("a").propose({ add: 1 }, { timeoutMs: 200 }), {
    instanceOf: TimeoutError,
  });
  t.true(refused.mayCommit || refused.leader === null);
  await t.throwsAsync(group.get("a").read(null, { timeoutMs: 50 }), { instanceOf: TimeoutError });
  t.is(await group.get("a").read(null, { consistency: "stale" }), 1);
  const stop = new AbortController();
  const waiting = group.get("a").propose({ add: 1 }, { signal: stop.signal });
  stop.abort(new Error("changed my mind"));
  await t.throwsAsync(waiting, { message: "changed my mind" });
});

test("a session's commands happen once, through a change of leaders", async (t) => {
  await using group = await Group.start(3);
  const session = await group.get("a").openSession();
  t.is(await session.propose({ add: 5 }), 5);
  t.is(await session.retry(session.sequence, { add: 5 }), 5, "the same number: the same answer");
  t.is(await session.propose({ add: 5 }), 10);
  await session.close();
});

test("the leadership is handed over without a pause for an election timeout", async (t) => {
  await using group = await Group.start(3);
  await group.get("a").propose({ add: 1 });
  const leader = group.get("a").status().leader!;
  const other = group.voters.find((id) => id !== leader)!;
  await t.throwsAsync(group.get(other).transferLeadership(), { instanceOf: NotLeaderError });
  await t.throwsAsync(group.get(other).verifyLeader(), { instanceOf: NotLeaderError });
  await group.get(leader).verifyLeader();
  await group.get(other).barrier();
  t.is(await group.get(other).read(null, { consistency: "stale" }), 1);
  await group.get(leader).transferLeadership(other);
  t.is(group.get(leader).status().leader, other);
  t.is(await group.get(leader).propose({ add: 1 }), 2);
});

test("a member is replaced by a new node, which learns everything first", async (t) => {
  await using group = await Group.start(3);
  for (let i = 0; i < 200; i++) await group.get("a").propose({ add: 1 });
  await group.startOne("d", []);
  const leader = group.get("a").status().leader!;
  const leaving = group.voters.find((id) => id !== leader)!;
  await group.get(leader).replace(leaving, "d", group.hosts.get("d")!.transport.address);
  await group.stopOne(leaving);
  t.false(group.get(leader).status().voters.includes(leaving));
  t.is(await group.get("d").read(null), 200);
  t.is(await group.get("d").propose({ add: 1 }), 201);
  const { membersIndex } = group.get(leader).status();
  await t.throwsAsync(group.get(leader).changeMembers({ voters: [leader], expect: membersIndex - 1 }), {
    instanceOf: MembersChangeError,
  });
  await group.stopOne("d");
  await group.startOne("d", []);
  t.is(await group.get("d").read(null), 201, "what it has become a member of is on its disk");
});

test("a closed member refuses, and what was waiting is told", async (t) => {
  await using group = await Group.start(1);
  const member = group.get("a");
  await member.propose({ add: 1 });
  await group.stopOne("a");
  await t.throwsAsync(member.propose({ add: 1 }), { instanceOf: StoppedError });
  await t.throwsAsync(member.read(null), { instanceOf: StoppedError });
});

test("a folder that belongs to a group of other voters is refused", async (t) => {
  await using group = await Group.start(1);
  await group.stopOne("a");
  await t.throwsAsync(group.startOne("a", ["a", "x", "y"]), { instanceOf: GroupStateError });
  await group.startOne("a");
  t.is(await group.get("a").propose({ add: 2 }), 2);
});
