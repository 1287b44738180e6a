import test from "ava";
import { body, Cores, isKind } from "./cores.ts";

/** Until when a member knows that it misses nothing. */
function fresh(cores: Cores, id: string): number {
  const member = cores.get(id);
  return member.core.freshAt(member.applied.at(-1)?.index ?? 0, cores.now);
}

/** Lets heartbeats come and go. */
function beat(cores: Cores, leader: string, times: number): void {
  for (let i = 0; i < times; i++) {
    cores.timeout(leader);
    cores.settle();
  }
}

test("a follower that hears its leader is at most three heartbeats behind, and the leader one", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  beat(cores, "a", 5);
  for (const id of ["b", "c"]) t.true(cores.now - fresh(cores, id) <= 300, id);
  t.true(cores.now - fresh(cores, "a") <= 100);
});

test("who was never told anything knows nothing", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  t.is(fresh(cores, "b"), Number.NEGATIVE_INFINITY);
  cores.elect("a");
  beat(cores, "a", 5);
  cores.restart("b");
  t.is(fresh(cores, "b"), Number.NEGATIVE_INFINITY, "and a restart forgets");
});

test("what is not applied here does not count, until it is", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  beat(cores, "a", 4);
  const before = fresh(cores, "b");
  cores.propose("a", "x");
  cores.drop(({ to, message }) => to === "b" && message.body?.$case === "appendRequest");
  cores.settle();
  // b hears of a commit that it does not hold; the request was lost, and so are those that would repair it.
  for (let i = 0; i < 4; i++) {
    cores.timeout("a");
    for (let j = 0; j < 20; j++) {
      cores.drop(({ to, message }) => to === "b" && message.body?.$case === "appendRequest");
      cores.deliver();
    }
  }
  t.true(fresh(cores, "b") >= before);
  t.true(cores.now - fresh(cores, "b") >= 300, "x was committed that long ago");
  beat(cores, "a", 4);
  t.true(cores.now - fresh(cores, "b") <= 300);
});

test("a heartbeat that was long on its way says how old it is", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  beat(cores, "a", 4);
  cores.timeout("a");
  const [late] = cores.network.filter(({ to }) => to === "b");
  cores.drop(({ to }) => to === "b");
  cores.settle();
  const then = cores.now;
  cores.now += 10_000;
  cores.receive(late!);
  t.true(fresh(cores, "b") <= then, "not a moment later than the stamp that it gives back");
});

test("a leader that has been deposed, and does not know it, makes nobody fresh", (t) => {
  const cores = new Cores(["a", "b", "c", "d", "e"]);
  cores.elect("a");
  beat(cores, "a", 4);
  const then = cores.now;
  // a and b are cut off from the others, and hear each other for a while.
  const cut = ({ from, to }: { from: string; to: string }) =>
    ["a", "b"].includes(from) !== ["a", "b"].includes(to);
  for (let i = 0; i < 8; i++) {
    cores.timeout("a");
    cores.drop(cut);
    cores.settle();
  }
  t.is(cores.get("a").is.role, "leader");
  t.true(cores.now - then >= 700);
  t.true(fresh(cores, "a") <= then);
  t.true(fresh(cores, "b") <= then, "two of five can vouch for nothing");
});

test("a new leader vouches only once an entry of its own term is committed", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  beat(cores, "a", 4);
  const before = fresh(cores, "c");
  cores.now += 10_000;
  cores.get("b").core.advance(cores.now);
  cores.drain("b");
  cores.settle(isKind("voteRequest", "voteResponse"));
  t.is(cores.get("b").is.role, "leader");
  for (let i = 0; i < 4; i++) {
    cores.settle(isKind("heartbeat", "heartbeatResponse"));
    cores.now += 100;
    cores.get("b").core.advance(cores.now);
    cores.drain("b");
    cores.drop(isKind("appendRequest"));
  }
  t.is(fresh(cores, "c"), before);
  t.true(fresh(cores, "b") <= before + 300);
});

test("a stamp of an earlier life means nothing: that life's clock was another one", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  beat(cores, "a", 4);
  cores.restart("b");
  cores.timeout("a");
  const given = cores.network.find(
    ({ to, message }) => to === "b" && isKind("heartbeat")({ from: "a", to, message }),
  )!;
  t.truthy(body(given.message, "heartbeat").freshStamp);
  cores.receive(given);
  t.is(fresh(cores, "b"), Number.NEGATIVE_INFINITY);
});
