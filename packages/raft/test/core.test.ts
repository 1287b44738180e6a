import { seededRandom } from "@coterie/host";
import test from "ava";
import { defaultCoreOptions } from "../src/core/options.ts";
import { RaftCore } from "../src/core/raft.ts";
import { Recovery } from "../src/core/recovery.ts";
import type { JournalRecord } from "../src/gen/raft.ts";
import { body, Cores, commands, type Envelope, isKind, recordsOf } from "./cores.ts";

test("one of three is elected, and its no-op commits", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const leader = cores.elect("a");
  t.is(leader.is.role, "leader");
  t.is(leader.is.term, 1);
  t.is(leader.is.commitIndex, 1);
  for (const id of ["b", "c"]) {
    t.is(cores.get(id).is.leader, "a");
    t.is(cores.get(id).is.commitIndex, 1);
  }
});

test("a single voter leads and commits alone", (t) => {
  const cores = new Cores(["a"]);
  cores.elect("a");
  cores.propose("a", "x");
  t.deepEqual(commands(cores.get("a")), ["x"]);
});

test("proposals of a leader and of a follower are applied everywhere, in one order", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "1");
  cores.propose("b", "2");
  cores.propose("c", "3");
  cores.settle();
  for (const member of cores.members.values()) t.deepEqual(commands(member).sort(), ["1", "2", "3"]);
  t.deepEqual(commands(cores.get("b")), commands(cores.get("a")));
});

test("a forwarded proposal that arrives twice is appended once, one that is lost is sent again", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("b", "twice");
  const envelope = cores.network.find(isKind("proposeRequest"))!;
  cores.receive(envelope);
  cores.settle();
  cores.propose("b", "lost");
  t.is(cores.drop(isKind("proposeRequest")), 1);
  cores.settle();
  t.deepEqual(commands(cores.get("a")), ["twice"]);
  cores.timeout("b");
  cores.settle();
  t.deepEqual(commands(cores.get("a")), ["twice", "lost"]);
});

test("no vote leaves before it is durable", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.instantDisk = false;
  const request = { preVote: false, lastLogIndex: 0, lastLogTerm: 0, transfer: false };
  cores.receive({ from: "a", to: "b", message: { term: 1, body: { $case: "voteRequest", value: request } } });
  t.is(cores.network.length, 0);
  cores.write("b");
  t.true(body(cores.network[0]!.message, "voteResponse").granted);
});

test("no append is acknowledged before it is durable", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.instantDisk = false;
  cores.propose("a", "x");
  cores.settle(isKind("appendRequest"));
  t.is(cores.network.filter(isKind("appendResponse")).length, 0);
  t.is(cores.leader!.is.commitIndex, 1);
  cores.write("b");
  cores.settle(isKind("appendResponse"));
  t.is(cores.leader!.is.commitIndex, 1, "one durable copy of three is not a majority");
  cores.write("c");
  cores.settle(isKind("appendResponse"));
  t.is(
    cores.leader!.is.commitIndex,
    2,
    "a leader may commit what two followers hold before its own disk is done",
  );
  t.deepEqual(commands(cores.get("a")), [], "but it applies only what its own disk holds");
  cores.write("a");
  cores.drain("a");
  t.deepEqual(commands(cores.get("a")), ["x"]);
});

test("reads are confirmed by a round of heartbeats, at the leader and at a follower", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (const id of ["a", "b"]) {
    const ticket = cores.get(id).core.read(cores.now);
    cores.drain(id);
    t.false(cores.get(id).own.some((e) => e.type === "read-ready" && e.ticket === ticket));
    cores.settle();
    t.true(cores.get(id).own.some((e) => e.type === "read-ready" && e.ticket === ticket && e.index === 1));
  }
});

