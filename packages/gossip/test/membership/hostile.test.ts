import { seededRandom } from "@coterie/host";
import test from "ava";
import fc from "fast-check";
import { Members } from "../../simulation/members.ts";
import { Message, type Message as MessageType, State } from "../../src/gen/membership.ts";
import { firstIncarnation } from "../../src/membership/incarnation.ts";

const nothing = new Uint8Array(0);

const record = fc.record({
  id: fc.oneof(fc.constantFrom("n1", "n2", "n3", "x"), fc.string({ maxLength: 70 })),
  address: fc.oneof(fc.constantFrom("memory://n1", "memory://n2"), fc.string({ maxLength: 300 })),
  incarnation: fc.oneof(fc.nat(9), fc.maxSafeNat()),
  state: fc.oneof(fc.constantFrom(...Object.values(State)), fc.nat(99) as fc.Arbitrary<State>),
  metadata: fc.uint8Array({ maxLength: 600 }),
  accuser: fc.oneof(fc.constantFrom("", "n1", "n3"), fc.string({ maxLength: 70 })),
});
const sequence = fc.nat(20);
const kind: fc.Arbitrary<MessageType["kind"]> = fc.oneof(
  fc.constant(undefined),
  fc.record({ sequence, introduce: fc.boolean() }).map((value) => ({ $case: "ping", value }) as const),
  fc
    .record({ sequence, target: fc.constantFrom("n1", "n2", "x", "") })
    .map((value) => ({ $case: "pingRequest", value }) as const),
  fc.record({ sequence }).map((value) => ({ $case: "ack", value }) as const),
  fc.record({ sequence }).map((value) => ({ $case: "nack", value }) as const),
  fc
    .record({ sums: fc.array(fc.nat(), { maxLength: 70 }) })
    .map((value) => ({ $case: "digest", value }) as const),
  fc
    .record({ records: fc.array(record, { maxLength: 3 }), wanted: fc.array(fc.nat(200), { maxLength: 3 }) })
    .map((value) => ({ $case: "page", value }) as const),
  fc
    .record({
      buckets: fc.array(fc.nat(200), { maxLength: 70 }),
      hashes: fc.array(fc.nat(), { maxLength: 9 }),
    })
    .map((value) => ({ $case: "holdings", value }) as const),
  fc
    .record({ number: fc.maxSafeNat(), payload: fc.uint8Array({ maxLength: 9 }) })
    .map((value) => ({ $case: "answer", value }) as const),
);
const event = fc.record({
  origin: fc.oneof(fc.constantFrom("n1", "n2", "x"), fc.string({ maxLength: 70 })),
  number: fc.oneof(fc.nat(9), fc.maxSafeNat()),
  name: fc.string({ maxLength: 9 }),
  payload: fc.uint8Array({ maxLength: 600 }),
  queryTimeoutMs: fc.nat(),
});
const message: fc.Arbitrary<MessageType> = fc.record({
  incarnation: fc.oneof(fc.nat(9), fc.maxSafeNat()),
  records: fc.array(record, { maxLength: 3 }),
  events: fc.array(event, { maxLength: 2 }),
  kind,
  cluster: fc.constant(0),
});

