import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import {
  Configuration,
  Entry,
  JournalRecord,
  Message,
  SnapshotMessage,
  SnapshotMeta,
} from "../src/gen/raft.ts";

// Bytes as released versions have put them on the wire and on the disk. They must be read, and written, the same for
// ever: nodes of two versions form one group while it is upgraded. To record a kind that is new: REWRITE=1 pnpm exec
// ava test/wire.test.ts, and look at the difference: lines may come, none may change.

const entry: Entry = {
  index: 9_007_199_254_740_991,
  term: 7,
  kind: 0,
  time: 1_234_567,
  origin: "node-1",
  id: 8_589_934_593,
  data: Uint8Array.of(0, 1, 254, 255),
};
const configuration: Configuration = {
  voters: [
    { id: "a", address: "tcp://127.0.0.1:7101" },
    { id: "b", address: "" },
  ],
  outgoing: [{ id: "c", address: "" }],
  learners: [{ id: "d", address: "tcp://127.0.0.1:7104" }],
};
const kinds: Configuration = {
  voters: [
    { id: "a", address: "", priority: 5 },
    { id: "b", address: "", witness: true },
  ],
  outgoing: [],
  learners: [],
};
const meta: SnapshotMeta = { index: 100, term: 3, time: 5_000, configuration, configurationIndex: 42 };

const messages: readonly Message["body"][] = [
  { $case: "voteRequest", value: { preVote: true, lastLogIndex: 5, lastLogTerm: 2, transfer: true } },
  { $case: "voteResponse", value: { preVote: true, granted: true } },
  {
    $case: "appendRequest",
    value: {
      prevLogIndex: 8,
      prevLogTerm: 6,
      entries: [entry, { ...entry, kind: 1 }],
      leaderCommit: 7,
      round: 300,
    },
  },
  { $case: "appendResponse", value: { rejected: true, index: 4, hintIndex: 3, hintTerm: 2, round: 1 } },
  { $case: "heartbeat", value: { leaderCommit: 12, round: 34 } },
  { $case: "heartbeatResponse", value: { round: 34 } },
  {
    $case: "proposeRequest",
    value: { epoch: 2, sequence: 3, proposals: [{ id: 4, data: Uint8Array.of(5) }] },
  },
  { $case: "proposeResponse", value: { epoch: 2, next: 4 } },
  { $case: "readRequest", value: { ticket: 8_589_934_594 } },
  { $case: "readResponse", value: { ticket: 8_589_934_594, index: 77 } },
  { $case: "timeoutNow", value: {} },
];
const records: readonly JournalRecord["record"][] = [
  { $case: "hardState", value: { term: 7, vote: "b" } },
  { $case: "entry", value: entry },
  { $case: "entry", value: { ...entry, kind: 2, data: Configuration.encode(configuration).finish() } },
  { $case: "compacted", value: { index: 50, term: 2, time: 900 } },
  { $case: "installed", value: { index: 60, term: 3, time: 950 } },
  { $case: "bootstrap", value: { group: "counter", configuration } },
];
const transfers: readonly SnapshotMessage["body"][] = [
  { $case: "chunk", value: { transfer: 6, meta, offset: 262_144, data: Uint8Array.of(1, 2, 3), last: true } },
  { $case: "ack", value: { transfer: 6, offset: 262_147, done: true, refused: false } },
];