test("a deposed leader answers no read", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  const cut = (e: { from: string; to: string }) => e.from !== "a" && e.to !== "a";
  cores.now += 3_000;
  cores.timeout("b");
  cores.settle(cut);
  t.is(cores.get("b").is.role, "leader");
  cores.drop();
  const ticket = cores.get("a").core.read(cores.now);
  cores.drain("a");
  cores.settle();
  t.is(cores.get("a").is.role, "follower");
  t.false(cores.get("a").own.some((e) => e.type === "read-ready" && e.ticket === ticket));
  cores.timeout("b");
  cores.settle();
  t.true(
    cores.get("a").own.some((e) => e.type === "read-ready" && e.ticket === ticket),
    "the next leader confirms it",
  );
});

test("after a restart everything that was acknowledged is there", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (let i = 0; i < 10; i++) cores.propose("a", `${i}`);
  cores.settle();
  for (const id of ["a", "b", "c"]) cores.restart(id);
  cores.drop();
  cores.elect("b");
  t.deepEqual(
    commands(cores.get("b")),
    Array.from({ length: 10 }, (_, i) => `${i}`),
  );
  t.deepEqual(commands(cores.get("c")), commands(cores.get("b")));
});

test("a proposal bound to a lost leader is handed to the next, and happens once", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("c", "x");
  cores.deliver(isKind("proposeRequest"));
  cores.drop();
  cores.now += 3_000;
  cores.timeout("b");
  cores.settle();
  t.is(cores.leader!.id, "b");
  for (let i = 0; i < 5; i++) {
    cores.timeout("c");
    cores.timeout("b");
    cores.settle();
  }
  for (const member of cores.members.values()) t.deepEqual(commands(member), ["x"]);
});

test("a follower that lost messages is repaired by the next heartbeat", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "x");
  cores.drop(({ to }) => to === "c");
  cores.settle();
  t.deepEqual(commands(cores.get("c")), []);
  for (let i = 0; i < 2; i++) {
    cores.now += 100;
    cores.timeout("a");
    cores.settle();
  }
  t.deepEqual(commands(cores.get("c")), ["x"]);
});

test("a cut-off node's pre-votes disturb nobody", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (let i = 0; i < 3; i++) {
    cores.now += 90;
    cores.get("a").core.advance(cores.now);
    cores.drain("a");
    cores.settle(({ to, from }) => to !== "c" && from !== "c");
  }
  cores.drop();
  const before = cores.now;
  cores.timeout("c");
  t.is(cores.get("c").is.role, "pre-candidate");
  cores.now = before;
  cores.settle();
  t.is(cores.get("a").is.role, "leader");
  t.is(cores.get("a").is.term, 1);
});

test("a leader hands over: nobody waits for a timeout, and proposals are not lost", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  t.is(cores.get("a").core.transferLeadership("b", cores.now), "b");
  cores.propose("a", "x");
  cores.settle();
  t.is(cores.leader!.id, "b");
  for (let i = 0; i < 3; i++) {
    cores.timeout("b");
    cores.settle();
  }
  for (const member of cores.members.values()) t.deepEqual(commands(member), ["x"]);
});

test("a successor that does not answer costs an election timeout, and the leader goes on", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.get("a").core.transferLeadership("b", cores.now);
  cores.propose("a", "x");
  cores.drop(isKind("timeoutNow"));
  cores.settle();
  t.deepEqual(commands(cores.get("c")), []);
  for (let i = 0; i < 12; i++) {
    cores.timeout("a");
    cores.drop(isKind("timeoutNow"));
    cores.settle();
  }
  t.is(cores.leader!.id, "a");
  t.deepEqual(commands(cores.get("c")), ["x"]);
});

test("a leader reads by its lease while a quorum has answered lately, not longer", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const { core } = cores.elect("a");
  const from = cores.now;
  t.is(core.leaseIndex(from + 899), 1);
  t.is(core.leaseIndex(from + 900), undefined, "an election timeout, less the drift that clocks may have");
  t.is(cores.get("b").core.leaseIndex(from), undefined);
  cores.now = from + 800;
  core.advance(cores.now);
  cores.drain("a");
  cores.drop();
  t.is(core.leaseIndex(from + 899), 1);
  t.is(core.leaseIndex(from + 900), undefined, "heartbeats that nobody answers prolong nothing");
});

