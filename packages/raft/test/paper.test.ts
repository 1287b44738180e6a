import { seededRandom } from "@coterie/host";
import test from "ava";
import { defaultCoreOptions } from "../src/core/options.ts";
import { RaftCore } from "../src/core/raft.ts";
import { Recovery } from "../src/core/recovery.ts";
import type { Entry, Message } from "../src/gen/raft.ts";
import { body, Cores, commands, isKind } from "./cores.ts";

// The paper's sentences, one by one, each against a core alone.

type Body = NonNullable<Message["body"]>;

const noop = (index: number, term: number): Entry => ({
  index,
  term,
  kind: 1,
  time: 0,
  origin: "",
  id: 0,
  data: new Uint8Array(),
});

const append = (
  prev: readonly [index: number, term: number],
  entries: readonly Entry[],
  leaderCommit = 0,
): Body => ({
  $case: "appendRequest",
  value: { prevLogIndex: prev[0], prevLogTerm: prev[1], entries: [...entries], leaderCommit, round: 1 },
});

const vote = (last: readonly [index: number, term: number], preVote = false): Body => ({
  $case: "voteRequest",
  value: { preVote, lastLogIndex: last[0], lastLogTerm: last[1], transfer: false },
});

/** Says something to a member; answers what it says in return. */
function say(cores: Cores, from: string, to: string, term: number, what: Body): Message[] {
  cores.drop();
  cores.receive({ from, to, message: { term, body: what } });
  return cores.network.filter((e) => e.from === to && e.to === from).map(({ message }) => message);
}

/** A member that has begun an election and has no answer yet: pre-votes are granted, votes are under way. */
function candidate(size: readonly string[] = ["a", "b", "c"]): Cores {
  const cores = new Cores(size);
  cores.timeout("a");
  cores.settle((e) => isKind("voteRequest", "voteResponse")(e) && isPreVote(e.message));
  return cores;
}

function isPreVote({ body: what }: Message): boolean {
  return (what?.$case === "voteRequest" || what?.$case === "voteResponse") && what.value.preVote;
}

// §5.1

for (const role of ["follower", "candidate", "leader"] as const)
  test(`a ${role} that hears of a higher term becomes a follower in it`, (t) => {
    const cores = role === "candidate" ? candidate() : new Cores(["a", "b", "c"]);
    if (role === "leader") cores.elect("a");
    t.is(cores.get("a").is.role, role);
    say(cores, "b", "a", 7, append([0, 0], [], 0));
    t.is(cores.get("a").is.role, "follower");
    t.is(cores.get("a").is.term, 7);
    t.is(cores.get("a").is.leader, "b");
  });

test("a request of an older term is rejected, and its sender learns of the newer one", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  say(cores, "b", "a", 3, append([0, 0], []));
  const [answer] = say(cores, "c", "a", 2, append([0, 0], [noop(1, 2)]));
  t.is(answer?.term, 3);
  t.true(body(answer!, "appendResponse").rejected);
  t.is(cores.get("a").is.log.lastIndex, 0);
});

// §5.2

test("a node starts as a follower", (t) => {
  t.is(new Cores(["a", "b", "c"]).get("a").is.role, "follower");
});

test("a leader sends heartbeats to everybody at every interval", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  for (let i = 0; i < 5; i++) {
    const before = cores.now;
    cores.timeout("a");
    t.is(cores.now - before, defaultCoreOptions.heartbeatIntervalMs);
    t.deepEqual(
      cores.network.filter(isKind("heartbeat")).map(({ to }) => to),
      ["b", "c"],
    );
    cores.settle();
  }
});

test("a follower that hears nothing begins an election: a new term, a vote for itself, requests to all others", (t) => {
  const cores = candidate();
  t.is(cores.get("a").is.role, "candidate");
  t.is(cores.get("a").is.term, 1);
  t.is(cores.get("a").is.vote, "a");
  t.deepEqual(
    cores.network.map(({ to, message }) => [to, message.term, body(message, "voteRequest").preVote]),
    [
      ["b", 1, false],
      ["c", 1, false],
    ],
  );
});

