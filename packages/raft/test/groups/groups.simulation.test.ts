import type { Host } from "@coterie/host";
import { type NetworkModel, World } from "@coterie/simulation";
import test from "ava";
import { type Command, Registers } from "../../simulation/registers.ts";
import {
  createRaftGroups,
  FirstMembersError,
  OptionError,
  type Raft,
  type RaftEvents,
  type RaftGroups,
  type RaftGroupsOptions,
  StoppedError,
} from "../../src/index.ts";

type Member = Raft<Command, boolean, string, number | null>;

/** A host with many groups, and the members that are open on it. */
class Room {
  readonly groups: RaftGroups;
  readonly voters: readonly string[];
  readonly members: Map<string, Member> = new Map();
  readonly unknown: string[];

  constructor(groups: RaftGroups, voters: readonly string[], unknown: string[]) {
    this.groups = groups;
    this.voters = voters;
    this.unknown = unknown;
  }

  async open(group: string, voters = this.voters): Promise<Member> {
    const member = await this.groups.open<Command, boolean, string, number | null>(group, {
      voters,
      stateMachine: new Registers(),
      snapshotEntries: 20,
      trailingEntries: 5,
    });
    this.members.set(group, member);
    return member;
  }
}

const names = Array.from({ length: 40 }, (_, i) => `g${i}`);

function start(
  seed: number,
  groups: readonly string[],
  options: RaftGroupsOptions = {},
  network: Partial<NetworkModel> = {},
): World<Room> {
  return new World<Room>({
    seed,
    nodes: 3,
    network,
    async start(host: Host, voters) {
      const unknown: string[] = [];
      const timing = { electionTimeoutMs: 500, heartbeatIntervalMs: 50, quiesceAfterMs: 200 };
      const room = new Room(
        await createRaftGroups(host, {
          ...timing,
          commandBytesMax: 2_000,
          onUnknownGroup: (group) => void unknown.push(group),
          ...options,
        }),
        voters,
        unknown,
      );
      await Promise.all(groups.map((group) => room.open(group)));
      return room;
    },
  });
}

const rooms = (world: World<Room>): Room[] => world.ids.flatMap((id) => world.node(id) ?? []);
const quiet = (world: World<Room>): boolean =>
  rooms(world).every(({ groups }) => groups.status().quiet === groups.status().open);

const leading = (world: World<Room>): number[] => rooms(world).map(({ groups }) => groups.status().leading);

/** Asks a member as an event of its node, and waits for the answer. */
async function ask<T>(world: World<Room>, id: string, what: (room: Room) => Promise<T>): Promise<T> {
  let done: { value: T } | { error: unknown } | undefined;
  world.on(id, (room) => {
    what(room).then(
      (value) => {
        done = { value };
      },
      (error) => {
        done = { error };
      },
    );
  });
  await world.until(() => done !== undefined, 20_000);
  if (done === undefined) throw new Error(`${id} has not answered`);
  if ("error" in done) throw done.error;
  return done.value;
}

test("idle groups go quiet, and then one small message per peer and interval is all that is said", async (t) => {
  const world = start(1, names);
  t.true(await world.until(() => rooms(world).length === 3 && quiet(world), 10_000));
  const before = rooms(world).map(({ groups }) => groups.metrics());
  await world.runFor(10_000);
  rooms(world).forEach(({ groups }, i) => {
    const now = groups.metrics();
    t.is(now.messages_sent_total, before[i]!.messages_sent_total);
    t.is(now.batches_sent_total! - before[i]!.batches_sent_total!, 2 * (10_000 / 50));
    t.is(now.journal_syncs_total, before[i]!.journal_syncs_total);
  });
  t.true(quiet(world));
});

