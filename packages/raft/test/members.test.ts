import test from "ava";
import type { WantedMembers } from "../src/core/membership.ts";
import { body, Cores, commands, isKind } from "./cores.ts";

const member = (id: string) => ({ id, address: "" });
const want = (voters: string, learners = ""): WantedMembers => ({
  voters: [...voters].map(member),
  learners: [...learners].map(member),
});

function change(cores: Cores, leader: string, wanted: WantedMembers): unknown {
  const answer = cores.get(leader).core.changeMembers(wanted, cores.now);
  cores.drain(leader);
  return answer;
}

/** Lets everything arrive, and what a heartbeat brings. */
function calm(cores: Cores, leader: string): void {
  cores.settle();
  cores.timeout(leader);
  cores.settle();
}

const is = (cores: Cores, id: string) => {
  const { voters, outgoing, learners } = cores.get(id).is.members;
  return [voters.join(""), outgoing.join(""), learners.join("")];
};

test("an addition counts from the moment it is in the log", (t) => {
  const cores = new Cores(["a"]);
  cores.elect("a");
  cores.join("b");
  t.is(change(cores, "a", want("ab")), 2);
  t.deepEqual(is(cores, "a"), ["ab", "", ""]);
  t.is(cores.get("a").is.commitIndex, 1, "a alone is no majority any more");
  cores.settle();
  t.is(cores.get("a").is.commitIndex, 2);
});

test("who is added again, or removed again, changes nothing", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  t.is(change(cores, "a", want("ab")), "unchanged");
  t.is(change(cores, "a", want("ba")), "unchanged");
  change(cores, "a", want("a"));
  calm(cores, "a");
  t.is(change(cores, "a", want("a")), "unchanged");
});

test("one change at a time: another one is refused until the first is committed", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  cores.join("l");
  change(cores, "a", want("ab", "l"));
  t.is(change(cores, "a", want("ab")), "in-progress");
  cores.settle();
  t.is(change(cores, "a", want("ab")), 3);
});

test("a new leader changes no members before an entry of its own term is committed", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  change(cores, "a", want("abc", "l"));
  cores.deliver(({ to }) => to === "b");
  cores.drop();
  cores.now += 10_000;
  cores.get("b").core.advance(cores.now);
  cores.drain("b");
  cores.settle(isKind("voteRequest", "voteResponse"));
  t.is(cores.get("b").is.role, "leader");
  t.is(change(cores, "b", want("ab")), "in-progress", "a's change may be committed or not");
  cores.join("l");
  cores.settle();
  t.is(typeof change(cores, "b", want("ab")), "number");
});

test("no voters, a member twice, or one without a name: refused", (t) => {
  const cores = new Cores(["a"]);
  cores.elect("a");
  for (const wanted of [want(""), want("", "a"), want("aa"), want("a", "a"), want("a", "bb")])
    t.is(change(cores, "a", wanted), "no-such-configuration");
  t.is(change(cores, "a", { voters: [member("a"), member("")], learners: [] }), "no-such-configuration");
});

test("promoted and demoted in turn, a member is what it was last made", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  cores.join("c");
  for (const [voters, learners] of [
    ["ab", "c"],
    ["abc", ""],
    ["ab", "c"],
    ["ac", "b"],
    ["abc", ""],
  ] as const) {
    t.is(typeof change(cores, "a", want(voters, learners)), "number");
    calm(cores, "a");
    t.deepEqual(is(cores, "b"), [voters, "", learners]);
    t.deepEqual(is(cores, "c"), [voters, "", learners]);
  }
});

test("a voter that becomes a learner by a joint change counts until the old configuration is left", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  change(cores, "a", { ...want("a", "bc"), explicitLeave: true });
  cores.settle();
  t.deepEqual(is(cores, "a"), ["a", "abc", "bc"]);
  cores.propose("a", "x");
  cores.drop();
  t.deepEqual(commands(cores.get("a")), [], "b and c must still agree");
  cores.timeout("a");
  cores.settle();
  cores.get("a").core.leaveJoint(cores.now);
  cores.drain("a");
  cores.settle();
  t.deepEqual(is(cores, "a"), ["a", "", "bc"]);
  cores.propose("a", "y");
  t.deepEqual(commands(cores.get("a")), ["x", "y"]);
});