test("whatever enemies say, a member neither throws nor sends packets beyond their limit, and keeps its bounds", (t) => {
  const said = fc.array(
    fc.record({ from: fc.constantFrom("n2", "n3", "enemy"), message, pauseMs: fc.nat(500) }),
    {
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(said, (all) => {
      const cluster = new Members({ seed: 1, settings: { membersMax: 5 } });
      cluster.startAll(3);
      cluster.cores.run(3_000);
      const core = cluster.core("n1");
      let now = cluster.cores.now;
      for (const { from, message, pauseMs } of all) {
        core.receive(from, message, now);
        now += pauseMs;
        if (now >= core.deadline) core.advance(now);
        for (const effect of core.drain()) {
          if (effect.type !== "send") continue;
          // A page is as long as it must be; what is news is bounded.
          const news = { ...effect.message, kind: undefined, cluster: 0 };
          t.true(Message.encode(news).finish().length <= cluster.settings.packetBytesMax);
        }
        t.true(core.roster.members.size <= 5);
        t.is(core.roster.own.state, State.ALIVE);
        t.true(Number.isSafeInteger(core.roster.own.incarnation));
      }
    }),
    { numRuns: 300 },
  );
});

test("bytes of nonsense are refused by the decoder or read as something harmless", (t) => {
  const random = seededRandom(5);
  const cluster = new Members({ seed: 1 });
  cluster.startAll(2);
  cluster.cores.run(2_000);
  const core = cluster.core("n1");
  let refused = 0;
  const good = Message.encode({
    incarnation: 1,
    records: [core.roster.own],
    events: [],
    kind: { $case: "ping", value: { sequence: 1, introduce: true } },
    cluster: 0,
  }).finish();
  for (let i = 0; i < 20_000; i++) {
    const bytes = i % 2 === 0 ? good.slice() : new Uint8Array(random.between(1, 60));
    const changes = i % 2 === 0 ? random.between(1, 4) : bytes.length;
    for (let j = 0; j < changes; j++) bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
    try {
      core.receive("n2", Message.decode(bytes), cluster.cores.now);
      core.drain();
    } catch (error) {
      // Only the decoder may throw: the road counts what it cannot read and drops it.
      refused++;
      t.false(String((error as Error).stack).includes("membership/core.ts"), String(error));
    }
  }
  t.true(refused > 1_000);
});

test("members of another cluster are not heard", (t) => {
  const cluster = new Members({ seed: 1 });
  cluster.startAll(2);
  cluster.cores.run(2_000);
  const core = cluster.core("n1");
  const stranger = { ...core.roster.own, id: "stranger" };
  const message = { incarnation: 1, records: [stranger], events: [], kind: undefined, cluster: 7 };
  core.receive("stranger", message, cluster.cores.now);
  t.is(core.roster.members.get("stranger"), undefined);
  t.is(core.metrics().strangers_total, 1);
});

test("what is no record is counted", (t) => {
  const cluster = new Members({ seed: 1 });
  cluster.startAll(2);
  cluster.cores.run(2_000);
  const core = cluster.core("n1");
  const bad = { ...core.roster.own, id: "no such name!" };
  core.receive(
    "n2",
    { incarnation: 0, records: [bad], events: [], kind: undefined, cluster: 0 },
    cluster.cores.now,
  );
  core.receive(
    "n2",
    { incarnation: 0, records: [], events: [], kind: { $case: "digest", value: { sums: [1] } }, cluster: 0 },
    cluster.cores.now,
  );
  const hashes = Array.from({ length: 100_000 }, (_, i) => i);
  core.drain();
  core.receive(
    "n2",
    {
      incarnation: 0,
      records: [],
      events: [],
      kind: { $case: "holdings", value: { buckets: [1], hashes } },
      cluster: 0,
    },
    cluster.cores.now,
  );
  t.deepEqual(core.drain(), []);
  t.is(core.metrics().refused_total, 3);
});

test("a forged incarnation cannot keep a member dead, however great it is, and however often it is forged", (t) => {
  const forgeries = [
    [1],
    [firstIncarnation(2 ** 20)],
    [Number.MAX_SAFE_INTEGER],
    [firstIncarnation(2 ** 20), Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1],
    Array.from({ length: 50 }, (_, i) => firstIncarnation(2 ** 20) + i * 2 ** 20),
  ];
  for (const numbers of forgeries) {
    for (const state of [State.SUSPECT, State.DEAD, State.LEFT, State.ALIVE]) {
      const cluster = new Members({ seed: 1 });
      const ids = cluster.startAll(5);
      cluster.cores.run(10_000);
      for (const incarnation of numbers) {
        for (const victim of ["n2", "n3"]) {
          const { id } = cluster.core(victim).roster.own;
          const forged = {
            id,
            address: "memory://enemy",
            incarnation,
            state,
            metadata: nothing,
            accuser: "enemy",
          };
          // To everybody, the victim too.
          for (const to of ids) {
            cluster
              .core(to)
              .receive(
                "enemy",
                { incarnation: 0, records: [forged], events: [], kind: undefined, cluster: 0 },
                cluster.cores.now,
              );
            cluster.cores.touch(to);
          }
        }
        cluster.cores.run(cluster.cores.now + 100);
      }
      cluster.cores.run(cluster.cores.now + 120_000);
      t.true(cluster.agree(ids), `${numbers.length} forgeries of state ${state}, the first ${numbers[0]}`);
      for (const by of ["n1", "n4"])
        t.is(cluster.core(by).roster.members.get("n2")!.record.address, "memory://n2");
    }
  }
});