test("a group that one host opens with other voters stops there, and nothing else does", async (t) => {
  const world = start(3, ["right"]);
  t.true(await world.until(() => rooms(world).length === 3, 10_000));
  const told: RaftEvents["disagreement"][] = [];
  await ask(world, "n1", async (room) => {
    const member = await room.open("wrong", ["n1", "n2"]);
    member.on("disagreement", (event) => told.push(event));
  });
  for (const id of ["n2", "n3"]) await ask(world, id, (room) => room.open("wrong"));
  t.true(await world.until(() => told.some(({ stops }) => stops), 10_000));
  t.like(told.at(-1), { here: "n1, n2", there: "n1, n2, n3" });
  t.deepEqual(world.failures, []);
  const put = (group: string) => (room: Room) => room.members.get(group)!.propose({ key: "k", value: 1 });
  const error = await t.throwsAsync(ask(world, "n1", put("wrong")), { instanceOf: StoppedError });
  t.true(error!.cause instanceof FirstMembersError);
  await ask(world, "n1", put("right"));
  await ask(world, "n2", put("wrong"));

  // It is opened again as the others have it, once what it had is gone.
  await ask(world, "n1", ({ groups }) => groups.destroy("wrong"));
  await ask(world, "n1", (room) => room.open("wrong"));
  await ask(world, "n1", put("wrong"));
  t.is(await ask(world, "n1", (room) => room.members.get("wrong")!.read("k")), 1);
});

test("without quiescence the heartbeats of all groups travel together", async (t) => {
  const world = start(2, names, { quiesceAfterMs: Number.POSITIVE_INFINITY });
  await world.runFor(5_000);
  const before = rooms(world).map(({ groups }) => groups.metrics());
  await world.runFor(10_000);
  let messages = 0;
  rooms(world).forEach(({ groups }, i) => {
    const now = groups.metrics();
    // One that beats, and one that answers, for each peer.
    const batches = now.batches_sent_total! - before[i]!.batches_sent_total!;
    t.true(batches <= 4 * (10_000 / 50) + 4, `${batches} batches`);
    messages += now.messages_sent_total! - before[i]!.messages_sent_total!;
  });
  t.true(messages >= 2 * 2 * names.length * (10_000 / 50 - 2), `${messages} heartbeats and answers`);
});

test("any member wakes a quiet group, to write and to read", async (t) => {
  const world = start(3, names);
  await world.until(() => rooms(world).length === 3 && quiet(world), 10_000);
  for (const [i, id] of world.ids.entries()) {
    t.true(await ask(world, id, (room) => room.members.get("g7")!.propose({ key: "x", value: i })));
    const other = world.ids[(i + 1) % 3]!;
    t.is(await ask(world, other, (room) => room.members.get("g7")!.read("x")), i);
    t.true(await world.until(() => quiet(world), 5_000));
  }
});

// A way as long as it seems to hosts that are busy with thousands of elections.
const busy = { delay: { minMs: 15, meanMs: 5 } };
const many = Array.from({ length: 120 }, (_, i) => `g${i}`);

test("leaders are spread over the hosts from the first election on, and groups do not get in each other's way", async (t) => {
  const world = start(21, many, {}, busy);
  // One election timeout until somebody goes, and a half at most for the election.
  t.true(await world.until(() => leading(world).reduce((sum, led) => sum + led, 0) === many.length, 750));
  for (const led of leading(world)) t.true(led > many.length / 6, `${leading(world)}`);
});

test("two election timeouts after a host has died all its groups are led again, and no other group has said a word", async (t) => {
  const world = start(22, many, {}, busy);
  t.true(await world.until(() => rooms(world).length === 3 && quiet(world), 10_000));
  const [, led] = leading(world) as [number, number, number];
  const before = rooms(world).map(({ groups }) => groups.metrics().messages_sent_total!);
  world.crash("n2", "process");
  t.true(await world.until(() => leading(world).reduce((sum, now) => sum + now, 0) === many.length, 1_000));
  const [one, three] = leading(world) as [number, number];
  t.true(Math.min(one, three) > many.length / 4, `${one} and ${three}`);
  t.true(await world.until(() => quiet(world), 5_000));
  const messages = rooms(world).map(
    ({ groups }, i) => groups.metrics().messages_sent_total! - before[i * 2]!,
  );
  // To both others: a pre-vote, a vote, the first entry and a heartbeat that bids rest; the one that lives answers.
  t.true(messages[0]! + messages[1]! < 18 * led, `${messages} messages for ${led} groups`);
});

