import test from "ava";
import fc from "fast-check";
import {
  compare,
  createMatrixClock,
  decodeMatrixStamp,
  encodeMatrixStamp,
  type MatrixStamp,
  matrixStamp,
} from "../src/index.ts";
import { damaged, forged } from "./arbitraries.ts";

const members = ["a", "b", "c"];
const step = fc.oneof(
  fc.record({ act: fc.constant("tick" as const), at: fc.constantFrom(...members) }),
  fc.record({ act: fc.constant("send" as const), at: fc.constantFrom(...members) }),
  fc.record({ act: fc.constant("receive" as const), at: fc.constantFrom(...members), which: fc.nat() }),
);
const execution = fc.array(step, { maxLength: 40 });

/** What each member truly knows: a set of events, and what it knows of the others' sets. */
type Knowledge = Map<string, Set<string>>;

function fresh(): Knowledge {
  return new Map(members.map((member) => [member, new Set<string>()]));
}

function learn(into: Set<string>, from: ReadonlySet<string>): void {
  for (const event of from) into.add(event);
}

test("a row is what the owner knows the member to have seen", (t) => {
  fc.assert(
    fc.property(execution, (steps) => {
      const clocks = new Map(members.map((id) => [id, createMatrixClock(id, members)]));
      const truth = new Map(members.map((id) => [id, fresh()]));
      const sent: { stamp: MatrixStamp; knowledge: Knowledge }[] = [];
      for (const s of steps) {
        const clock = clocks.get(s.at)!;
        const mine = truth.get(s.at)!;
        const message = s.act === "receive" ? sent[s.which % Math.max(1, sent.length)] : undefined;
        if (s.act === "receive" && message === undefined) continue;
        if (message === undefined) {
          clock.tick();
        } else {
          clock.receive(message.stamp);
          for (const member of members) learn(mine.get(member)!, message.knowledge.get(member)!);
          learn(mine.get(s.at)!, message.knowledge.get(message.stamp.owner)!);
        }
        mine.get(s.at)!.add(`${s.at}:${clock.stamp().row(s.at).get(s.at)}`);
        if (s.act === "send") {
          sent.push({
            stamp: clock.stamp(),
            knowledge: new Map([...mine].map(([id, set]) => [id, new Set(set)])),
          });
        }
        for (const member of members) {
          for (const id of members) {
            for (let counter = 1; counter <= clock.stamp().row(s.at).get(id); counter++) {
              t.is(clock.knows(member, id, counter), mine.get(member)!.has(`${id}:${counter}`));
            }
          }
        }
        for (const { id, counter } of clock.stable()) {
          t.true(members.every((member) => mine.get(member)!.has(`${id}:${counter}`)));
        }
      }
    }),
  );
});

test("an event is stable once word of it has come back from everybody", (t) => {
  const [a, b, c] = members.map((id) => createMatrixClock(id, members));
  const news = a!.send();
  b!.receive(news);
  c!.receive(news);
  t.is(a!.stable().size, 0, "a has heard nothing back");
  a!.receive(b!.send());
  t.false(a!.stable().has("a", 1));
  a!.receive(c!.send());
  t.true(a!.stable().has("a", 1));
  t.true(a!.knows("b", "a", 1) && a!.knows("c", "a", 1));
});

test("stamps compare as their owners' vector clocks, and survive bytes, JSON and a restart", (t) => {
  const [a, b] = members.map((id) => createMatrixClock(id, members));
  const first = a!.send();
  b!.receive(first);
  const second = b!.send();
  t.is(compare(first, second), "before");
  t.is(compare(a!.send(), second), "concurrent");
  const bytes = encodeMatrixStamp(second);
  for (const back of [decodeMatrixStamp(bytes), matrixStamp(JSON.parse(JSON.stringify(second)))]) {
    t.is(JSON.stringify(back), JSON.stringify(second));
    t.deepEqual(encodeMatrixStamp(back), bytes);
  }
  const restarted = createMatrixClock("b", members, second);
  t.is(JSON.stringify(restarted.stamp()), JSON.stringify(b!.stamp()));
});

test("every cut and every flipped bit of an encoding is noticed", (t) => {
  const [a, b] = members.map((id) => createMatrixClock(id, members));
  b!.receive(a!.send());
  for (const bad of damaged(encodeMatrixStamp(b!.send()))) {
    t.throws(() => decodeMatrixStamp(bad), { code: "CLOCKS_MALFORMED_BYTES" });
  }
});

test("matrices that are not canonical are refused even with a right check", (t) => {
  const a = [1, 0x61];
  t.is(
    decodeMatrixStamp(forged([0x15, 1, ...a, 1, ...a, 0, 7]))
      .row("a")
      .get("a"),
    7,
  );
  const cases: Record<string, number[]> = {
    "an owner who is no member": [0x15, 1, ...a, 1, ...a, 1, 7],
    "an id that no row counts": [0x15, 1, ...a, 1, ...a, 0, 0],
    "no members": [0x15, 0, 0, 0],
    "rows left over": [0x15, 1, ...a, 1, ...a, 0, 7, 7],
  };
  for (const [what, body] of Object.entries(cases)) {
    t.throws(() => decodeMatrixStamp(forged(body)), { code: "CLOCKS_MALFORMED_BYTES" }, what);
  }
});

test("members come and go", (t) => {
  const a = createMatrixClock("a", ["a", "b"]);
  a.tick();
  t.is(a.stable().size, 0);
  t.true(a.leave("b"));
  t.true(a.stable().has("a", 1));
  a.join("d");
  t.deepEqual(a.members, ["a", "d"]);
  t.true(a.knows("d", "a", 1), "a newcomer is handed what is stable");
  t.throws(() => a.leave("a"), { code: "CLOCKS_INVALID_ARGUMENT" });
});

test("bad arguments get typed errors", (t) => {
  t.throws(() => createMatrixClock("z", members), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(
    () =>
      createMatrixClock(
        "r0",
        Array.from({ length: 1025 }, (_, i) => `r${i}`),
      ),
    { code: "CLOCKS_TOO_LARGE" },
  );
  for (const bad of [
    null,
    3,
    {},
    { owner: "a" },
    { owner: "a", rows: {} },
    { owner: "", rows: { "": {} } },
    { owner: "a", rows: { a: { b: -1 } } },
  ]) {
    t.throws(() => matrixStamp(bad as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
});
