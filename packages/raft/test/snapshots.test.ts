import test from "ava";
import type { Configuration, SnapshotMeta } from "../src/gen/raft.ts";
import { body, Cores, commands, isKind } from "./cores.ts";

const members = (voters: string, learners = ""): Configuration => ({
  voters: [...voters].map((id) => ({ id, address: "" })),
  outgoing: [],
  learners: [...learners].map((id) => ({ id, address: "" })),
});

const meta = (index: number, term: number, configuration = members("abc")): SnapshotMeta => ({
  index,
  term,
  time: 0,
  configuration,
  configurationIndex: 0,
});

/** A group of three whose member c needs a snapshot: a has compacted what c lacks. */
function behind(): Cores {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "1");
  cores.propose("a", "2");
  cores.drop(({ to }) => to === "c");
  cores.settle();
  cores.takeSnapshot("a");
  cores.get("a").core.compact(3);
  cores.timeout("a");
  cores.settle();
  return cores;
}

const wanted = (cores: Cores): number => cores.get("a").own.filter(({ type }) => type === "transfer").length;

test("a snapshot replaces a log that it goes beyond: index, term and members are its own", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.remember("a", [1, 1]);
  cores.get("a").core.install("b", meta(11, 11, members("bcd", "a")), 0);
  cores.drain("a");
  const { log, commitIndex, members: now } = cores.get("a").is;
  t.is(log.lastIndex, 11);
  t.is(log.term(11), 11);
  t.is(log.term(10), undefined);
  t.is(commitIndex, 11);
  t.deepEqual(now.voters, ["b", "c", "d"]);
  t.deepEqual(now.learners, ["a"]);
  const answer = cores.network.find(isKind("appendResponse"))!;
  t.is(body(answer.message, "appendResponse").index, 11);
});

test("a snapshot of a joint configuration brings both of its sets", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const configuration = { ...members("abc"), outgoing: members("ade").voters };
  cores.get("a").core.install("b", meta(5, 1, configuration), 0);
  t.deepEqual(cores.get("a").is.members.outgoing, ["a", "d", "e"]);
});

test("a snapshot that is older than what is committed changes nothing", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (const text of ["1", "2", "3"]) cores.propose("a", text);
  cores.settle();
  cores.timeout("a");
  cores.settle();
  const before = cores.get("b").is.commitIndex;
  cores.get("b").core.install("a", meta(2, 1), cores.now);
  cores.drain("b");
  t.is(cores.get("b").is.commitIndex, before);
  t.is(cores.get("b").is.log.base.index, 0);
  t.false(cores.get("b").own.some(({ type }) => type === "restore"));
});

test("a snapshot whose last entry is in the log raises the commit index and keeps what lies beyond", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.remember("a", [1, 1, 1, 1]);
  cores.get("a").core.install("b", meta(2, 1), 0);
  cores.drain("a");
  t.is(cores.get("a").is.commitIndex, 2);
  t.is(cores.get("a").is.log.lastIndex, 4);
  t.false(cores.get("a").own.some(({ type }) => type === "restore"));
});

test("a learner takes a snapshot, and one that makes it a voter makes it one", (t) => {
  const cores = new Cores(["a"]);
  cores.join("l");
  cores.get("l").core.install("a", meta(4, 2, members("a", "l")), 0);
  t.deepEqual(cores.get("l").is.members.learners, ["l"]);
  cores.get("l").core.install("a", meta(8, 2, members("al")), 0);
  t.deepEqual(cores.get("l").is.members.voters, ["a", "l"]);
});

test("a follower that lacks compacted entries is to get a snapshot, once, while that is under way", (t) => {
  const cores = behind();
  t.is(wanted(cores), 1);
  for (let i = 0; i < 5; i++) {
    cores.propose("a", `${i}`);
    cores.timeout("a");
    cores.settle();
  }
  t.is(wanted(cores), 1);
});

test("a transfer that succeeded: replication goes on behind the snapshot", (t) => {
  const cores = behind();
  cores.installSnapshot("a", "c");
  cores.drop(({ from }) => from === "c");
  cores.transferred("a", "c", true);
  cores.settle();
  cores.propose("a", "3");
  cores.settle();
  t.is(cores.get("c").is.commitIndex, 4);
  t.deepEqual(commands(cores.get("c")), ["3"]);
});

test("a transfer that failed: the follower is probed, and another one begins", (t) => {
  const cores = behind();
  cores.transferred("a", "c", false);
  cores.settle();
  cores.timeout("a");
  cores.settle();
  t.true(wanted(cores) > 1);
});

test("the follower's own answer ends a transfer before the leader learns how it went", (t) => {
  const cores = behind();
  cores.propose("a", "3");
  cores.installSnapshot("a", "c");
  cores.settle();
  t.deepEqual(commands(cores.get("c")), ["3"]);
  cores.transferred("a", "c", false);
  cores.settle();
  t.is(wanted(cores), 1, "a late report changes nothing");
});

test("a transfer to a follower that was removed, or by a leader that lost its term, is nobody's business", (t) => {
  const cores = behind();
  cores.elect("b");
  const before = cores.get("a").is;
  cores.transferred("a", "c", true);
  t.is(cores.get("a").is.role, before.role);
});

test("slow members are brought up by a snapshot and go on with the others", (t) => {
  const cores = behind();
  for (let i = 0; i < 50; i++) cores.propose("a", `more ${i}`);
  cores.settle(({ from, to }) => from !== "c" && to !== "c");
  cores.installSnapshot("a", "c");
  cores.transferred("a", "c", true);
  cores.settle();
  cores.timeout("a");
  cores.settle();
  t.is(cores.get("c").is.commitIndex, cores.get("a").is.commitIndex);
});

test("after a transfer by snapshot the leadership can be handed to whoever got it", (t) => {
  const cores = behind();
  cores.installSnapshot("a", "c");
  cores.transferred("a", "c", true);
  cores.settle();
  t.is(cores.get("a").core.transferLeadership("c", cores.now), "c");
  cores.drain("a");
  cores.settle();
  t.is(cores.leader!.id, "c");
});

test("a restart on a snapshot and what stands behind it is where the node was", (t) => {
  const cores = behind();
  cores.propose("a", "3");
  cores.settle();
  cores.restart("a");
  t.is(cores.get("a").is.commitIndex, 3);
  t.is(cores.get("a").is.log.lastIndex, 4);
  t.deepEqual(cores.get("a").is.members.voters, ["a", "b", "c"]);
});