test("a leader that has asked a successor to campaign has no lease for the rest of the term", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const { core } = cores.elect("a");
  core.transferLeadership("b", cores.now);
  cores.drain("a");
  cores.drop(isKind("timeoutNow"));
  for (let i = 0; i < 12; i++) {
    cores.timeout("a");
    cores.drop(isKind("timeoutNow"));
    cores.settle();
  }
  t.is(cores.leader!.id, "a");
  t.is(core.leaseIndex(cores.now), undefined);
});

test("a member that restarts is loyal to the leader it may have forgotten", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.restart("b");
  const request = { preVote: true, lastLogIndex: 9, lastLogTerm: 1, transfer: false };
  const ask = () => {
    cores.drop();
    cores.receive({
      from: "c",
      to: "b",
      message: { term: 2, body: { $case: "voteRequest", value: request } },
    });
    return cores.network.length;
  };
  t.is(ask(), 0);
  cores.now += 1_000;
  t.is(ask(), 1);
});

test("a flood of forwarded proposals leaves room on the link, and all of them arrive in order", (t) => {
  const cores = new Cores(["a", "b", "c"], { inFlightBytesMax: 4_000, messageBytesMax: 500 });
  cores.elect("a");
  const texts = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(200, "."));
  for (const text of texts) cores.get("b").core.propose(new TextEncoder().encode(text), cores.now);
  cores.drain("b");
  const bytes = cores.network
    .filter(isKind("proposeRequest"))
    .flatMap(({ message }) => body(message, "proposeRequest").proposals)
    .reduce((sum, { data }) => sum + data.length, 0);
  t.true(bytes <= 2_500, `${bytes} bytes were sent at once`);
  cores.settle();
  t.deepEqual(commands(cores.get("a")), texts);
  t.deepEqual(commands(cores.get("b")), texts);
});

test("a log that a snapshot has replaced at a restart is replaced in the journal too: a second restart finds it", (t) => {
  const snapshot = { index: 20, term: 3, time: 0 };
  const voters = ["a", "b", "c"].map((id) => ({ id, address: "" }));
  const configuration = { voters, outgoing: [], learners: [] };
  const entry = (index: number, term: number) => ({
    record: {
      $case: "entry" as const,
      value: { index, term, kind: 0 as const, time: 0, origin: "", id: 0, data: new Uint8Array() },
    },
  });
  const journal: JournalRecord[] = Array.from({ length: 25 }, (_, i) => entry(i + 1, 1));
  const recover = () => {
    const recovery = new Recovery();
    for (const record of journal) recovery.add(record);
    return recovery.finish(snapshot, configuration, 0);
  };
  const options = { ...defaultCoreOptions, id: "b", epoch: 1 };
  const core = new RaftCore(options, seededRandom("b"), recover(), 0);
  const append = {
    prevLogIndex: 20,
    prevLogTerm: 3,
    entries: [entry(21, 3).record.value],
    leaderCommit: 21,
    round: 1,
  };
  core.receive("a", { term: 3, body: { $case: "appendRequest", value: append } }, 1);
  for (const effect of core.drain())
    if (effect.type === "persist") journal.push(...effect.records.flatMap(recordsOf));
  t.is(recover().log.lastIndex, 21);
  t.is(recover().log.term(21), 3);
});

test("loyalty holds against a request for the term that this node has entered already", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  const vote = (preVote: boolean) => ({
    term: 2,
    body: {
      $case: "voteRequest" as const,
      value: { preVote, lastLogIndex: 9, lastLogTerm: 1, transfer: false },
    },
  });
  const refusal = { $case: "voteResponse" as const, value: { preVote: true, granted: false } };
  cores.receive({ from: "c", to: "b", message: { term: 2, body: refusal } });
  t.is(cores.get("b").is.term, 2);
  cores.drop();
  cores.receive({ from: "c", to: "b", message: vote(false) });
  t.deepEqual(cores.network, []);
  cores.now += 1_000;
  cores.receive({ from: "c", to: "b", message: vote(false) });
  t.is(cores.network.length, 1);
});

