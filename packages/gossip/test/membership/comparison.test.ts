import { seededRandom } from "@coterie/host";
import test from "ava";
import fc from "fast-check";
import { LocalHealth } from "../../src/detector/local-health.ts";
import { type MemberRecord, type Message, State } from "../../src/gen/membership.ts";
import { Comparison } from "../../src/membership/comparison.ts";
import { hashText } from "../../src/membership/members.ts";
import { membershipSettings } from "../../src/membership/options.ts";
import { Roster } from "../../src/membership/roster.ts";

const record = (id: string, incarnation = 0, state: State = State.ALIVE): MemberRecord => ({
  id,
  address: `memory://${id}`,
  incarnation,
  state,
  metadata: new Uint8Array(0),
  accuser: "",
});

interface Side {
  readonly roster: Roster;
  readonly comparison: Comparison;
}

/** Two members between whom messages pass at once, and what passed. */
function pair(syncBytesPerSecond = 1_000_000) {
  const settings = membershipSettings("lan", { syncBytesPerSecond });
  const passed: { readonly from: string; readonly kind: NonNullable<Message["kind"]> }[] = [];
  const sides: Record<string, Side> = {};
  const waiting: (() => void)[] = [];
  for (const [own, other] of [
    ["a", "b"],
    ["b", "a"],
  ] as const) {
    const random = seededRandom(own);
    const health = new LocalHealth(8);
    const roster = new Roster(
      record(own),
      settings,
      health,
      random,
      () => {},
      () => {},
    );
    const send = (_: string, kind: NonNullable<Message["kind"]>): void => {
      passed.push({ from: own, kind });
      waiting.push(() => {
        const to = sides[other]!.comparison;
        if (kind.$case === "digest") to.digested(own, kind.value, 0);
        if (kind.$case === "holdings") to.holds(own, kind.value, 0);
        if (kind.$case === "page") to.paged(own, kind.value, 0);
      });
    };
    sides[own] = { roster, comparison: new Comparison(roster, settings, random, send, 0) };
  }
  const [a, b] = [sides.a!, sides.b!];
  const tell = ({ roster }: Side, records: readonly MemberRecord[]): void => {
    for (const one of records) roster.learn(one, one.id, "news", 0);
  };
  const compare = (): void => {
    a.comparison.start("b");
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
  };
  const recordsPassed = (): number =>
    passed.reduce((sum, { kind }) => sum + (kind.$case === "page" ? kind.value.records.length : 0), 0);
  return { a, b, tell, compare, passed, recordsPassed };
}

const view = ({ roster }: Side): string[] =>
  [...roster.held()].map(({ record: { id, incarnation, state } }) => `${id}/${incarnation}/${state}`).sort();

test("two members that compare hold the same afterwards, and only what one of them lacked has passed", (t) => {
  const one = fc.record({ id: fc.nat(200), incarnation: fc.nat(2) });
  const some = fc.uniqueArray(one, { maxLength: 100, selector: ({ id }) => id });
  fc.assert(
    fc.property(some, some, (left, right) => {
      const { a, b, tell, compare, recordsPassed } = pair();
      tell(
        a,
        left.map(({ id, incarnation }) => record(`m${id}`, incarnation)),
      );
      tell(
        b,
        right.map(({ id, incarnation }) => record(`m${id}`, incarnation)),
      );
      const [before, after] = [view(a), view(b)];
      const differing = before.filter((held) => !after.includes(held)).length;
      const different = after.filter((held) => !before.includes(held)).length;
      compare();
      t.deepEqual(view(a), view(b));
      t.true(recordsPassed() <= differing + different);
    }),
    { numRuns: 200 },
  );
});

test("two members that agree say so in one message each", (t) => {
  const { a, b, tell, compare, passed } = pair();
  tell(a, [record("b"), record("m1")]);
  tell(b, [record("a"), record("m1")]);
  compare();
  t.deepEqual(
    passed.map(({ from, kind }) => `${from} ${kind.$case}`),
    ["a digest", "b page"],
  );
  t.is(b.comparison.counts.agreed, 1);
});

test("two members whose hashes are the same are told apart all the same", (t) => {
  const [one, other] = ["m763399", "m1109514"];
  t.is(hashText(one), hashText(other));
  const { a, b, tell, compare } = pair();
  tell(a, [record("b"), record(one), record(other)]);
  tell(b, [record("a"), record(one)]);
  compare();
  t.deepEqual(view(a), view(b));
  t.truthy(b.roster.members.get(other));
});

test("a member sends so many bytes a second, in parts that differ; whoever comes later is told whom else to ask", (t) => {
  const { a, b, tell, compare, passed, recordsPassed } = pair(16_384);
  const all = Array.from({ length: 1_000 }, (_, i) => record(`m${i}`));
  tell(b, [...all, record("a")]);
  compare();
  t.true(recordsPassed() > 100 && recordsPassed() < 16_384 / 40, `${recordsPassed()} records`);
  t.true(b.comparison.counts.cutShort > 0);
  passed.length = 0;
  while (b.comparison.counts.referred === 0) compare();
  const known = a.roster.size;
  passed.length = 0;
  compare();
  t.deepEqual(
    passed.map(({ from, kind }) => `${from} ${kind.$case}`),
    ["a digest", "b page"],
  );
  t.true(recordsPassed() > 1 && recordsPassed() <= 9, `${recordsPassed()} records`);
  t.true(a.roster.size <= known + 9);
});

test("of what is new a little is told on, and what comes in bulk is not", (t) => {
  for (const [count, told] of [
    [3, 3],
    [100, 0],
  ] as const) {
    const { a, b, tell, compare } = pair();
    tell(a, [record("b")]);
    tell(b, [record("a"), ...Array.from({ length: count }, (_, i) => record(`m${i}`))]);
    compare();
    t.is(a.roster.members.size, count + 1);
    t.is([...Array(count).keys()].filter((i) => a.roster.news.has(`m${i}`)).length, told);
  }
});