test("when a host dies, every group that it led has another leader soon, though nobody asks", async (t) => {
  const world = start(4, names);
  await world.until(() => rooms(world).length === 3 && quiet(world), 10_000);
  const led = (room: Room, id: string): number =>
    [...room.members.values()].filter((member) => member.status().leader === id).length;
  for (const dead of world.ids) {
    world.crash(dead);
    const others = rooms(world);
    const done = await world.until(
      () =>
        others.every(
          (room) =>
            led(room, dead) === 0 &&
            led(room, world.ids.find((id) => id !== dead)!) +
              led(room, world.ids.findLast((id) => id !== dead)!) ===
              names.length,
        ),
      3 * 500 + 200,
    );
    t.true(done, `${dead}: ${others.map((room) => led(room, dead))} groups still follow it`);
    t.true(await world.until(() => quiet(world), 3_000), "they rest without it");
    world.start(dead);
    t.true(await world.until(() => rooms(world).length === 3 && quiet(world), 5_000), "and with it");
  }
});

test("a start reads one journal and hands each group its part; what is not opened is kept", async (t) => {
  const world = start(5, ["a", "b"]);
  await world.until(() => rooms(world).length === 3, 5_000);
  for (const id of world.ids) await ask(world, id, (room) => room.open("later"));
  for (const group of ["a", "b", "later"])
    for (let i = 0; i < 50; i++)
      await ask(world, "n1", (room) => room.members.get(group)!.propose({ key: group, value: i }));
  for (const id of world.ids) world.crash(id);
  for (const id of world.ids) world.start(id);
  await world.until(() => rooms(world).length === 3, 5_000);
  t.deepEqual([...rooms(world)[0]!.groups.stored].sort(), ["a", "b", "later"]);
  t.is(await ask(world, "n2", (room) => room.members.get("a")!.read("a")), 49);
  for (const id of world.ids) await ask(world, id, (room) => room.open("later"));
  t.is(await ask(world, "n3", (room) => room.members.get("later")!.read("later")), 49);
});

test("a group is closed and opened again in the same process, and answers from where it was", async (t) => {
  const world = start(6, names.slice(0, 3));
  await world.until(() => rooms(world).length === 3, 5_000);
  for (let i = 0; i < 30; i++)
    await ask(world, "n1", (room) => room.members.get("g1")!.propose({ key: "x", value: i }));
  await ask(world, "n2", async (room) => {
    await room.members.get("g1")![Symbol.asyncDispose]();
    t.false(room.groups.isOpen("g1"));
    await t.throwsAsync(room.members.get("g1")!.propose({ key: "x", value: -1 }), {
      instanceOf: StoppedError,
    });
    await room.open("g1");
  });
  t.is(await ask(world, "n2", (room) => room.members.get("g1")!.read("x")), 29);
  t.true(await ask(world, "n2", (room) => room.members.get("g1")!.propose({ key: "x", value: 30 })));
  t.true(await world.until(() => quiet(world), 5_000));
});

test("a group that is destroyed everywhere leaves nothing behind, not even snapshots", async (t) => {
  const world = start(7, ["a", "b"]);
  await world.until(() => rooms(world).length === 3, 5_000);
  for (let i = 0; i < 60; i++)
    await ask(world, "n1", (room) => room.members.get("a")!.propose({ key: "x", value: i }));
  await world.until(
    () => rooms(world).every((room) => room.members.get("a")!.status().snapshotIndex > 0),
    5_000,
  );
  for (const id of world.ids) await ask(world, id, (room) => room.groups.destroy("a"));
  for (const id of world.ids) {
    await ask(world, id, async (room) => {
      t.deepEqual(room.groups.stored, ["b"]);
      await room.open("a");
      t.is(room.members.get("a")!.status().snapshotIndex, 0);
    });
  }
  t.is(await ask(world, "n2", (room) => room.members.get("a")!.read("x")), null);
});