interface Case {
  readonly name: string;
  readonly value: unknown;
  readonly bytes: Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const cases: readonly Case[] = [
  ...messages.map((body) => made(`message ${body!.$case}`, { term: 7, body }, Message)),
  ...records.map((record, i) => made(`record ${record!.$case} ${i}`, { record }, JournalRecord)),
  ...transfers.map((body) => made(`snapshot ${body!.$case}`, { term: 7, body }, SnapshotMessage)),
  made("snapshot meta", meta, SnapshotMeta),
  made("message transferRefused", { term: 7, body: { $case: "transferRefused", value: {} } }, Message),
  made(
    "message heartbeat with freshness",
    {
      term: 7,
      body: {
        $case: "heartbeat",
        value: { leaderCommit: 12, round: 34, freshStamp: 56_789, freshIndex: 11 },
      },
    },
    Message,
  ),
  made(
    "message heartbeatResponse with freshness",
    { term: 7, body: { $case: "heartbeatResponse", value: { round: 34, stamp: 56_789 } } },
    Message,
  ),
  made(
    "message proposeRequest that is counted",
    {
      term: 7,
      body: { $case: "proposeRequest", value: { epoch: 2, sequence: 3, proposals: [], request: 300 } },
    },
    Message,
  ),
  made(
    "message proposeResponse to a counted request",
    { term: 7, body: { $case: "proposeResponse", value: { epoch: 2, next: 4, request: 300 } } },
    Message,
  ),
  made(
    "snapshot chunk with a sum",
    {
      term: 7,
      body: {
        $case: "chunk",
        value: {
          transfer: 6,
          meta,
          offset: 0,
          data: new Uint8Array(),
          last: false,
          sum: { bytes: 3_000, crc32: 0xfedcba98 },
          pass: 2,
        },
      },
    },
    SnapshotMessage,
  ),
  made(
    "snapshot ack of a pass",
    {
      term: 7,
      body: { $case: "ack", value: { transfer: 6, offset: 2_000, done: false, refused: false, pass: 2 } },
    },
    SnapshotMessage,
  ),
  made("entry withheld from a witness", { ...entry, kind: 3, data: new Uint8Array() }, Entry),
  made("configuration with kinds", kinds, Configuration),
  made(
    "record bootstrap of a witness",
    { record: { $case: "bootstrap", value: { group: "counter", configuration: kinds, witness: true } } },
    JournalRecord,
  ),
  made(
    "configuration with what the group began with",
    { ...kinds, firstMembers: "a, b (witness)" },
    Configuration,
  ),
  made(
    "message voteRequest with what the group began with",
    {
      term: 7,
      body: {
        $case: "voteRequest",
        value: {
          preVote: true,
          lastLogIndex: 5,
          lastLogTerm: 2,
          transfer: false,
          firstMembers: "a, b; 1 commit",
        },
      },
    },
    Message,
  ),
  made(
    "message voteResponse with what the group began with",
    {
      term: 7,
      body: { $case: "voteResponse", value: { preVote: true, granted: false, firstMembers: "a, b" } },
    },
    Message,
  ),
  made(
    "message appendRequest with what the group began with",
    {
      term: 7,
      body: {
        $case: "appendRequest",
        value: {
          prevLogIndex: 8,
          prevLogTerm: 6,
          entries: [],
          leaderCommit: 7,
          round: 300,
          firstMembers: "a, b",
        },
      },
    },
    Message,
  ),
  made(
    "message heartbeat with what the group began with",
    { term: 7, body: { $case: "heartbeat", value: { leaderCommit: 12, round: 34, firstMembers: "a, b" } } },
    Message,
  ),
  made("record mark", { record: { $case: "mark", value: meta } }, JournalRecord),
];

function made<T>(
  name: string,
  value: T,
  codec: { encode(value: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T },
): Case {
  return { name, value, bytes: codec.encode(value).finish(), decode: (bytes) => codec.decode(bytes) };
}

/** Fields that later versions have added are there, undefined, when they are absent. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.map(([name, field]) => [name, present(field)]));
}

const path = join(import.meta.dirname, "wire", "recorded.json");

if (process.env.REWRITE) {
  const lines = cases.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("hex")]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(lines), null, 2)}\n`);
}

const recorded = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;

for (const { name, value, bytes, decode } of cases) {
  test(name, (t) => {
    const hex = recorded[name];
    t.truthy(hex, `${name} is not recorded`);
    t.deepEqual(present(decode(Uint8Array.from(Buffer.from(hex!, "hex")))), value);
    t.is(Buffer.from(bytes).toString("hex"), hex!);
  });
}

test("what a later version adds is passed over", (t) => {
  const unknown = Uint8Array.of(
    ...Message.encode({ term: 7, body: undefined }).finish(),
    0xfa,
    0x3f,
    2,
    1,
    2,
  );
  t.deepEqual(present(Message.decode(unknown)), { term: 7 });
});
