import test from "ava";
import fc from "fast-check";
import { HistoryError } from "../src/errors.ts";
import { formatHistory, parseHistory, readHistory } from "../src/history/json-lines.ts";
import { createRecorder } from "../src/history/recorder.ts";
import { smallHistory } from "./arbitrary.ts";

test("whole operations and the events of a log read as the same history", async (t) => {
  const events = `
# a client's log
{"process":"a","type":"invoke","time":1,"input":{"op":"put","key":"x","value":1}}
{"process":"b","type":"invoke","time":2,"input":{"op":"get","key":"x"}}
{"process":"a","type":"unknown","time":5}
{"process":"b","type":"ok","time":6,"output":1}
{"process":"a","type":"invoke","time":7,"input":{"op":"get","key":"x"}}
{"process":"b","type":"invoke","time":8,"input":{"op":"get","key":"x"}}
{"process":"b","type":"failed","time":9}
`;
  const history = parseHistory(events);
  t.deepEqual(history, [
    {
      process: "a",
      invokedAt: 1,
      completedAt: 5,
      input: { op: "put", key: "x", value: 1 },
      outcome: "unknown",
    },
    { process: "b", invokedAt: 2, completedAt: 6, input: { op: "get", key: "x" }, output: 1, outcome: "ok" },
    { process: "a", invokedAt: 7, input: { op: "get", key: "x" }, outcome: "unknown" },
    { process: "b", invokedAt: 8, completedAt: 9, input: { op: "get", key: "x" }, outcome: "failed" },
  ]);
  t.deepEqual(parseHistory(formatHistory(history)), history);
  for (const size of [1, 7, 100]) {
    const pieces = events.match(new RegExp(`.{1,${size}}`, "gs")) ?? [];
    t.deepEqual(await readHistory(pieces), history);
  }
  t.deepEqual(parseHistory(`\uFEFF${events.trim().replaceAll("\n", "\r\n")}`), history);
});

test("what is written is read back", (t) => {
  const call = fc.record({ input: fc.jsonValue(), output: fc.jsonValue() });
  fc.assert(
    fc.property(smallHistory(call), (history) => {
      t.deepEqual(parseHistory(formatHistory(history)), JSON.parse(JSON.stringify(history)));
    }),
  );
});

const start = '{"process":1,"type":"invoke","time":1,"input":null}';
const refused: Readonly<Record<string, readonly [text: string, line: number, reason: RegExp]>> = {
  "a line cut short": [`${start}\n{"process":1,"ty`, 2, /not JSON \(cut short\?\): \{"process":1,"ty/],
  "a line that is no object": ["\n[1]", 2, /must be a JSON object/],
  "no process": ['{"type":"invoke","time":1}', 1, /process must be/],
  "no time": ['{"process":1,"type":"invoke","input":1}', 1, /time must be a number, not undefined/],
  "a time that is text": [
    '{"process":1,"invokedAt":"3","outcome":"unknown"}',
    1,
    /invokedAt must be a number/,
  ],
  "an unknown type": ['{"process":1,"type":"info","time":1}', 1, /type must be .* not "info"/],
  "an unknown outcome": ['{"process":1,"invokedAt":1,"outcome":"fine"}', 1, /outcome must be .* not "fine"/],
  "ok without an end": ['{"process":1,"invokedAt":1,"outcome":"ok"}', 1, /needs completedAt/],
  "an end without a call": [
    `${start}\n\n{"process":2,"type":"ok","time":2}`,
    3,
    /process 2 has no call under way/,
  ],
  "two calls at once": [`${start}\n${start}`, 2, /calls again before its last call ended/],
  "an end before its call": [`#\n${start}\n{"process":1,"type":"ok","time":0}`, 2, /before it was invoked/],
  "a line too long": [`# ${"x".repeat(200)}`, 1, /202 characters long or more, and 100 are allowed/],
  "too many operations": [
    [1, 2, 3, 4].map((n) => `{"process":${n},"type":"invoke","time":1}`).join("\n"),
    4,
    /more than the 3 operations allowed/,
  ],
};

for (const [what, [text, line, reason]] of Object.entries(refused)) {
  test(`${what} is refused with its line and the reason`, (t) => {
    const limits = { lineLengthMax: 100, operationsMax: 3 };
    const error = t.throws(() => parseHistory(text, limits), { instanceOf: HistoryError, message: reason });
    t.is(error?.line, line);
    t.true(error?.message.startsWith(`line ${line}: `));
  });
}

test("a file without line ends is refused before it fills the memory", async (t) => {
  let pieces = 0;
  const endless = function* (): Generator<string> {
    for (;;) {
      pieces++;
      yield "x".repeat(1000);
    }
  };
  await t.throwsAsync(readHistory(endless(), { lineLengthMax: 10_000 }), { instanceOf: HistoryError });
  t.true(pieces < 20);
});

test("any text is read or refused with a typed error", (t) => {
  const piece = fc.constantFrom(
    start,
    '{"process":1,"type":"ok","time":2}',
    "{",
    "null",
    "\n",
    '"',
    "}",
    ",",
    "é",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        t.true(Array.isArray(parseHistory(pieces.join(""))));
      } catch (error) {
        t.true(error instanceof HistoryError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a recorder writes down what clients do, and what they never learn", (t) => {
  const recorder = createRecorder<string, number>();
  const first = recorder.invoke("a", 1, "x");
  const second = recorder.invoke("b", 2, "y");
  second.ok(3, 7);
  recorder.invoke("b", 4, "z").failed(5);
  recorder.invoke("c", 6, "w").unknown(8);
  const history = recorder.history();
  first.ok(9, 1);
  t.deepEqual(history, [
    { process: "a", invokedAt: 1, input: "x", outcome: "unknown" },
    { process: "b", invokedAt: 2, completedAt: 3, input: "y", output: 7, outcome: "ok" },
    { process: "b", invokedAt: 4, completedAt: 5, input: "z", outcome: "failed" },
    { process: "c", invokedAt: 6, completedAt: 8, input: "w", outcome: "unknown" },
  ]);
  t.is(recorder.history()[0]?.outcome, "ok");
  t.throws(() => first.failed(10), { instanceOf: HistoryError, message: /ended twice/ });
});
