import test from "ava";
import fc from "fast-check";
import {
  compare,
  decodeIntervalTreeClock,
  type EventJSON,
  encodeIntervalTreeClock,
  type IdJSON,
  type IntervalTreeClock,
  intervalTreeClock,
  type Ordering,
} from "../src/index.ts";
import { damaged, forged } from "./arbitraries.ts";

/** A participant with the set of all events it knows: the truth that its clock has to tell. */
interface Participant {
  readonly clock: IntervalTreeClock;
  readonly known: ReadonlySet<number>;
}

const step = fc.record({
  act: fc.constantFrom("fork", "event", "event", "send", "retire"),
  who: fc.nat(),
  whom: fc.nat(),
});

/** Runs a random life of a group that grows, shrinks, counts and talks. */
function live(steps: readonly { act: string; who: number; whom: number }[]): Participant[] {
  let group: Participant[] = [{ clock: intervalTreeClock(), known: new Set() }];
  let events = 0;
  const past: Participant[] = [];
  for (const { act, who, whom } of steps) {
    const a = group[who % group.length]!;
    const b = group[whom % group.length]!;
    const rest = group.filter((other) => other !== a);
    if (act === "fork" && group.length < 8) {
      const [left, right] = a.clock.fork();
      group = [...rest, { clock: left, known: a.known }, { clock: right, known: a.known }];
    } else if (act === "event") {
      group = [...rest, { clock: a.clock.event(), known: new Set([...a.known, events++]) }];
    } else if (act === "send" && a !== b) {
      const known = new Set([...a.known, ...b.known]);
      group = [...group.filter((other) => other !== b), { clock: b.clock.join(a.clock.peek()), known }];
    } else if (act === "retire" && a !== b) {
      const known = new Set([...a.known, ...b.known]);
      group = [...rest.filter((other) => other !== b), { clock: a.clock.join(b.clock), known }];
    }
    past.push(...group.filter((other) => !past.includes(other)));
  }
  return past.length > 0 ? past : group;
}

function truth(a: Participant, b: Participant): Ordering {
  const inB = [...a.known].every((event) => b.known.has(event));
  const inA = [...b.known].every((event) => a.known.has(event));
  if (inB) return inA ? "equal" : "before";
  return inA ? "after" : "concurrent";
}

function isNormalId(id: IdJSON): boolean {
  if (typeof id === "number") return true;
  const [left, right] = id;
  return (
    !(left === 0 && right === 0) && !(left === 1 && right === 1) && isNormalId(left) && isNormalId(right)
  );
}

function isNormalEvent(event: EventJSON): boolean {
  if (typeof event === "number") return true;
  const [, left, right] = event;
  const least = Math.min(...[left, right].map((half) => (typeof half === "number" ? half : half[0])));
  return (
    least === 0 &&
    !(typeof left === "number" && left === right) &&
    isNormalEvent(left) &&
    isNormalEvent(right)
  );
}

test("clocks compare as the sets of known events do, in any life of any group", (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const all = live(steps).slice(-25);
      for (const a of all) for (const b of all) t.is(compare(a.clock, b.clock), truth(a, b));
    }),
    { numRuns: 200 },
  );
});

test("clocks stay in normal form, and come back from bytes and JSON", (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      for (const { clock } of live(steps).slice(-10)) {
        const json = clock.toJSON();
        t.true(isNormalId(json.id) && isNormalEvent(json.event), String(clock));
        const bytes = encodeIntervalTreeClock(clock);
        t.is(String(decodeIntervalTreeClock(bytes)), String(clock));
        t.is(String(intervalTreeClock(JSON.parse(JSON.stringify(clock)))), String(clock));
        t.is(String(decodeIntervalTreeClock(encodeIntervalTreeClock(clock.peek()))), String(clock.peek()));
      }
    }),
  );
});