test("a crash in the middle of a destruction is finished by the next start", async (t) => {
  const world = start(8, ["a"]);
  await world.until(() => rooms(world).length === 3, 5_000);
  for (let i = 0; i < 60; i++)
    await ask(world, "n1", (room) => room.members.get("a")!.propose({ key: "x", value: i }));
  world.crashAt("n2", "raft-groups:after-destroy", 1);
  world.on("n2", (room) => void room.groups.destroy("a"));
  t.true(await world.until(() => world.node("n2") === undefined, 5_000));
  world.start("n2");
  await world.until(() => rooms(world).length === 3, 5_000);
  // It was opened anew by the start: of what it had stored, nothing came back.
  t.is(world.node("n2")!.members.get("a")!.status().snapshotIndex, 0);
});

test("messages of groups that are not open are told to whoever wants to know, who may open them", async (t) => {
  const world = start(9, ["a"]);
  await world.until(() => rooms(world).length === 3, 5_000);
  for (const id of ["n1", "n2"]) await ask(world, id, (room) => room.open("b"));
  await ask(world, "n1", (room) => room.members.get("b")!.propose({ key: "x", value: 1 }));
  const n3 = world.node("n3")!;
  t.true(await world.until(() => n3.unknown.includes("b"), 2_000));
  t.true(n3.groups.metrics().unknown_group_total! > 0);
  await ask(world, "n3", (room) => room.open("b"));
  t.true(await world.until(() => n3.members.get("b")!.status().appliedIndex >= 2, 3_000));
});

test("a member is added to one group of many, by a host that shares no other with it", async (t) => {
  const world = new World<Room>({
    seed: 10,
    nodes: 4,
    async start(host, ids) {
      const voters = host.id === "n4" ? [] : ids.slice(0, 3);
      const groups = await createRaftGroups(host, {
        electionTimeoutMs: 500,
        heartbeatIntervalMs: 50,
        quiesceAfterMs: 100,
      });
      const room = new Room(groups, voters, []);
      for (const group of host.id === "n4" ? ["b"] : ["a", "b"]) await room.open(group);
      return room;
    },
  });
  await world.until(() => rooms(world).length === 4 && quiet(world), 10_000);
  const leader = world.node("n1")!.members.get("b")!.status().leader!;
  await ask(world, leader, async (room) => {
    await room.members.get("b")!.addLearner("n4");
    await room.members.get("b")!.promote("n4");
  });
  t.true(await world.until(() => quiet(world), 5_000), "the new one rests too");
  t.deepEqual(world.node("n4")!.members.get("b")!.status().voters, ["n1", "n2", "n3", "n4"]);
  t.deepEqual(
    world
      .node("n4")!
      .groups.status()
      .peers.map(({ id, groups }) => `${id} ${groups}`),
    ["n1 1", "n2 1", "n3 1"],
  );
});

test("what cannot be is refused, and nothing is left open by it", async (t) => {
  const world = start(11, ["a"]);
  await world.until(() => rooms(world).length === 3, 5_000);
  await ask(world, "n1", async ({ groups, voters }) => {
    const open = (group: string, given: readonly string[] = voters): Promise<unknown> =>
      groups.open(group, { voters: given, stateMachine: new Registers() });
    await t.throwsAsync(open("a"), { instanceOf: OptionError, message: /open already/ });
    await t.throwsAsync(open("no/such"), { instanceOf: OptionError });
    await t.throwsAsync(open("b", ["n2"]), { instanceOf: OptionError });
    t.false(groups.isOpen("b"));
    await open("b");
    await groups.close("b");
    await groups.close("b");
    await groups[Symbol.asyncDispose]();
    await t.throwsAsync(open("c"), { instanceOf: StoppedError });
  });
  const host = world.host("n2")!;
  await t.throwsAsync(createRaftGroups(host), { code: "ERR_CHANNEL_IN_USE" });
  for (const options of [{ electionTimeoutMs: 100 }, { journalBytesMax: 0 }, { commandBytesMax: Number.NaN }])
    await t.throwsAsync(createRaftGroups(host, options), { instanceOf: OptionError });
});