test("a candidate whose election is not decided begins another one, in another term", (t) => {
  const cores = candidate();
  cores.drop();
  cores.timeout("a");
  cores.settle((e) => isPreVote(e.message));
  t.is(cores.get("a").is.role, "candidate");
  t.is(cores.get("a").is.term, 2);
});

const elections: readonly [size: number, granted: number, refused: number, role: string][] = [
  [1, 0, 0, "leader"],
  [3, 2, 0, "leader"],
  [3, 1, 0, "leader"],
  [3, 1, 1, "leader"],
  [3, 0, 2, "follower"],
  [3, 0, 1, "candidate"],
  [5, 4, 0, "leader"],
  [5, 2, 0, "leader"],
  [5, 2, 2, "leader"],
  [5, 1, 3, "follower"],
  [5, 1, 2, "candidate"],
  [5, 0, 0, "candidate"],
];

for (const [size, granted, refused, role] of elections)
  test(`of ${size}, ${granted} vote for a candidate and ${refused} against: it is ${role}`, (t) => {
    const ids = ["a", "b", "c", "d", "e"].slice(0, size);
    const cores = candidate(ids);
    cores.drop();
    for (let i = 0; i < granted + refused; i++) {
      const value = { preVote: false, granted: i < granted };
      say(cores, ids[i + 1]!, "a", 1, { $case: "voteResponse", value });
    }
    t.is(cores.get("a").is.role, role as never);
  });

const secondVotes: readonly [voted: string, asks: string, granted: boolean][] = [
  ["", "b", true],
  ["", "c", true],
  ["b", "b", true],
  ["c", "c", true],
  ["b", "c", false],
  ["c", "b", false],
];