test("nobody is counted twice: members that are named twice are refused", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const { core } = cores.elect("a");
  const member = (id: string) => ({ id, address: "" });
  t.is(
    core.changeMembers({ voters: [member("a"), member("a")], learners: [] }, cores.now),
    "no-such-configuration",
  );
  t.is(
    core.changeMembers({ voters: [member("a")], learners: [member("a")] }, cores.now),
    "no-such-configuration",
  );
});

test("a leader that was about to remove itself may still win: nobody else may be able to", (t) => {
  const cores = new Cores(["a", "b"]);
  const { core } = cores.elect("a");
  core.changeMembers({ voters: [{ id: "b", address: "" }], learners: [] }, cores.now);
  cores.drain("a");
  cores.drop();
  cores.restart("a");
  for (let i = 0; i < 20 && cores.leader?.is.members.voters.length !== 1; i++) {
    cores.timeout(i % 2 === 0 ? "a" : "b");
    cores.settle();
  }
  t.is(cores.leader?.id, "b");
  t.deepEqual(cores.leader?.is.members.voters, ["b"]);
});

test("a learner that was never heard of has not caught up", (t) => {
  const cores = new Cores(["a"]);
  const { core } = cores.elect("a");
  core.changeMembers({ voters: [{ id: "a", address: "" }], learners: [{ id: "b", address: "" }] }, cores.now);
  cores.drain("a");
  t.is(core.lag("b"), Number.POSITIVE_INFINITY);
  cores.drop();
  cores.join("b");
  cores.timeout("a");
  cores.settle();
  t.is(core.lag("b"), 0);
});

test("a follower that is far behind is sent entries that only the leader's disk still has", (t) => {
  const cores = new Cores(["a", "b", "c"], { logCacheBytes: 500, messageBytesMax: 400 });
  const leader = cores.elect("a");
  for (let i = 0; i < 100; i++) cores.propose("a", `${i}`);
  const notC = (e: Envelope) => e.from !== "c" && e.to !== "c";
  cores.settle(notC);
  cores.drop();
  t.true(leader.is.log.residentBytes < 1_000);
  t.is(leader.is.log.base.index, 0, "nothing is compacted");
  leader.fetched = 0;
  cores.now += 100;
  cores.timeout("a");
  cores.settle();
  t.true(leader.fetched > 80, "few of them were in memory");
  t.deepEqual(
    commands(cores.get("c")),
    Array.from({ length: 100 }, (_, i) => `${i}`),
  );
  t.true(leader.is.log.residentFrom > 90, "what was read for a follower does not stay");
});

test("what was read for a follower is not sent once its place in the log holds something else", (t) => {
  const cores = new Cores(["a", "b", "c"], { logCacheBytes: 300 });
  const leader = cores.elect("a");
  for (let i = 0; i < 50; i++) cores.propose("a", `${i}`);
  cores.settle();
  const stale = { type: "fetch", reader: "b", from: 3, to: 5, bytesMax: 1_000 } as const;
  leader.core.fetched(stale, [leader.entry(3)], cores.now);
  cores.drain("a");
  t.is(cores.network.length, 0, "nobody asked");
});

test("what is committed is applied in slices, the next when the last is done", (t) => {
  const cores = new Cores(["a"], { messageBytesMax: 500 });
  cores.instantDisk = false;
  const alone = cores.get("a");
  cores.timeout("a");
  cores.write("a");
  cores.drain("a");
  cores.write("a");
  cores.drain("a");
  for (let i = 0; i < 40; i++) alone.core.propose(new TextEncoder().encode(`${i}`), cores.now);
  cores.drain("a");
  alone.own.length = 0;
  cores.write("a");
  cores.drain("a");
  const slices = alone.own.filter((effect) => effect.type === "apply").map(({ entries }) => entries.length);
  t.true(slices.length >= 4, `${slices}`);
  t.true(slices.every((length) => length <= 10));
  t.is(commands(alone).length, 40);
});

