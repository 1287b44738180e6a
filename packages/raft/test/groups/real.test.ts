import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "@coterie/host";
import test from "ava";
import { type Command, Registers } from "../../simulation/registers.ts";
import { createRaftGroups, type Raft, type RaftGroups } from "../../src/index.ts";
import { hostOnLoopback } from "../loopback.ts";

// The road itself: ZeroMQ on loopback, files, the real clock. What the groups do is proven under simulation.

type Member = Raft<Command, boolean, string, number | null>;

const count = 1_000;
const names = Array.from({ length: count }, (_, i) => `group-${i}`);
const voters = ["a", "b", "c"];

/** A host with a thousand groups. */
class Room implements AsyncDisposable {
  readonly host: Host;
  readonly groups: RaftGroups;
  readonly members: readonly Member[];

  private constructor(host: Host, groups: RaftGroups, members: readonly Member[]) {
    this.host = host;
    this.groups = groups;
    this.members = members;
  }

  static async open(host: Host): Promise<Room> {
    // Wide: on a machine that is busy with other things a thousand elections take their time.
    const groups = await createRaftGroups(host, { electionTimeoutMs: 3_000, heartbeatIntervalMs: 300 });
    const open = (group: string): Promise<Member> =>
      groups.open<Command, boolean, string, number | null>(group, {
        voters,
        stateMachine: new Registers(),
        timeoutMs: 120_000,
      });
    return new Room(host, groups, await Promise.all(names.map(open)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.groups[Symbol.asyncDispose]();
    await this.host[Symbol.asyncDispose]();
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(50);
}

test("a thousand groups on three hosts are led, write, rest, and come back from one journal", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "coterie-groups-"));
  const hosts = new Map<string, Host>();
  const startHost = async (id: string): Promise<Host> => {
    const host = await hostOnLoopback(id, join(directory, id), hosts.get(id)?.transport.address);
    hosts.set(id, host);
    for (const [other, { transport }] of hosts) {
      if (other === id) continue;
      host.transport.connect(other, transport.address);
      transport.connect(id, host.transport.address);
    }
    return host;
  };
  const rooms: Room[] = [];
  try {
    const started: Host[] = [];
    for (const id of voters) started.push(await startHost(id));
    rooms.push(...(await Promise.all(started.map((host) => Room.open(host)))));
    const [a, b] = rooms as [Room, Room, Room];
    const wrote = await Promise.all(a.members.map((member, i) => member.propose({ key: "x", value: i })));
    t.true(wrote.every(Boolean));
    await until(() => rooms.every(({ groups }) => groups.status().quiet === count));
    const { journal_syncs_total: syncs } = b.groups.metrics();
    t.true(
      syncs! < 2 * count,
      `${syncs} syncs for ${count} groups, of which each has written at least three times`,
    );

    await b[Symbol.asyncDispose]();
    rooms[1] = await Room.open(await startHost("b"));
    const read = await Promise.all(rooms[1]!.members.map((member) => member.read("x")));
    t.deepEqual(
      read,
      names.map((_, i) => i),
    );
  } finally {
    for (const room of rooms) await room[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
});