test("a joint configuration that is to be left explicitly survives a change of leaders", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.join("d");
  change(cores, "a", { ...want("bcd"), explicitLeave: true });
  cores.settle();
  cores.elect("b");
  cores.settle();
  t.deepEqual(is(cores, "b"), ["bcd", "abc", ""]);
  t.is(typeof cores.get("b").core.leaveJoint(cores.now), "number");
  cores.drain("b");
  calm(cores, "b");
  t.deepEqual(is(cores, "d"), ["bcd", "", ""]);
});

test("a leader that dies in a joint configuration: the next one leaves it", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (const id of ["d", "e"]) cores.join(id);
  change(cores, "a", want("ade"));
  cores.settle(isKind("appendRequest"));
  cores.drop();
  t.true(cores.get("b").is.members.isJoint);
  cores.now += 10_000;
  cores.timeout("b");
  cores.settle(({ from, to }) => from !== "a" && to !== "a");
  for (let i = 0; i < 5; i++) {
    if (cores.leader?.id !== "a") cores.timeout(cores.leader!.id);
    cores.settle(({ from, to }) => from !== "a" && to !== "a");
  }
  t.deepEqual(is(cores, "d"), ["ade", "", ""]);
});

test("an entry that waited for a removed voter commits with the removal", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  cores.propose("a", "x");
  change(cores, "a", want("a"));
  t.is(cores.get("a").is.commitIndex, 3, "the new configuration alone counts, from its entry on");
  t.deepEqual(commands(cores.get("a")), ["x"]);
});

test("a follower campaigns by the latest configuration in its log, applied or not", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  change(cores, "a", want("ac"));
  cores.deliver(({ to }) => to === "c");
  cores.drop();
  cores.now += 10_000;
  cores.timeout("c");
  t.deepEqual(
    cores.network.map(({ to }) => to),
    ["a"],
  );
});

test("learners begin no election, whatever they hear or do not hear", (t) => {
  const cores = new Cores(["a"]);
  cores.elect("a");
  cores.join("l");
  change(cores, "a", want("a", "l"));
  calm(cores, "a");
  for (let i = 0; i < 5; i++) cores.timeout("l");
  t.is(cores.get("l").is.role, "follower");
  t.is(cores.get("l").is.term, 1);
  t.is(cores.network.filter(isKind("voteRequest")).length, 0);
});

test("learners receive the log and count for nothing", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  cores.join("l");
  change(cores, "a", want("ab", "l"));
  calm(cores, "a");
  cores.propose("a", "x");
  cores.settle(({ from, to }) => from === "l" || to === "l");
  t.is(cores.get("l").is.log.lastIndex, 3);
  t.deepEqual(commands(cores.get("a")), [], "a learner's copy is none of a majority");
  cores.settle();
  t.deepEqual(commands(cores.get("l")), ["x"]);
});

test("a learner that has caught up is a voter like any other once it is promoted", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  cores.join("c");
  change(cores, "a", want("ab", "c"));
  calm(cores, "a");
  change(cores, "a", want("abc"));
  calm(cores, "a");
  cores.elect("c");
  t.is(cores.leader!.id, "c");
});

test("a proposal of a member that was removed, or never was one, is not refused: whoever reaches the leader is served", (t) => {
  const cores = new Cores(["a", "b"]);
  cores.elect("a");
  cores.propose("b", "x");
  cores.settle();
  t.deepEqual(commands(cores.get("b")), ["x"]);
});

// Witnesses.

test("a witness is told no command, by whatever way, and keeps none", (t) => {
  const cores = new Cores(["a", "b", "c"], { witness: "c" });
  cores.elect("a");
  for (let i = 0; i < 20; i++) cores.propose(i % 2 === 0 ? "a" : "b", `secret ${i}`);
  for (const envelope of [...cores.network]) {
    if (envelope.to !== "c" || !isKind("appendRequest")(envelope)) continue;
    for (const { data } of body(envelope.message, "appendRequest").entries) t.is(data.length, 0);
  }
  cores.settle();
  t.is(commands(cores.get("a")).length, 20);
  t.is(cores.get("c").is.commitIndex, cores.get("a").is.commitIndex);
  for (const { record } of cores.get("c").journal)
    if (record?.$case === "entry") t.is(record.value.data.length, 0);
});

test("a witness is told of nothing that its own acknowledgement would not commit", (t) => {
  const cores = new Cores(["a", "b", "c", "w"], { witness: "w" });
  cores.elect("a");
  cores.propose("a", "x");
  // Two of four and the witness are three; the leader alone and the witness are two.
  cores.drop(({ to }) => to === "b" || to === "c");
  cores.settle();
  t.is(cores.get("w").is.log.lastIndex, 1);
  // a dies: nobody may be stuck because the witness alone holds more than they.
  cores.now += 10_000;
  for (let i = 0; i < 10 && cores.leader?.id !== "b"; i++) {
    cores.timeout("b");
    cores.settle(({ from, to }) => from !== "a" && to !== "a");
    cores.drop();
  }
  t.is(cores.leader!.id, "b");
});