test("a leader without room for more is asked again now and then, not sent everything again", (t) => {
  const cores = new Cores(["a", "b", "c"], { uncommittedBytesMax: 60, messageBytesMax: 200 });
  cores.elect("a");
  const wanted = Array.from({ length: 40 }, (_, i) => `${i}`);
  for (const text of wanted) cores.get("b").core.propose(new TextEncoder().encode(text), cores.now);
  cores.drain("b");
  const proposals = isKind("proposeRequest", "proposeResponse");
  cores.settle(proposals);
  const turns: number[] = [];
  for (let i = 0; i < 10; i++) {
    cores.now += 50;
    cores.get("b").core.advance(cores.now);
    cores.drain("b");
    turns.push(cores.network.filter(isKind("proposeRequest")).length);
    cores.settle(proposals);
  }
  t.true(Math.max(...turns) <= 1, `${turns}`);
  t.true(turns.includes(1));
  for (let i = 0; i < 200 && commands(cores.get("b")).length < wanted.length; i++) {
    cores.settle();
    cores.now += 100;
    cores.timeout("a");
    cores.drain("b");
  }
  t.deepEqual(commands(cores.get("b")), wanted);
});

test("proposals that are given up while there is no leader are not proposed, the others are, in order", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const ids = Array.from({ length: 1_000 }, (_, i) =>
    cores.get("a").core.propose(new TextEncoder().encode(`${i}`), cores.now),
  );
  for (const [i, id] of ids.entries()) if (i % 10 > 0) t.false(cores.get("a").core.forgetProposal(id));
  cores.elect("a");
  t.deepEqual(
    commands(cores.get("a")),
    ids.map((_, i) => `${i}`).filter((_, i) => i % 10 === 0),
  );
});

test("what a follower that answers has not got yet is not compacted, up to a bound", (t) => {
  for (const { catchUpBytesMax, base } of [
    { catchUpBytesMax: 1_000_000, base: 1 },
    { catchUpBytesMax: 500, base: 31 },
  ]) {
    const cores = new Cores(["a", "b", "c"], { catchUpBytesMax });
    const leader = cores.elect("a");
    for (let i = 0; i < 40; i++) cores.propose("a", "xx");
    cores.settle((e) => e.from !== "c" && e.to !== "c");
    leader.core.compact(41);
    t.is(leader.is.log.base.index, base);
    cores.now += 10_000;
    leader.core.advance(cores.now);
    leader.core.compact(35);
    t.is(leader.is.log.base.index, 35, "who does not answer is not waited for");
  }
});

test("while a snapshot is on its way to a follower, what it will want next stays", (t) => {
  const cores = new Cores(["a", "b", "c"], { catchUpBytesMax: 1_000_000 });
  const leader = cores.elect("a");
  const notC = (e: Envelope) => e.from !== "c" && e.to !== "c";
  cores.now += 10_000;
  for (let i = 0; i < 20; i++) cores.propose("a", "xx");
  cores.settle(notC);
  leader.core.compact(15);
  cores.drop();
  t.is(leader.is.log.base.index, 15);
  cores.timeout("a");
  cores.settle();
  t.true(leader.own.some((effect) => effect.type === "transfer" && effect.to === "c"));
  for (let i = 0; i < 20; i++) cores.propose("a", "xx");
  cores.settle();
  leader.core.compact(40);
  t.is(leader.is.log.base.index, 15);
  leader.core.transferred("c", 21, cores.now);
  leader.core.compact(40);
  t.is(leader.is.log.base.index, 21);
});

test("a heartbeat that only tells a commit index is not answered: it repeats its round", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.timeout("a");
  cores.settle();
  cores.propose("a", "x");
  cores.settle(isKind("appendRequest", "appendResponse"));
  t.is(cores.network.filter(isKind("heartbeat")).length, 2);
  cores.settle(isKind("heartbeat"));
  t.deepEqual(commands(cores.get("b")), ["x"]);
  t.is(cores.network.filter(isKind("heartbeatResponse")).length, 0);
  cores.timeout("a");
  cores.settle(isKind("heartbeat"));
  t.is(cores.network.filter(isKind("heartbeatResponse")).length, 2, "the next round is answered");
});
