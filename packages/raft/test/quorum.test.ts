import test from "ava";
import {
  electionQuorum,
  majority,
  type Quorum,
  reachedByQuorum,
  type Tally,
  tally,
} from "../src/core/quorum.ts";

const sets = (voters: string, outgoing = ""): Quorum => ({ voters: [...voters], outgoing: [...outgoing] });

/** What each voter has reached: `a5 b3`; whoever is not named has reached nothing. */
function reached(text: string): (voter: string) => number {
  const values = new Map(text.split(" ").map((word) => [word[0], Number(word.slice(1))]));
  return (voter) => values.get(voter) ?? 0;
}

/** Votes: `a+ b-`. */
function votes(text: string): Map<string, boolean> {
  const words = text.split(" ").filter(Boolean);
  return new Map(words.map((word) => [word[0]!, word[1] === "+"]));
}

const majorityCommit: readonly [voters: string, reached: string, index: number][] = [
  ["", "", 0],
  ["a", "a12", 12],
  ["a", "", 0],
  ["ab", "a12 b5", 5],
  ["ab", "a12", 0],
  ["abc", "a12 b5 c6", 6],
  ["abc", "a100 b101", 100],
  ["abc", "a12 b12 c11", 12],
  ["abcd", "a4 b3 c2 d1", 2],
  ["abcde", "a5 b4 c3 d2 e1", 3],
  ["abcde", "a101 b103 c103 d103 e103", 103],
  ["abcdefg", "a1 b2 c3 d4 e5 f6 g7", 4],
];

for (const [voters, text, index] of majorityCommit)
  test(`a majority of ${voters || "nobody"} has reached ${index} where ${text || "nobody has reached anything"}`, (t) => {
    t.is(reachedByQuorum(sets(voters), reached(text)), index);
  });

const majorityVote: readonly [voters: string, votes: string, tally: Tally][] = [
  ["a", "", "pending"],
  ["a", "a+", "won"],
  ["a", "a-", "lost"],
  ["ab", "a+", "pending"],
  ["ab", "a+ b+", "won"],
  ["ab", "a+ b-", "lost"],
  ["abc", "a+ b-", "pending"],
  ["abc", "a+ b+", "won"],
  ["abc", "a+ b- c-", "lost"],
  ["abc", "x+ y+ z+", "pending"],
  ["abcd", "a+ b+", "pending"],
  ["abcd", "a+ b+ c- d-", "lost"],
  ["abcd", "a- b-", "lost"],
  ["abcde", "a+ b+ c- d-", "pending"],
  ["abcde", "a+ b+ c+", "won"],
  ["", "", "lost"],
];

for (const [voters, text, outcome] of majorityVote)
  test(`of ${voters || "nobody"}, ${text || "no votes"} is ${outcome}`, (t) => {
    t.is(tally(sets(voters), votes(text)), outcome);
  });

const jointCommit: readonly [voters: string, outgoing: string, reached: string, index: number][] = [
  ["abc", "", "a100 b101 c99", 100],
  ["abc", "abc", "a100 b101 c99", 100],
  ["abc", "def", "a100 b101 c99 d1 e2 f3", 2],
  ["abc", "cde", "a9 b8 c7 d1 e1", 1],
  ["ab", "bc", "a5 b4 c3", 3],
  ["abc", "abcd", "a1 b2 c3 d4", 2],
  ["a", "bcd", "a50 b10 c20", 10],
];

for (const [voters, outgoing, text, index] of jointCommit)
  test(`majorities of ${voters} and of ${outgoing || "nobody else"} have reached ${index} where ${text}`, (t) => {
    t.is(reachedByQuorum(sets(voters, outgoing), reached(text)), index);
    if (outgoing !== "")
      t.is(reachedByQuorum(sets(outgoing, voters), reached(text)), index, "either way round");
  });

const jointVote: readonly [voters: string, outgoing: string, votes: string, tally: Tally][] = [
  ["abc", "def", "a+ b+ c+", "pending"],
  ["abc", "def", "a+ b+ d+ e+", "won"],
  ["abc", "def", "a+ b+ d- e-", "lost"],
  ["abc", "def", "a- b-", "lost"],
  ["abc", "cde", "a+ c+ d+", "won"],
  ["abc", "cde", "a+ b+ d-", "pending"],
  ["ab", "abc", "a+ c+", "pending"],
  ["ab", "abc", "a+ b+", "won"],
];

for (const [voters, outgoing, text, outcome] of jointVote)
  test(`of ${voters} and ${outgoing}, ${text} is ${outcome}`, (t) => {
    t.is(tally(sets(voters, outgoing), votes(text)), outcome);
    t.is(tally(sets(outgoing, voters), votes(text)), outcome, "either way round");
  });

const flexible = (voters: string, commitQuorum: number): Quorum => ({ ...sets(voters), commitQuorum });

const flexibleCommit: readonly [voters: string, commitQuorum: number, reached: string, index: number][] = [
  ["abc", 1, "a9", 9],
  ["abc", 3, "a9 b8 c7", 7],
  ["abcd", 2, "a9 b8", 8],
  ["abcde", 2, "a5 b4 c3 d2 e1", 4],
  ["abcde", 4, "a5 b4 c3 d2 e1", 2],
];

for (const [voters, commitQuorum, text, index] of flexibleCommit)
  test(`${commitQuorum} of ${voters} have reached ${index} where ${text}`, (t) => {
    t.is(reachedByQuorum(flexible(voters, commitQuorum), reached(text)), index);
  });

const flexibleVote: readonly [voters: string, commitQuorum: number, votes: string, tally: Tally][] = [
  ["abc", 1, "a+ b+", "pending"],
  ["abc", 1, "a+ b+ c+", "won"],
  ["abc", 1, "a+ b-", "lost"],
  ["abcd", 2, "a+ b+", "pending"],
  ["abcd", 2, "a+ b+ c+", "won"],
  ["abcde", 2, "a+ b+ c+", "pending"],
  ["abcde", 2, "a+ b+ c+ d+", "won"],
  ["abcde", 2, "a- b-", "lost"],
  ["abcde", 4, "a+ b+", "pending"],
  ["abcde", 4, "a+ b+ c+", "won"],
];

for (const [voters, commitQuorum, text, outcome] of flexibleVote)
  test(`where ${commitQuorum} of ${voters} commit, ${text} is ${outcome}`, (t) => {
    t.is(tally(flexible(voters, commitQuorum), votes(text)), outcome);
  });

test("any two that elect have a voter in common, and so have one that elects and one that commits", (t) => {
  for (let voters = 1; voters <= 9; voters++)
    for (let commits = 1; commits <= voters; commits++) {
      const elects = electionQuorum(voters, commits);
      t.true(elects <= voters && 2 * elects > voters && elects + commits > voters);
      t.true(elects === majority(voters) || elects + commits === voters + 1, "and no more than that takes");
    }
});

test("in a joint configuration each set has a quorum of its own", (t) => {
  const joint = { ...sets("abc", "abcde"), commitQuorum: 1, outgoingCommitQuorum: 4 };
  t.is(reachedByQuorum(joint, reached("a9 b8 c7 d6")), 6);
  t.is(tally(joint, votes("a+ b+ c+")), "won");
  t.is(tally(joint, votes("a+ b+ d+")), "pending");
});