for (const [voted, asks, granted] of secondVotes)
  test(`a follower that has voted for ${voted || "nobody"} ${granted ? "votes" : "does not vote"} for ${asks}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    if (voted !== "") say(cores, voted, "a", 1, vote([0, 0]));
    const [answer] = say(cores, asks, "a", 1, vote([0, 0]));
    t.is(body(answer!, "voteResponse").granted, granted);
  });

for (const term of [1, 2])
  test(`a candidate of term 1 that hears a leader of term ${term} follows it`, (t) => {
    const cores = candidate();
    say(cores, "b", "a", term, append([0, 0], []));
    t.is(cores.get("a").is.role, "follower");
    t.is(cores.get("a").is.term, term);
    t.is(cores.get("a").is.leader, "b");
  });

/** When a node with this seed acts first, with nobody to hear. */
function firstTimeout(seed: string): number {
  const voters = ["a", "b", "c"].map((id) => ({ id, address: "" }));
  const recovered = new Recovery().finish(
    { index: 0, term: 0, time: 0 },
    { voters, outgoing: [], learners: [] },
    0,
  );
  return new RaftCore({ ...defaultCoreOptions, id: "a", epoch: 1 }, seededRandom(seed), recovered, 0)
    .deadline;
}

test("election timeouts are drawn anew from the whole range of 1 to 1.5 times the least one", (t) => {
  const tenths = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const timeout = firstTimeout(`${i}`);
    t.true(timeout >= 1_000 && timeout < 1_500, `${timeout}`);
    tenths.add(Math.floor((timeout - 1_000) / 50));
  }
  t.is(tenths.size, 10);
});

test("a candidate's timeouts are drawn anew as well", (t) => {
  const cores = candidate();
  const waits = new Set<number>();
  for (let i = 0; i < 50; i++) {
    cores.drop();
    const before = cores.now;
    cores.timeout("a");
    cores.settle((e) => isPreVote(e.message));
    const waited = cores.now - before;
    t.true(waited >= 1_000 && waited < 1_500, `${waited}`);
    waits.add(waited);
  }
  t.true(waits.size > 40);
});

for (const role of ["followers", "candidates"])
  test(`${role} seldom time out together`, (t) => {
    let together = 0;
    for (let i = 0; i < 300; i++) {
      const timeouts = [0, 1, 2]
        .map((member) => firstTimeout(`${role} ${i} ${member}`))
        .sort((a, b) => a - b);
      if (timeouts[1]! - timeouts[0]! < 5) together++;
    }
    t.true(together < 30, `${together} of 300 times within 5 ms of each other`);
  });

// §5.3

test("a leader appends a proposal to its log and sends it to everybody", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "x");
  t.is(cores.get("a").is.log.lastIndex, 2);
  t.is(cores.get("a").is.commitIndex, 1);
  for (const to of ["b", "c"]) {
    const sent = body(cores.network.find((e) => e.to === to)!.message, "appendRequest");
    t.is(sent.prevLogIndex, 1);
    t.is(sent.prevLogTerm, 1);
    t.deepEqual(
      sent.entries.map(({ index, term }) => [index, term]),
      [[2, 1]],
    );
  }
});

test("a leader commits and applies what a majority holds, and tells the index in later requests", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.elect("a");
  cores.propose("a", "x");
  cores.deliver(({ to }) => to === "b");
  cores.deliver(({ to }) => to === "a");
  t.is(cores.get("a").is.commitIndex, 2);
  t.deepEqual(commands(cores.get("a")), ["x"]);
  cores.propose("a", "y");
  t.is(body(cores.network.findLast(isKind("appendRequest"))!.message, "appendRequest").leaderCommit, 2);
});

const acknowledged: readonly [size: number, holders: number, committed: boolean][] = [
  [1, 0, true],
  [3, 0, false],
  [3, 1, true],
  [3, 2, true],
  [5, 0, false],
  [5, 1, false],
  [5, 2, true],
  [5, 3, true],
  [5, 4, true],
];

for (const [size, holders, committed] of acknowledged)
  test(`an entry that the leader and ${holders} of ${size - 1} others hold is ${committed ? "" : "not "}committed`, (t) => {
    const ids = ["a", "b", "c", "d", "e"].slice(0, size);
    const cores = new Cores(ids);
    cores.elect("a");
    cores.propose("a", "x");
    const told = ids.slice(1, 1 + holders);
    cores.settle((e) => told.includes(e.from) || told.includes(e.to));
    t.is(cores.get("a").is.commitIndex === 2, committed);
  });

for (const terms of [[], [2], [1, 2], [1]])
  test(`an entry of its own term commits all before it: ${terms.join(" ") || "nothing"}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.remember("a", terms, 2);
    while (cores.get("a").is.role !== "leader") cores.elect("a");
    cores.propose("a", "x");
    cores.settle();
    t.is(cores.get("a").is.commitIndex, cores.get("a").is.log.lastIndex);
    t.deepEqual(
      cores
        .get("b")
        .applied.slice(0, terms.length)
        .map(({ term }) => term),
      terms,
    );
    t.deepEqual(commands(cores.get("c")), ["x"]);
  });

for (const commit of [1, 2, 3, 4])
  test(`a follower applies what a leader says is committed: up to ${commit}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    say(
      cores,
      "b",
      "a",
      1,
      append(
        [0, 0],
        [1, 2, 3, 4].map((index) => noop(index, 1)),
        commit,
      ),
    );
    t.is(cores.get("a").is.commitIndex, commit);
    t.is(cores.get("a").applied.length, commit);
  });

const checks: readonly [prev: readonly [number, number], accepted: boolean, hint: number][] = [
  [[0, 0], true, 0],
  [[1, 1], true, 0],
  [[2, 2], true, 0],
  [[1, 2], false, 1],
  [[2, 1], false, 1],
  [[3, 3], false, 2],
  [[3, 2], false, 2],
];

for (const [prev, accepted, hint] of checks)
  test(`a log of terms 1 2 ${accepted ? "takes" : "refuses"} entries after ${prev.join("/")}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.remember("a", [1, 2]);
    const [answer] = say(cores, "b", "a", 3, append(prev, []));
    const { rejected, index, hintIndex } = body(answer!, "appendResponse");
    t.is(rejected, !accepted);
    t.is(index, prev[0]);
    if (rejected) t.is(hintIndex, hint);
  });

