import test from "ava";
import type { Envelope } from "./cores.ts";
import { body, Cores, commands, isKind } from "./cores.ts";

const to = (id: string) => (e: Envelope) => e.to === id;
const appendsTo = (cores: Cores, id: string) =>
  cores.network
    .filter((e) => to(id)(e) && isKind("appendRequest")(e))
    .map(({ message }) => body(message, "appendRequest"));

test("probing: one request, and no other before an answer or a heartbeat's answer", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.timeout("a");
  cores.settle(isKind("voteRequest", "voteResponse"));
  t.is(cores.get("a").is.role, "leader");
  for (const text of ["1", "2", "3"]) cores.propose("a", text);
  t.is(appendsTo(cores, "b").length, 1);
  cores.drop(isKind("appendRequest"));
  cores.settle();
  t.is(cores.get("b").is.log.lastIndex, 0, "that heartbeat left before the request");
  cores.timeout("a");
  cores.settle();
  t.is(cores.get("b").is.log.lastIndex, 4);
});

test("a link slower than heartbeats come is not filled with copies of what is on its way", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "1");
  cores.drop((e) => to("b")(e) && isKind("appendRequest")(e));
  const delayBeats = 10;
  const slow: { readonly at: number; readonly envelope: Envelope }[] = [];
  let requests = 0;
  for (let beat = 0; beat < 12 * delayBeats; beat++) {
    cores.timeout("a");
    while (slow[0] && slow[0].at <= beat) cores.receive(slow.shift()!.envelope);
    cores.settle((e) => e.from !== "b" && e.to !== "b");
    requests += appendsTo(cores, "b").length;
    for (const envelope of cores.network.splice(0)) slow.push({ at: beat + delayBeats, envelope });
  }
  t.deepEqual(commands(cores.get("b")), ["1"]);
  // It is asked where the logs agree, says that it lacks something, and gets it.
  t.true(requests <= 4, `${requests} requests`);
});

test("replicating: requests go one behind the other without waiting for answers", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  for (const text of ["1", "2", "3"]) cores.propose("a", text);
  t.deepEqual(
    appendsTo(cores, "b").map(({ prevLogIndex }) => prevLogIndex),
    [1, 2, 3],
  );
});

test("a snapshot under way: nothing is sent to that follower, the others are served", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "1");
  cores.drop(to("c"));
  cores.settle();
  cores.takeSnapshot("a");
  cores.get("a").core.compact(2);
  cores.timeout("a");
  cores.settle();
  t.true(cores.get("a").own.some(({ type }) => type === "transfer"));
  cores.propose("a", "2");
  t.is(appendsTo(cores, "c").length, 0);
  t.is(appendsTo(cores, "b").length, 1);
});

test("a request holds as many entries as fit, one at least", (t) => {
  const cores = new Cores(["a", "b"], { messageBytesMax: 500 });
  cores.elect("a");
  for (let i = 0; i < 10; i++) cores.get("a").core.propose(new Uint8Array(100), cores.now);
  cores.get("a").core.propose(new Uint8Array(10_000), cores.now);
  cores.drain("a");
  const sizes = appendsTo(cores, "b").map(({ entries }) => entries.length);
  t.deepEqual(sizes, [3, 3, 3, 1, 1]);
});

test("uncommitted entries are bounded: what comes on top waits, and is not lost", (t) => {
  const cores = new Cores(["a", "b", "c"], { uncommittedBytesMax: 500 });
  cores.elect("a");
  const texts = Array.from({ length: 20 }, (_, i) => `${i}`.padStart(100, "."));
  for (const text of texts) cores.propose("a", text);
  t.true(cores.get("a").is.log.lastIndex < 7, "what is uncommitted stays within the bound");
  cores.settle();
  t.deepEqual(commands(cores.get("a")), texts);
});

test("a leader that is cut off from its followers does not grow its log beyond the bound", (t) => {
  const cores = new Cores(["a", "b", "c"], { uncommittedBytesMax: 2_000 });
  cores.elect("a");
  for (let i = 0; i < 1_000; i++) cores.propose("a", "x");
  t.true(cores.get("a").is.log.lastIndex < 60, `${cores.get("a").is.log.lastIndex}`);
});

