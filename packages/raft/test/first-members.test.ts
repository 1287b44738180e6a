import test from "ava";
import type { Message } from "../src/gen/raft.ts";
import { body, Cores, isKind } from "./cores.ts";

const here = "a, b, c";
const there = "a, b, d";

const asks = (term: number, firstMembers?: string, preVote = false): Message => ({
  term,
  body: {
    $case: "voteRequest",
    value: { preVote, lastLogIndex: 9, lastLogTerm: 9, transfer: false, firstMembers },
  },
});

const disagreements = (cores: Cores, id: string) =>
  cores.get(id).own.filter(({ type }) => type === "disagreement");

test("who says nothing of the first members is voted for and followed, as it always was", (t) => {
  for (const said of [undefined, here]) {
    const cores = new Cores(["a", "b", "c"], { firstMembers: here });
    cores.receive({ from: "b", to: "a", message: asks(3, said) });
    t.true(body(cores.network[0]!.message, "voteResponse").granted);
    cores.receive({
      from: "b",
      to: "a",
      message: {
        term: 3,
        body: { $case: "heartbeat", value: { leaderCommit: 0, round: 1, firstMembers: said } },
      },
    });
    t.is(cores.get("a").is.leader, "b");
    t.deepEqual(disagreements(cores, "a"), []);
  }
});

test("who says otherwise is refused, and told why; its term counts for nothing", (t) => {
  for (const preVote of [true, false]) {
    const cores = new Cores(["a", "b", "c"], { firstMembers: here });
    cores.receive({ from: "b", to: "a", message: asks(3, there, preVote) });
    const { term } = cores.get("a").is;
    t.is(term, 0);
    t.deepEqual(body(cores.network[0]!.message, "voteResponse"), {
      preVote,
      granted: false,
      firstMembers: here,
    });
    t.deepEqual(disagreements(cores, "a"), [{ type: "disagreement", with: "b", here, there, stops: false }]);
  }
});

test("a candidate goes on while those that may agree with it are enough, and stops when they are not", (t) => {
  const cores = new Cores(["a", "b", "c"], { firstMembers: here });
  cores.timeout("a");
  const refuse = (from: string): void => {
    const value = { preVote: true, granted: false, firstMembers: there };
    cores.receive({ from, to: "a", message: { term: 7, body: { $case: "voteResponse", value } } });
  };
  refuse("b");
  refuse("b");
  t.is(cores.get("a").is.role, "pre-candidate");
  t.deepEqual(
    disagreements(cores, "a").map((told) => told.type === "disagreement" && told.stops),
    [false, false],
    "the same voter twice is one voter",
  );
  refuse("c");
  t.like(disagreements(cores, "a").at(-1), { with: "c", stops: true });
  t.is(cores.get("a").is.term, 0);
});

test("a leader tells followers until it knows where their logs agree, and not with each request", (t) => {
  const cores = new Cores(["a", "b", "c"], { firstMembers: here });
  cores.timeout("a");
  const told: (string | undefined)[] = [];
  const settle = (): void => {
    for (let sent = cores.deliver(); sent; sent = cores.deliver())
      if (isKind("appendRequest")(sent)) told.push(body(sent.message, "appendRequest").firstMembers);
  };
  settle();
  t.deepEqual(told, [here, here]);
  cores.propose("a", "x");
  settle();
  t.deepEqual(told.slice(2), [undefined, undefined]);
});

test("whom a leader reaches that says otherwise stops, whether a heartbeat or a request comes first", (t) => {
  const value = { leaderCommit: 0, round: 1, firstMembers: there };
  const request = { prevLogIndex: 0, prevLogTerm: 0, entries: [] };
  for (const said of [
    { $case: "heartbeat", value },
    { $case: "appendRequest", value: { ...value, ...request } },
  ] as const) {
    const cores = new Cores(["a", "b", "c"], { firstMembers: here });
    cores.receive({ from: "b", to: "a", message: { term: 5, body: said } });
    t.like(disagreements(cores, "a")[0], { with: "b", here, there, stops: true });
    t.is(cores.get("a").is.term, 0);
    t.is(cores.network.length, 0);
  }
});