test("the run of the paper's figure", (t) => {
  const [a, b] = intervalTreeClock().fork();
  t.deepEqual([String(a), String(b)], ["((1, 0), 0)", "((0, 1), 0)"]);
  const a1 = a.event();
  const b1 = b.event();
  t.deepEqual([String(a1), String(b1)], ["((1, 0), (0, 1, 0))", "((0, 1), (0, 0, 1))"]);
  const [left, middle] = a1.fork();
  const left1 = left.event();
  t.is(String(left1), "(((1, 0), 0), (0, (1, 1, 0), 0))");
  const b2 = b1.event();
  t.is(String(b2), "((0, 1), (0, 0, 2))");
  const joined = middle.join(b2);
  t.is(String(joined), "(((0, 1), 1), (1, 0, 1))");
  const [c, d] = joined.fork();
  t.deepEqual([String(c), String(d)], ["(((0, 1), 0), (1, 0, 1))", "((0, 1), (1, 0, 1))"]);
  const whole = left1.join(c);
  t.is(String(whole), "((1, 0), (1, (0, 1, 0), 1))");
  t.is(String(whole.event()), "((1, 0), 2)", "an event that lets the tree collapse");
});

test("the bits are the paper's", (t) => {
  const bits = (clock: IntervalTreeClock): string =>
    [...encodeIntervalTreeClock(clock).slice(1, -4)]
      .map((byte) => byte.toString(2).padStart(8, "0"))
      .join("");
  // Id 1 is 00 1; event 0 is leaf 1, stop 0, 00.
  t.is(bits(intervalTreeClock()), "00110000");
  // Id (1, 0) is 10 001; event (0, 1, 0) is 0 01, then leaf 1, stop 0, 01.
  t.is(bits(intervalTreeClock().fork()[0].event()), "1000100110010000");
  // Id (0, 1) is 01 001; event (2, 0, 5) is 0 11 0 0, base 1 0 10, right 1 1 0 001.
  t.is(bits(intervalTreeClock({ id: [0, 1], event: [2, 0, 5] })), "010010110010101100010000");
  // Id 0 is 00 0; event (1, 2, 1 is not allowed): (1, (0, 1, 0), 3) is 0 11 1, base 1 0 01, left 0 01 1 0 01, right 1 0 11.
  t.is(
    bits(intervalTreeClock({ id: 0, event: [1, [0, 1, 0], 3] })),
    "000" + "0111" + "1001" + "0011001" + "1011" + "00",
  );
});

test("an event is counted where the tree grows least", (t) => {
  const event = (id: IdJSON, counts: EventJSON): EventJSON =>
    intervalTreeClock({ id, event: counts }).event().toJSON().event;
  // One new leaf on the left, two on the right.
  t.deepEqual(
    event(
      [
        [1, 0],
        [[1, 0], 0],
      ],
      0,
    ),
    [0, [0, 1, 0], 0],
  );
  t.deepEqual(
    event(
      [
        [[1, 0], 0],
        [1, 0],
      ],
      0,
    ),
    [0, 0, [0, 1, 0]],
  );
  // No new leaf, however deep, before a new one.
  t.deepEqual(
    event(
      [
        [1, 0],
        [[[1, 0], 0], 0],
      ],
      [0, 0, [0, [0, [0, 1, 0], 0], 0]],
    ),
    [0, 0, [0, [0, [0, 2, 0], 0], 0]],
  );
  // What is owned whole is raised to what the other half has everywhere, and not to its peaks.
  t.deepEqual(event([1, [0, 1]], [0, 0, [1, 0, 1]]), [1, 0, [0, 0, 1]]);
  t.deepEqual(event([[0, 1], 1], [0, [1, 0, 1], 0]), [1, [0, 0, 1], 0]);
});