const appends: readonly [
  prev: readonly [number, number],
  terms: readonly number[],
  log: readonly number[],
][] = [
  [[2, 2], [3], [1, 2, 3]],
  [
    [1, 1],
    [3, 4],
    [1, 3, 4],
  ],
  [[0, 0], [1], [1, 2]],
  [[0, 0], [3], [3]],
  [[1, 1], [2], [1, 2]],
];

for (const [prev, terms, log] of appends)
  test(`a log of terms 1 2 that is sent ${terms.join(" ")} after ${prev.join("/")} becomes ${log.join(" ")}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.remember("a", [1, 2]);
    const entries = terms.map((term, i) => noop(prev[0] + 1 + i, term));
    say(cores, "b", "a", 4, append(prev, entries));
    const { log: held } = cores.get("a").is;
    t.deepEqual(
      Array.from({ length: held.lastIndex }, (_, i) => held.term(i + 1)),
      [...log],
    );
  });

// Figure 7.

const leaderLog = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
const followerLogs: readonly (readonly number[])[] = [
  [1, 1, 1, 4, 4, 5, 5, 6, 6],
  [1, 1, 1, 4],
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  [1, 1, 1, 4, 4, 4, 4],
  [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
];

for (const followerLog of followerLogs)
  test(`a leader of figure 7 makes the log ${followerLog.join(" ")} agree with its own`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.remember("a", leaderLog, 8);
    cores.remember("b", followerLog);
    while (cores.get("a").is.role !== "leader") cores.elect("a");
    const logOf = (id: string) => {
      const { log } = cores.get(id).is;
      return Array.from({ length: log.lastIndex }, (_, i) => log.term(i + 1));
    };
    t.deepEqual(logOf("b"), logOf("a"));
    t.is(cores.get("b").is.commitIndex, cores.get("a").is.commitIndex);
  });

// §5.4.1

test("a request for a vote tells how far the candidate's log goes", (t) => {
  const cores = new Cores(["a", "b", "c"]);
  cores.remember("a", [1, 2]);
  cores.timeout("a");
  for (const { message } of cores.network) {
    const { lastLogIndex, lastLogTerm } = body(message, "voteRequest");
    t.deepEqual([lastLogIndex, lastLogTerm], [2, 2]);
  }
});

const comparisons: readonly [own: readonly number[], last: readonly [number, number], granted: boolean][] = [
  [[1], [1, 1], true],
  [[1], [2, 1], true],
  [[1, 1], [1, 1], false],
  [[1], [1, 2], true],
  [[1], [2, 2], true],
  [[1, 1], [1, 2], true],
  [[2], [1, 1], false],
  [[2], [2, 1], false],
  [[2, 1].sort(), [1, 1], false],
];

for (const [own, last, granted] of comparisons)
  test(`a voter whose log is ${own.join(" ")} ${granted ? "votes" : "does not vote"} for one that ends at ${last.join("/")}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.remember("a", own);
    cores.now += 10_000;
    const [answer] = say(cores, "b", "a", 3, vote(last));
    t.is(body(answer!, "voteResponse").granted, granted);
  });

// §5.4.2

for (const [index, committed] of [
  [1, false],
  [2, false],
  [3, true],
] as const)
  test(`a leader of term 3 on a log of terms 1 2 ${committed ? "commits" : "does not commit"} by counting at ${index}`, (t) => {
    const cores = new Cores(["a", "b", "c"]);
    cores.remember("a", [1, 2]);
    cores.now += 10_000;
    cores.timeout("a");
    cores.settle(isKind("voteRequest", "voteResponse"));
    t.is(cores.get("a").is.role, "leader");
    t.is(cores.get("a").is.term, 3);
    const value = { rejected: false, index, hintIndex: 0, hintTerm: 0, round: 0 };
    say(cores, "b", "a", 3, { $case: "appendResponse", value });
    t.is(cores.get("a").is.commitIndex, committed ? 3 : 0);
  });
