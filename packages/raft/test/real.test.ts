import test from "ava";
import {
  GroupStateError,
  MembersChangeError,
  NotLeaderError,
  StoppedError,
  TimeoutError,
} from "../src/index.ts";
import { Group } from "./group.ts";

// The road itself: ZeroMQ on loopback, files, the real clock. What the protocol does is proven under simulation.

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