test("bits that are not canonical are refused even with a right check", (t) => {
  const bytesOf = (bits: string): number[] =>
    (bits.replaceAll(" ", "").match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
  const decode = (bits: string): string => String(decodeIntervalTreeClock(forged([0x14, ...bytesOf(bits)])));
  t.is(decode("10 001 0 01 1 0 01"), "((1, 0), (0, 1, 0))");
  const cases: Record<string, string> = {
    "an id pair of two wholes": "11 001 001 1 0 00",
    "an id pair with a zero in the long form": "11 001 000 1 0 00",
    "an event with equal halves": "001 0 10 1 0 01 1 0 01",
    "an event whose halves share a base": "001 0 10 1 0 01 1 0 10",
    "a zero in the long form": "001 0 10 1 0 00 1 0 01",
    "a base of zero in the long form": "001 0 11 1 1 0 00 1 0 01 0 01 1 0 01",
    "a base that is a tree": "001 0 11 0 0 0 01 1 0 01 1 0 01",
    "a number that does not end": `001 1 ${"1".repeat(80)}`,
    "nothing after the id": "",
    "a whole byte too much": "001 1 0 00 00 00000000",
    "fill-up bits that are not zero": "001 1 0 00 01",
  };
  for (const [what, bits] of Object.entries(cases))
    t.throws(() => decode(bits), { code: "CLOCKS_MALFORMED_BYTES" }, what);
  t.throws(() => decode(`${"01".repeat(600)} 001 1 0 00`), { code: "CLOCKS_MALFORMED_BYTES" }, "too deep");
});

test("JSON is brought to normal form", (t) => {
  const clock = intervalTreeClock({
    id: [
      [1, 1],
      [0, 0],
    ],
    event: [1, [2, 1, 1], 3],
  });
  t.is(String(clock), "((1, 0), 4)");
});

test("two holders of one identity are found out when they meet", (t) => {
  const [a, b] = intervalTreeClock().fork();
  t.throws(() => a.join(a), { code: "CLOCKS_IDENTITY_CONFLICT" });
  t.throws(() => a.fork()[0].join(a), { code: "CLOCKS_IDENTITY_CONFLICT" });
  t.throws(() => intervalTreeClock().join(b), { code: "CLOCKS_IDENTITY_CONFLICT" });
  t.is(String(a.join(b)), "(1, 0)");
});

test("without identity there is nothing to count with", (t) => {
  const message = intervalTreeClock().event().peek();
  t.true(message.isAnonymous);
  t.throws(() => message.event(), { code: "CLOCKS_ANONYMOUS" });
  t.is(compare(message, intervalTreeClock().event()), "equal");
  const [a, b] = message.fork();
  t.true(a.isAnonymous && b.isAnonymous);
});

test("an identity is halved a bounded number of times, and all operations work at that depth", (t) => {
  let clock = intervalTreeClock();
  const others: IntervalTreeClock[] = [];
  for (let i = 0; i < 512; i++) {
    const [mine, other] = clock.fork();
    clock = mine.event();
    others.push(other);
  }
  t.throws(() => clock.fork(), { code: "CLOCKS_TOO_LARGE" });
  t.is(String(decodeIntervalTreeClock(encodeIntervalTreeClock(clock))), String(clock));
  t.is(String(intervalTreeClock(JSON.parse(JSON.stringify(clock)))), String(clock));
  const whole = others.reduceRight((sum, other) => sum.join(other), clock);
  // The nested events counted up to 512; to know all of them in one number is the event.
  t.is(String(whole.event()), "(1, 512)");
});

test("every cut and every flipped bit of an encoding is noticed", (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      for (const bad of damaged(encodeIntervalTreeClock(live(steps).at(-1)!.clock))) {
        t.throws(() => decodeIntervalTreeClock(bad), { code: "CLOCKS_MALFORMED_BYTES" });
      }
    }),
    { numRuns: 30 },
  );
});

test("counts stay safe integers", (t) => {
  const max = Number.MAX_SAFE_INTEGER;
  t.throws(() => intervalTreeClock({ id: 1, event: max }).event(), { code: "CLOCKS_COUNTER_OVERFLOW" });
  t.throws(() => intervalTreeClock({ id: [1, 0], event: [max - 1, 1, 0] }).event(), {
    code: "CLOCKS_COUNTER_OVERFLOW",
  });
  t.throws(() => intervalTreeClock({ id: 1, event: [max, 1, 0] }), { code: "CLOCKS_COUNTER_OVERFLOW" });
  const full = intervalTreeClock({ id: 1, event: max });
  t.is(String(decodeIntervalTreeClock(encodeIntervalTreeClock(full))), String(full));
});

test("bad arguments get typed errors", (t) => {
  const nested = (depth: number): IdJSON => (depth === 0 ? 1 : [nested(depth - 1), 0]);
  const bad: unknown[] = [
    null,
    3,
    {},
    { id: 2, event: 0 },
    { id: [1], event: 0 },
    { id: 1, event: [1, 2] },
    { id: 1, event: -1 },
  ];
  for (const from of [...bad, { id: nested(600), event: 0 }]) {
    t.throws(() => intervalTreeClock(from as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  }
  t.throws(() => intervalTreeClock().join({} as never), { code: "CLOCKS_INVALID_ARGUMENT" });
  t.throws(() => encodeIntervalTreeClock(undefined as never), { code: "CLOCKS_INVALID_ARGUMENT" });
});
