import test from "ava";
import type { Message } from "../src/gen/raft.ts";
import { body, Cores, commands, isKind } from "./cores.ts";

type Body = NonNullable<Message["body"]>;

const vote = (last: readonly [index: number, term: number], preVote = false): Body => ({
  $case: "voteRequest",
  value: { preVote, lastLogIndex: last[0], lastLogTerm: last[1], transfer: false },
});

const between =
  (...ids: string[]) =>
  ({ from, to }: { from: string; to: string }): boolean =>
    ids.includes(from) && ids.includes(to);

test("each member can be elected in its turn", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  for (const id of ["a", "b", "c", "a"]) {
    cores.elect(id);
    t.is(cores.leader!.id, id);
    for (const member of cores.members.values()) t.is(member.is.leader, id);
  }
});

test("a leader overwrites what later terms left uncommitted in the logs of others", (t) => {
  const cores = new Cores(["a", "b", "c", "d", "e"]);
  // a led term 1, e led term 2 and told nobody, and b to d have voted in term 2 without hearing anything of it.
  cores.remember("a", [1]);
  cores.remember("b", [1]);
  cores.remember("c", [], 2);
  cores.remember("d", [], 2);
  cores.remember("e", [2]);
  cores.now += 10_000;
  while (cores.get("a").is.role !== "leader") {
    cores.now += 10_000;
    cores.get("a").core.advance(cores.now);
    cores.drain("a");
    cores.settle(between("a", "b", "c", "d"));
  }
  cores.drop();
  cores.timeout("a");
  cores.settle();
  cores.timeout("a");
  cores.settle();
  for (const { is } of cores.members.values()) {
    t.is(is.log.term(1), 1);
    t.is(is.log.term(2), cores.get("a").is.term);
    t.is(is.commitIndex, 2);
  }
});

for (const role of ["follower", "pre-candidate", "candidate", "leader"] as const)
  for (const preVote of [true, false])
    test(`a ${role} answers a request for a ${preVote ? "pre-" : ""}vote of a later term, once it owes no loyalty`, (t) => {
      const cores = new Cores(["a", "b", "c"]);
      if (role === "leader") cores.elect("a");
      if (role === "pre-candidate" || role === "candidate") cores.timeout("a");
      if (role === "candidate") cores.settle((e) => e.message.term === 1 && !isRealVote(e.message));
      t.is(cores.get("a").is.role, role);
      const { term } = cores.get("a").is;
      cores.drop();
      cores.receive({ from: "b", to: "a", message: { term: term + 1, body: vote([9, 9], preVote) } });
      if (role === "leader") {
        t.is(cores.network.length, 0, "a leader is loyal to itself");
        t.is(cores.get("a").is.term, term);
        return;
      }
      const answer = cores.network.find(isKind("voteResponse"))!.message;
      t.true(body(answer, "voteResponse").granted);
      t.is(cores.get("a").is.term, preVote ? term : term + 1);
      t.is(cores.get("a").is.vote, preVote ? (role === "candidate" ? "a" : null) : "b");
    });

function isRealVote({ body: what }: Message): boolean {
  return what?.$case === "voteRequest" && !what.value.preVote;
}

test("of two that begin together, one wins, and the other one follows when it can hear", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const apart = (e: { from: string; to: string }) => !between("a", "c")(e);
  cores.now = 2_000;
  for (const id of ["a", "c"]) {
    cores.get(id).core.advance(cores.now);
    cores.drain(id);
  }
  cores.settle(apart);
  t.is(cores.get("a").is.role, "leader");
  t.not(cores.get("c").is.role, "leader");
  cores.drop();
  cores.timeout("a");
  cores.settle();
  t.is(cores.get("c").is.leader, "a");
  t.is(cores.get("c").is.term, 1);
});

test("a candidate concedes to a leader of its own term, and takes over its log", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const cut = (e: { from: string; to: string }) => between("b", "c")(e);
  cores.now = 2_000;
  cores.get("a").core.advance(cores.now);
  cores.drain("a");
  cores.settle(isKind("voteRequest"));
  cores.settle((e) => e.to === "a" && e.from === "b");
  t.is(cores.get("a").is.role, "candidate");
  cores.drop();
  cores.now += 10_000;
  cores.timeout("c");
  cores.settle(cut);
  t.is(cores.get("c").is.role, "leader");
  t.is(cores.get("c").is.term, 1);
  cores.propose("c", "x");
  cores.settle();
  cores.timeout("c");
  cores.settle();
  t.is(cores.get("a").is.role, "follower");
  t.deepEqual(commands(cores.get("a")), ["x"]);
});

test("a vote for oneself that is on disk only after the election was lost makes nobody a leader", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.instantDisk = false;
  cores.timeout("a");
  cores.settle((e) => !isRealVote(e.message));
  t.is(cores.get("a").is.role, "candidate");
  const leader = { prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0, round: 1 };
  cores.receive({
    from: "b",
    to: "a",
    message: { term: 1, body: { $case: "appendRequest", value: leader } },
  });
  while (cores.get("a").writing.length > 0) cores.write("a");
  cores.drain("a");
  t.is(cores.get("a").is.role, "follower");
  t.is(cores.get("a").is.leader, "b");
});

