import { type Suite, simulate } from "@coterie/simulation";
import test from "ava";
import { suite } from "../simulation/raft.suite.ts";
import { suite as firstMembers } from "../simulation/raft-first-members.suite.ts";
import { suite as lease } from "../simulation/raft-lease.suite.ts";
import { suite as members } from "../simulation/raft-members.suite.ts";
import { suite as onDisk } from "../simulation/raft-on-disk.suite.ts";
import { suite as stale } from "../simulation/raft-stale.suite.ts";

// Each seed draws a world of its own: messages lost, repeated and out of order, links cut and slowed, nodes that crash,
// pause and drift, disks that lose what was not synced, fail or are full. After every event the five safety properties
// are checked, at the end linearizability; once a core is healthy, progress. Every world runs twice, to the same digest.
const seeds = 200;
const block = 20;

for (let from = 1; from <= seeds; from += block) {
  test.serial(`seeds ${from} to ${from + block - 1}`, async (t) => {
    for (let seed = from; seed < from + block; seed++) {
      const report = await simulate({ ...suite, seed, twice: true });
      t.true(report.ok, report.story);
    }
  });
}

function worlds<Node, Call>(other: Suite<Node, Call>, count: number): void {
  test.serial(`${other.name}, seeds 1 to ${count}`, async (t) => {
    for (let seed = 1; seed <= count; seed++) {
      const report = await simulate({ ...other, seed });
      t.true(report.ok, report.story);
    }
  });
}

worlds(members, 50);
worlds(lease, 50);
worlds(onDisk, 25);
worlds(firstMembers, 25);
worlds(stale, 4);
