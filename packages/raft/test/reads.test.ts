import test from "ava";
import { Cores, isKind, type Member } from "./cores.ts";

/** Where a read that was asked for may be answered; undefined while it may not. */
function readyAt(member: Member, ticket: number): number | undefined {
  const ready = member.own.find((effect) => effect.type === "read-ready" && effect.ticket === ticket);
  return ready?.type === "read-ready" ? ready.index : undefined;
}

function read(cores: Cores, id: string): number {
  const ticket = cores.get(id).core.read(cores.now);
  cores.drain(id);
  return ticket;
}

for (const [id, writes] of [
  ["a", 1],
  ["b", 3],
  ["c", 0],
] as const)
  test(`a read at ${id} after ${writes} writes sees all of them, once a majority has confirmed the leader`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.elect("a");
    for (let i = 0; i < writes; i++) cores.propose("a", `${i}`);
    cores.settle();
    const ticket = read(cores, id);
    t.is(readyAt(cores.get(id), ticket), undefined);
    cores.settle();
    t.is(readyAt(cores.get(id), ticket), writes + 1);
  });

test("a leader that nobody answers confirms no read", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  const ticket = read(cores, "a");
  cores.drop();
  for (let i = 0; i < 5; i++) {
    cores.timeout("a");
    cores.drop();
  }
  t.is(readyAt(cores.get("a"), ticket), undefined);
});

test("a new leader answers reads only once an entry of its own term is committed, and then what was asked before", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.now = 2_000;
  cores.get("a").core.advance(cores.now);
  cores.drain("a");
  cores.settle(isKind("voteRequest", "voteResponse"));
  t.is(cores.get("a").is.role, "leader");
  const ticket = read(cores, "a");
  cores.settle(isKind("heartbeat", "heartbeatResponse"));
  t.is(readyAt(cores.get("a"), ticket), undefined);
  cores.settle();
  t.is(readyAt(cores.get("a"), ticket), 1);
});

test("a read that is asked again, or whose request arrives twice, is answered once", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  const ticket = read(cores, "b");
  const request = cores.network.find(isKind("readRequest"))!;
  cores.receive(request);
  cores.receive(request);
  cores.settle();
  const answers = cores.get("b").own.filter((e) => e.type === "read-ready" && e.ticket === ticket);
  t.is(answers.length, 1);
});

test("a learner reads as any member does", (t) => {
  const cores = new Cores(["a"]);
  cores.elect("a");
  cores.join("l");
  const member = (id: string) => ({ id, address: "" });
  cores.get("a").core.changeMembers({ voters: [member("a")], learners: [member("l")] }, cores.now);
  cores.drain("a");
  cores.settle();
  const ticket = read(cores, "l");
  cores.settle();
  t.is(readyAt(cores.get("l"), ticket), cores.get("a").is.commitIndex);
});

test("a read that was asked of an old leader is asked of the next one", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  const ticket = read(cores, "c");
  cores.drop(isKind("readRequest"));
  cores.elect("b");
  cores.settle();
  for (let i = 0; i < 3; i++) {
    cores.timeout("b");
    cores.settle();
  }
  t.is(readyAt(cores.get("c"), ticket), cores.get("b").is.commitIndex);
});

test("in a joint configuration both majorities must confirm a read", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (const id of ["d", "e"]) cores.join(id);
  const voters = ["a", "d", "e"].map((id) => ({ id, address: "" }));
  cores.get("a").core.changeMembers({ voters, learners: [], explicitLeave: true }, cores.now);
  cores.drain("a");
  cores.settle();
  t.true(cores.get("a").is.members.isJoint);
  const ticket = read(cores, "a");
  cores.settle(({ from, to }) => !["b", "c"].includes(from) && !["b", "c"].includes(to));
  t.is(readyAt(cores.get("a"), ticket), undefined, "the old voters have not answered");
  cores.settle();
  t.is(readyAt(cores.get("a"), ticket), 2);
});

test("without lease reads nobody has a lease", (t) => {
  const cores = new Cores(["a", "b", "c"], { leaseReads: false });
  cores.elect("a");
  t.is(cores.get("a").core.leaseIndex(cores.now), undefined);
});

test("with leases, a follower that forgets its leader still keeps the lease's promise", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "x");
  cores.settle();
  for (const id of ["b", "c"]) cores.get(id).core.forgetLeader(cores.now);
  const lease = cores.get("a").core;
  for (let i = 0; i < 20 && cores.get("b").is.role !== "leader"; i++) {
    cores.now += 100;
    cores.get("b").core.campaign(cores.now);
    cores.drain("b");
    cores.settle(({ from, to }) => from !== "a" && to !== "a");
  }
  t.is(cores.get("b").is.role, "leader", "after an election timeout nobody is loyal any more");
  t.is(lease.leaseIndex(cores.now), undefined, "and nobody has a lease");
});