test("a restart hands over what is committed in order, however much it is", (t) => {
  const cores = new Cores(["a"]);
  cores.elect("a");
  for (let i = 0; i < 500; i++) cores.propose("a", `${i}`.padStart(100, "."));
  cores.restart("a");
  cores.elect("a");
  t.is(cores.get("a").applied.length, 502);
  t.deepEqual(
    cores.get("a").applied.map(({ index }) => index),
    Array.from({ length: 502 }, (_, i) => i + 1),
  );
});

test("requests that arrive out of order are refused until the gap is filled, and nothing is lost", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  for (const text of ["1", "2", "3"]) cores.propose("a", text);
  const requests = cores.network.splice(0);
  for (const request of requests.reverse()) cores.receive(request);
  cores.settle();
  for (let i = 0; i < 3; i++) {
    cores.timeout("a");
    cores.settle();
  }
  t.deepEqual(commands(cores.get("b")), ["1", "2", "3"]);
});

test("a delayed duplicate neither cuts the log nor takes back what was acknowledged", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "1");
  const old = cores.network.find(to("b"))!;
  cores.settle();
  cores.propose("a", "2");
  cores.settle();
  cores.receive(old);
  t.is(cores.get("b").is.log.lastIndex, 3);
  cores.settle();
  t.deepEqual(commands(cores.get("b")), ["1", "2"]);
});

test("messages of an old leader change nothing", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "old");
  const old = cores.network.find(to("c"))!;
  cores.drop();
  cores.elect("b");
  const { lastIndex } = cores.get("c").is.log;
  t.is(cores.get("c").is.log.term(2), 2);
  cores.receive(old);
  cores.settle();
  t.is(cores.get("c").is.log.term(2), 2);
  t.is(cores.get("c").is.log.lastIndex, lastIndex);
});

test("a proposal with no leader to take it waits for one; one that is given up before has no effect", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  const kept = cores.propose("b", "kept");
  const dropped = cores.propose("b", "dropped");
  t.true(kept !== dropped);
  t.false(cores.get("b").core.forgetProposal(dropped), "it can certainly not be committed");
  cores.elect("a");
  cores.drain("b");
  cores.settle();
  for (const member of cores.members.values()) t.deepEqual(commands(member), ["kept"]);
});

test("acknowledgements of an older term do not count", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "x");
  cores.deliver(to("c"));
  const late = cores.network.find(to("a"))!;
  cores.drop();
  cores.elect("c");
  const { commitIndex } = cores.get("a").is;
  cores.receive(late);
  t.is(cores.get("a").is.role, "follower");
  t.is(cores.get("a").is.commitIndex, commitIndex);
});

test("among many groups a commit alone is worth a message only to who waits for it", (t) => {
  const cores = new Cores(["a", "b", "c"], { quiescence: { afterMs: Number.POSITIVE_INFINITY, group: "g" } });
  cores.elect("a");
  cores.timeout("a");
  cores.settle();
  const told: string[] = [];
  const settle = (): string[] => {
    told.length = 0;
    for (;;) {
      for (const { to: peer } of cores.network.filter(isKind("heartbeat"))) told.push(peer);
      if (cores.deliver() === undefined) return [...new Set(told)];
    }
  };
  cores.propose("a", "1");
  t.deepEqual(settle(), []);
  t.deepEqual(commands(cores.get("a")), ["1"]);
  t.deepEqual(commands(cores.get("b")), []);
  cores.propose("b", "2");
  t.deepEqual(settle(), ["b"]);
  t.deepEqual(commands(cores.get("b")), ["1", "2"]);
  t.deepEqual(commands(cores.get("c")), ["1"], "the request told it of the commit before");
  cores.get("c").core.read(cores.now);
  cores.drain("c");
  settle();
  t.deepEqual(commands(cores.get("c")), ["1", "2"]);
  cores.propose("a", "3");
  settle();
  cores.timeout("a");
  settle();
  for (const id of ["b", "c"])
    t.deepEqual(commands(cores.get(id)), ["1", "2", "3"], "with the next heartbeat");
});