test("pre-votes for two at once may both be granted; votes are given once, and the next election settles it", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.now += 10_000;
  const alive = between("b", "c");
  for (const id of ["b", "c"]) {
    cores.get(id).core.advance(cores.now);
    cores.drain(id);
  }
  cores.settle(alive);
  const { term } = cores.get("b").is;
  t.is(cores.get("c").is.term, term);
  for (
    let i = 0;
    i < 10 && ![...cores.members.values()].some(({ is }) => is.role === "leader" && is.term > 1);
    i++
  ) {
    cores.timeout(cores.get("b").core.deadline < cores.get("c").core.deadline ? "b" : "c");
    cores.settle(alive);
  }
  t.true(["b", "c"].includes(cores.leader!.id));
  t.true(cores.leader!.is.term > 1);
});

test("with pre-votes a leader whose followers heard it lately keeps them from voting for another", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.now += 900;
  cores.timeout("a");
  cores.settle();
  cores.get("b").core.campaign(cores.now);
  cores.drain("b");
  cores.settle();
  t.is(cores.get("a").is.role, "leader");
  t.deepEqual(
    [...cores.members.values()].map(({ is }) => is.term),
    [1, 1, 1],
  );
});

test("a node of a smaller term that is up-to-date can be elected by nodes of a larger one", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.remember("a", [1, 1], 1);
  cores.remember("b", [1, 1], 4);
  cores.remember("c", [1], 3);
  cores.now += 10_000;
  for (let i = 0; i < 5 && cores.get("a").is.role !== "leader"; i++) {
    cores.now += 3_000;
    cores.get("a").core.advance(cores.now);
    cores.drain("a");
    cores.settle();
  }
  t.is(cores.get("a").is.role, "leader");
  t.is(cores.get("a").is.term, 5);
});

test("a follower that comes back with a larger term does not disturb: it is overtaken, or settles it by the next election", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.remember("c", [1], 5);
  cores.drop();
  cores.timeout("a");
  // c cannot follow a leader of term 1; its answer deposes a, and an election follows in which nobody is lost.
  cores.settle();
  for (let i = 0; i < 20 && cores.leader?.is.commitIndex !== 2; i++) {
    const next = [...cores.members.values()].sort((x, y) => x.core.deadline - y.core.deadline)[0]!;
    cores.timeout(next.id);
    cores.settle();
  }
  t.is(cores.leader!.is.term, 6);
  for (const { is } of cores.members.values()) t.is(is.leader, cores.leader!.id);
});

test("a node that was cut off asks for pre-votes only: back again, it follows as if nothing had been", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (let i = 0; i < 10; i++) {
    cores.timeout("c");
    cores.drop();
  }
  t.is(cores.get("c").is.term, 1);
  cores.now += 1;
  cores.elect("a");
  t.is(cores.get("c").is.leader, "a");
});

test("a candidate with the largest term, which cannot win, is not stuck: the leader learns of its term", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "x");
  cores.settle(between("a", "b"));
  cores.drop();
  cores.remember("c", [1], 9);
  cores.get("c").core.campaign(cores.now);
  cores.drain("c");
  cores.drop();
  cores.timeout("a");
  cores.settle();
  t.is(cores.get("a").is.term, 9);
  t.is(cores.get("a").is.role, "follower");
  for (let i = 0; i < 20 && commands(cores.get("c")).length === 0; i++) {
    const next = [...cores.members.values()].sort((x, y) => x.core.deadline - y.core.deadline)[0]!;
    cores.timeout(next.id);
    cores.settle();
  }
  t.deepEqual(commands(cores.get("c")), ["x"]);
});

test("priorities: the highest times out first, each lower one in a band of its own, two of them later at most", (t) => {
  const priorities = { a: 3, b: 2, c: 1 };
  const cores = new Cores(["a", "b", "c", "d"], { priorities });
  const bands = { a: [1_000, 1_500], b: [1_500, 2_000], c: [2_000, 2_500], d: [2_000, 2_500] } as const;
  for (const [id, [least, most]] of Object.entries(bands)) {
    const { deadline } = cores.get(id).core;
    t.true(deadline >= least && deadline < most, `${id} at ${deadline}`);
  }
});

test("a preferred member that does not take over is not asked again for ten election timeouts", (t) => {
  const cores = new Cores(["a", "b", "c"], { priorities: { b: 1 } });
  cores.elect("a");
  let asked = 0;
  const until = cores.now + 12_000;
  while (cores.now < until) {
    cores.timeout("a");
    asked += cores.drop(isKind("timeoutNow")) > 0 ? 1 : 0;
    cores.settle();
  }
  t.is(cores.leader!.id, "a");
  t.true(asked > 0 && asked <= 24, `${asked} requests in twelve election timeouts`);
});
