import test from "ava";
import type { Kind, Watch } from "../../src/detector/detector.ts";
import { HeartbeatDetector } from "../../src/detector/heartbeats.ts";
import { LocalHealth } from "../../src/detector/local-health.ts";
import { PhiAccrual } from "../../src/detector/phi.ts";
import { Relays } from "../../src/detector/relays.ts";
import { SwimDetector } from "../../src/detector/swim.ts";

class Watched implements Watch {
  readonly sent: [to: string, kind: Kind][] = [];
  readonly suspects: string[] = [];
  members = ["t"];
  #sequence = 0;
  #at = 0;

  get inService(): number {
    return this.members.length;
  }
  next(): string | undefined {
    return this.members[this.#at++ % this.members.length];
  }
  helpers(count: number): string[] {
    return ["h1", "h2", "h3"].slice(0, count);
  }
  successors(count: number): string[] {
    return this.members.slice(0, count);
  }
  isInService(id: string): boolean {
    return this.members.includes(id);
  }
  sequence(): number {
    return ++this.#sequence;
  }
  send(to: string, kind: Kind): void {
    this.sent.push([to, kind]);
  }
  suspect(id: string): void {
    this.suspects.push(id);
  }
  /** What was sent since the last look: to whom, and what kind. */
  take(): string[] {
    return this.sent.splice(0).map(([to, { $case }]) => `${$case} ${to}`);
  }
}

const options = { probeIntervalMs: 1_000, probeTimeoutMs: 400, indirectProbes: 2 };

function swim(): [SwimDetector, Watched, LocalHealth] {
  const watch = new Watched();
  const health = new LocalHealth(8);
  return [new SwimDetector(options, watch, health, 0), watch, health];
}

test("SWIM: an answer in time, then the next period; no helper is asked", (t) => {
  const [detector, watch] = swim();
  detector.advance(0);
  t.deepEqual(watch.take(), ["ping t"]);
  detector.acknowledged("t", 1);
  detector.advance(400);
  t.deepEqual(watch.take(), []);
  t.is(detector.deadline, 1_000);
  detector.advance(1_000);
  t.deepEqual(watch.take(), ["ping t"]);
  t.deepEqual(watch.suspects, []);
});

test("SWIM: no answer, helpers are asked; none from them, it is suspected at the period's end, not before", (t) => {
  const [detector, watch, health] = swim();
  detector.advance(0);
  watch.take();
  t.is(detector.deadline, 400);
  detector.advance(400);
  t.deepEqual(watch.take(), ["pingRequest h1", "pingRequest h2"]);
  detector.notAcknowledged("h1", 1);
  detector.notAcknowledged("h2", 1);
  detector.advance(999);
  t.deepEqual(watch.suspects, []);
  detector.advance(1_000);
  t.deepEqual(watch.suspects, ["t"]);
  t.is(health.multiplier, 1, "its helpers are well: it need not doubt itself");
});

test("SWIM: a helper's answer counts, a stranger's or an old one does not", (t) => {
  const [detector, watch] = swim();
  detector.advance(0);
  detector.acknowledged("h1", 1);
  detector.advance(400);
  detector.acknowledged("x", 1);
  detector.acknowledged("t", 99);
  detector.notAcknowledged("x", 1);
  detector.acknowledged("h2", 1);
  detector.advance(1_000);
  t.deepEqual(watch.suspects, []);
  watch.take();
  detector.acknowledged("t", 1);
  detector.advance(1_400);
  detector.advance(2_000);
  t.deepEqual(watch.suspects, ["t"]);
});

test("SWIM: silent helpers are a reason to doubt oneself, and to watch more slowly", (t) => {
  const [detector, watch, health] = swim();
  detector.advance(0);
  detector.advance(400);
  detector.advance(1_000);
  t.is(health.multiplier, 3);
  t.is(detector.deadline, 1_000 + 3 * 400);
  watch.take();
  detector.acknowledged("t", 2);
  t.is(health.multiplier, 2);
});

test("SWIM: nobody to watch, nothing to do", (t) => {
  const [detector, watch] = swim();
  watch.members = [];
  t.is(detector.deadline, Number.POSITIVE_INFINITY);
});

test("relays: look for another, say what they see, and pass on what comes late", (t) => {
  const watch = new Watched();
  const relays = new Relays(watch, 300);
  relays.requested("a", 77, "t", 0);
  t.deepEqual(watch.take(), ["ping t"]);
  t.false(relays.acknowledged("x", 1), "not the target");
  t.is(relays.deadline, 300);
  relays.advance(300);
  t.deepEqual(watch.take(), ["nack a"]);
  t.true(relays.acknowledged("t", 1));
  t.deepEqual(watch.sent, [["a", { $case: "ack", value: { sequence: 77 } }]]);
  t.false(relays.acknowledged("t", 1));
  watch.take();
  relays.requested("a", 78, "unknown", 0);
  t.deepEqual(watch.take(), ["nack a"]);
});

const phiOptions = { samplesMax: 100, firstIntervalMs: 100, deviationMinMs: 10, pauseMs: 0 };

test("phi grows with silence, and the more surely the more regular the heartbeats were", (t) => {
  const regular = new PhiAccrual(phiOptions, 0);
  const irregular = new PhiAccrual(phiOptions, 0);
  let now = 0;
  for (let i = 1; i <= 100; i++) {
    now += 100;
    regular.heartbeat(now);
    irregular.heartbeat(now + (i % 2) * 60);
  }
  let before = -1;
  for (const silence of [50, 100, 120, 150, 200, 400]) {
    const phi = regular.phi(now + silence);
    t.true(phi >= before);
    before = phi;
  }
  t.true(regular.phi(now + 50) < 0.1);
  t.true(regular.phi(now + 200) > 8);
  t.true(irregular.phi(now + 200) < regular.phi(now + 200));
});

test("phi of 1, 2 and 3 is wrong about once in 10, 100 and 1,000 intervals that are distributed normally", (t) => {
  const accrual = new PhiAccrual({ ...phiOptions, samplesMax: 1_000 }, 0);
  let now = 0;
  // Sums of twelve uniform draws from a small generator: mean 100, deviation 20.
  let state = 12_345;
  const uniform = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const interval = (): number => 100 + 20 * (Array.from({ length: 12 }, uniform).reduce((a, b) => a + b) - 6);
  for (let i = 0; i < 1_000; i++) {
    now += interval();
    accrual.heartbeat(now);
  }
  const wrong = [0, 0, 0];
  const trials = 20_000;
  for (let i = 0; i < trials; i++) {
    const phi = accrual.phi(now + interval());
    for (const level of [1, 2, 3]) if (phi >= level) wrong[level - 1]!++;
  }
  for (const level of [1, 2]) {
    const share = wrong[level - 1]! / trials;
    t.true(share > 0.5 * 10 ** -level && share < 2 * 10 ** -level, `phi ${level}: ${share}`);
  }
});

test("heartbeats: neighbours are asked all the time, the silent one is suspected, others are not", (t) => {
  const watch = new Watched();
  watch.members = ["a", "b"];
  const detector = new HeartbeatDetector({ probeIntervalMs: 1_000 }, watch, 0);
  for (let now = 0; now < 60_000; now += 1_000) {
    detector.advance(now);
    for (const [to, kind] of watch.sent.splice(0))
      if (kind.$case === "ping" && (to === "a" || now < 30_000))
        detector.acknowledged(to, kind.value.sequence, now + 5);
  }
  t.deepEqual(watch.suspects, ["b"]);
});

test("heartbeats: time in which this process did not run does not count", (t) => {
  const watch = new Watched();
  const detector = new HeartbeatDetector({ probeIntervalMs: 1_000 }, watch, 0);
  let now = 0;
  const beat = (): void => {
    detector.advance(now);
    for (const [to, kind] of watch.sent.splice(0))
      if (kind.$case === "ping") detector.acknowledged(to, kind.value.sequence, now + 5);
    now += 1_000;
  };
  for (let i = 0; i < 20; i++) beat();
  now += 60_000;
  detector.postpone(60_000);
  for (let i = 0; i < 5; i++) beat();
  t.deepEqual(watch.suspects, []);
});
