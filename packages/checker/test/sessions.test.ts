import test from "ava";
import type { Operation } from "../src/history/operation.ts";
import { checkLogSessions, type LogAction } from "../src/sessions/log.ts";
import { checkVersionSessions, type VersionAction } from "../src/sessions/version.ts";

/** Operations one after another; the input says what they did. */
function sessions<Action>(...steps: readonly [process: string, action: Action][]): Operation<Action, null>[] {
  return steps.map(([process, input], i) => {
    return { process, invokedAt: i * 2, completedAt: i * 2 + 1, input, output: null, outcome: "ok" };
  });
}

const same = <Action>(action: Action): Action => action;
const kinds = (report: { findings: readonly { kind: string; operations: readonly number[] }[] }) =>
  report.findings.map(({ kind, operations }) => [kind, ...operations]);

const wrote = (id: string, object = "o"): LogAction => ({ object, type: "write", id });
const saw = (...ids: string[]): LogAction => ({ object: "o", type: "read", ids, ordered: true });
const sawSet = (...ids: string[]): LogAction => ({ object: "o", type: "read", ids, ordered: false });
const logs = (...steps: [string, LogAction][]) => kinds(checkLogSessions(sessions(...steps), same));

test("log: a session that loses nothing has its guarantees", (t) => {
  const steps: [string, LogAction][] = [
    ["a", wrote("1")],
    ["b", saw()],
    ["a", saw("1")],
    ["b", saw("1")],
    ["b", wrote("2")],
    ["a", saw("1", "2")],
    ["c", saw("1", "2")],
    ["c", saw("1", "2")],
  ];
  t.deepEqual(logs(...steps), []);
});

test("log: read your writes", (t) => {
  t.deepEqual(logs(["a", wrote("1")], ["a", saw()]), [["read-your-writes", 0, 1]]);
  t.deepEqual(logs(["a", wrote("1", "other")], ["a", saw()]), []);
  t.deepEqual(logs(["a", wrote("1")], ["b", saw()]), []);
});

test("log: monotonic reads", (t) => {
  t.deepEqual(logs(["a", wrote("1")], ["b", saw("1")], ["b", saw()]), [["monotonic-reads", 1, 2]]);
});

test("log: monotonic writes, whoever reads", (t) => {
  const writes: [string, LogAction][] = [
    ["a", wrote("1")],
    ["a", wrote("2")],
  ];
  t.deepEqual(logs(...writes, ["b", saw("1")]), []);
  t.deepEqual(logs(...writes, ["b", saw("2")]), [["monotonic-writes", 1, 2]]);
  t.deepEqual(logs(...writes, ["b", saw("2", "1")]), [["monotonic-writes", 1, 2]]);
  t.deepEqual(logs(...writes, ["b", sawSet("2", "1")]), []);
});

test("log: writes follow reads, whoever reads", (t) => {
  const reply: [string, LogAction][] = [
    ["a", wrote("question")],
    ["b", saw("question")],
    ["b", wrote("answer")],
  ];
  t.deepEqual(logs(...reply, ["c", saw("question", "answer")]), []);
  t.deepEqual(logs(...reply, ["c", saw("answer")]), [["writes-follow-reads", 2, 3]]);
  t.deepEqual(logs(...reply, ["c", saw("answer", "question")]), [["writes-follow-reads", 2, 3]]);
});

test("log: a write of unknown outcome promises its session nothing", (t) => {
  const history = sessions<LogAction>(["a", wrote("1")], ["a", saw()]);
  const { process, invokedAt, input } = history[0]!;
  const lost: Operation<LogAction, null> = { process, invokedAt, input, outcome: "unknown" };
  t.true(checkLogSessions([lost, history[1]!], same).ok);
});

const made = (version: number, object = "o"): VersionAction => ({ object, type: "write", version });
const found = (version: number): VersionAction => ({ object: "o", type: "read", version });
const versions = (...steps: [string, VersionAction][]) =>
  kinds(checkVersionSessions(sessions(...steps), same));

test("version: each guarantee is told by the versions of one session", (t) => {
  t.deepEqual(
    versions(["a", made(1)], ["a", found(1)], ["a", found(3)], ["a", made(4)], ["b", found(2)]),
    [],
  );
  t.deepEqual(versions(["a", made(2)], ["a", found(1)]), [["read-your-writes", 0, 1]]);
  t.deepEqual(versions(["a", found(2)], ["a", found(1)]), [["monotonic-reads", 0, 1]]);
  t.deepEqual(versions(["a", made(2)], ["a", made(2)]), [["monotonic-writes", 0, 1]]);
  t.deepEqual(versions(["a", found(2)], ["a", made(2)]), [["writes-follow-reads", 0, 1]]);
  t.deepEqual(versions(["a", made(9, "other")], ["a", found(1)]), []);
});