test("a majority with the witness commits; whoever lacks that is not elected with the witness's vote", (t) => {
  const cores = new Cores(["a", "b", "w"], { witness: "w" });
  cores.elect("a");
  cores.propose("a", "x");
  cores.drop(({ to }) => to === "b");
  cores.settle();
  t.deepEqual(commands(cores.get("a")), ["x"]);
  cores.now += 10_000;
  for (let i = 0; i < 5; i++) {
    cores.timeout("b");
    cores.settle(({ from, to }) => from !== "a" && to !== "a");
    cores.drop();
  }
  t.not(cores.get("b").is.role, "leader");
  for (let i = 0; i < 10 && commands(cores.get("b")).length === 0; i++) {
    cores.timeout("a");
    cores.settle();
  }
  t.deepEqual(commands(cores.get("b")), ["x"]);
});

test("a full member takes nothing that was withheld, and a witness nothing that was not", (t) => {
  const cores = new Cores(["a", "b", "w"], { witness: "w" });
  cores.elect("a");
  cores.propose("a", "x");
  const [toB, toW] = ["b", "w"].map((id) => cores.network.find(({ to }) => to === id)!);
  cores.drop();
  cores.receive({ ...toW!, to: "b" });
  cores.receive({ ...toB!, to: "w" });
  t.is(cores.get("b").is.log.lastIndex, 1);
  t.is(cores.get("w").is.log.lastIndex, 1);
  t.deepEqual(cores.network, []);
});

test("a witness confirms reads, and a leader keeps its lease with it", (t) => {
  const cores = new Cores(["a", "b", "w"], { witness: "w" });
  cores.elect("a");
  const ticket = cores.get("a").core.read(cores.now);
  cores.drain("a");
  cores.settle(({ from, to }) => from === "w" || to === "w");
  t.true(cores.get("a").own.some((e) => e.type === "read-ready" && e.ticket === ticket));
  t.is(cores.get("a").core.leaseIndex(cores.now + 800), 1);
});

test("another commit quorum goes through a joint configuration, and so does a voter more or less beside one", (t) => {
  const cores = new Cores(["a", "b", "c", "d"]);
  cores.elect("a");
  calm(cores, "a");
  const quorum = () => {
    const { commitQuorum, outgoingCommitQuorum, isJoint } = cores.get("a").is.members;
    return { commitQuorum, outgoingCommitQuorum, isJoint };
  };
  t.is(typeof change(cores, "a", { ...want("abcd"), commitQuorum: 2 }), "number");
  t.deepEqual(quorum(), { commitQuorum: 2, outgoingCommitQuorum: undefined, isJoint: true });
  calm(cores, "a");
  t.deepEqual(quorum(), { commitQuorum: 2, outgoingCommitQuorum: undefined, isJoint: false });
  t.is(change(cores, "a", want("abcd")), "unchanged", "who says nothing of it leaves it as it is");
  t.is(typeof change(cores, "a", want("abc")), "number");
  t.deepEqual(quorum(), { commitQuorum: 2, outgoingCommitQuorum: 2, isJoint: true });
  calm(cores, "a");
  t.is(typeof change(cores, "a", want("abc", "d")), "number");
  t.false(quorum().isJoint, "learners count for nothing");
  calm(cores, "a");
  t.is(typeof change(cores, "a", { ...want("abc", "d"), commitQuorum: 0 }), "number");
  calm(cores, "a");
  t.deepEqual(quorum(), { commitQuorum: undefined, outgoingCommitQuorum: undefined, isJoint: false });
});

test("a commit quorum of more than the voters, or beside a witness, is refused", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  calm(cores, "a");
  t.is(change(cores, "a", { ...want("abc"), commitQuorum: 4 }), "quorum");
  t.is(typeof change(cores, "a", { ...want("abc"), commitQuorum: 3 }), "number");
  calm(cores, "a");
  t.is(change(cores, "a", want("ab")), "quorum", "it would never commit again");
  const withWitness = new Cores(["a", "b", "w"], { witness: "w" });
  withWitness.elect("a");
  calm(withWitness, "a");
  const voters = withWitness.get("a").is.members.configuration.voters;
  t.is(change(withWitness, "a", { voters, learners: [], commitQuorum: 2 }), "quorum");
});
