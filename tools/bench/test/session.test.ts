import test from "ava";
import type { Row } from "../src/bench.ts";
import type { Output } from "../src/output.ts";
import { Session } from "../src/session.ts";

function recording(): Output & { readonly rows: Row[]; readonly notes: string[] } {
  const rows: Row[] = [];
  const notes: string[] = [];
  return {
    rows,
    notes,
    row: (row) => void rows.push(row),
    note: (text) => void notes.push(text),
    progress: () => ({ step() {}, stop() {} }),
    end() {},
  };
}

const noPeers = {
  folder: "/nowhere",
  missing: new Map([["gone", "no such version"]]),
  load: (name: string) => Promise.resolve({ name }),
};

test("every contender runs once a round and its median is reported", async (t) => {
  const output = recording();
  const figures = [10, 30, 20];
  let peerRounds = 0;
  const row = await new Session("s", [], noPeers, output).compare({
    case: "c",
    unit: "ops/s",
    better: "higher",
    ours: () => figures.pop()!,
    peers: { p: async () => ++peerRounds * 5, absent: undefined },
    rounds: 3,
  });
  t.is(row.ours, 20);
  t.deepEqual(row.peers, { p: 10, absent: undefined });
  t.is(row.ratio, 2);
  t.deepEqual(output.rows, [row]);
});

test("a peer that fails leaves with a note, and the rest goes on", async (t) => {
  const output = recording();
  const row = await new Session("s", [], noPeers, output).compare({
    case: "c",
    unit: "ms",
    better: "lower",
    ours: () => 1,
    peers: { bad: () => Promise.reject(new Error("no prebuilt binary")), good: () => 2 },
  });
  t.deepEqual(row.peers, { bad: undefined, good: 2 });
  t.deepEqual(output.notes, ["bad failed: no prebuilt binary"]);
});

test("our own failure ends the run", async (t) => {
  const session = new Session("s", [], noPeers, recording());
  const ours = (): number => {
    throw new Error("broken");
  };
  await t.throwsAsync(session.compare({ case: "c", unit: "x", better: "higher", ours, peers: {} }), {
    message: "broken",
  });
});

test("a peer that was not installed is undefined and said so", async (t) => {
  const output = recording();
  const session = new Session("s", [], noPeers, output);
  t.is(await session.peer("gone"), undefined);
  t.deepEqual(await session.peer("there"), { name: "there" });
  t.deepEqual(output.notes, ["gone could not be installed: no such version"]);
});
