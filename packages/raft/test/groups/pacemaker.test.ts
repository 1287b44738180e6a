import test from "ava";
import { nextInstant } from "../../src/core/beats.ts";
import { Pacemaker } from "../../src/groups/pacemaker.ts";

const options = { epoch: 7, intervalMs: 100, timeoutMs: 1_000 };

/** What a pacemaker wants, as words. */
function wants(pacemaker: Pacemaker): string[] {
  return pacemaker.drain().map((effect) => {
    if (effect.type === "peer") return `${effect.id} ${effect.isAlive ? "found" : "lost"}`;
    return effect.type === "send" ? `beat ${effect.to} ${effect.message.epoch}` : effect.type;
  });
}

test("beats for every peer on the same instants, and for nobody when there is none", (t) => {
  const pacemaker = new Pacemaker(options);
  t.is(pacemaker.deadline, Number.POSITIVE_INFINITY);
  pacemaker.watch("b", 30);
  pacemaker.watch("c", 35);
  pacemaker.advance(40);
  t.deepEqual(wants(pacemaker), ["beat b 7", "beat c 7"]);
  t.is(pacemaker.deadline, 100);
  pacemaker.advance(100);
  t.deepEqual(wants(pacemaker), ["beat b 7", "beat c 7"]);
  pacemaker.unwatch("b");
  pacemaker.unwatch("c");
  t.is(pacemaker.deadline, Number.POSITIVE_INFINITY);
});

test("a peer that is silent for the timeout is lost, once, and found when it is heard of", (t) => {
  const pacemaker = new Pacemaker(options);
  pacemaker.watch("b", 0);
  pacemaker.receive("b", { epoch: 3 }, 500.25);
  for (let now = 0; now < 1_500; now += 100) pacemaker.advance(now);
  t.false(wants(pacemaker).includes("b lost"));
  t.true(pacemaker.deadline <= 1_500.25);
  pacemaker.advance(1_500.25);
  pacemaker.advance(1_700);
  t.is(wants(pacemaker).filter((want) => want === "b lost").length, 1);
  t.false(pacemaker.isAlive("b"));
  pacemaker.receive("b", { epoch: 3 }, 1_800);
  t.deepEqual(wants(pacemaker), ["b found"]);
});

test("a peer that starts again was lost in between; what its earlier life has said does not bring it back", (t) => {
  const pacemaker = new Pacemaker(options);
  pacemaker.watch("b", 0);
  pacemaker.receive("b", { epoch: 3 }, 100);
  pacemaker.receive("b", { epoch: 4 }, 200);
  t.deepEqual(wants(pacemaker), ["b lost", "b found"]);
  pacemaker.advance(1_200);
  t.true(wants(pacemaker).includes("b lost"));
  pacemaker.receive("b", { epoch: 3 }, 1_300);
  t.deepEqual(wants(pacemaker), []);
});

test("who is not watched is not spoken of", (t) => {
  const pacemaker = new Pacemaker(options);
  pacemaker.receive("x", { epoch: 1 }, 5);
  pacemaker.advance(2_000);
  t.deepEqual(wants(pacemaker), []);
});

test("time moves on from any instant, whatever rounding does to it", (t) => {
  for (const interval of [0.1, 1 / 3, 33.3, 50, 100])
    for (let i = 1; i < 5_000; i++) {
      const now = i * interval;
      const next = nextInstant(now, interval);
      t.true(next > now && next <= now + 2 * interval, `${now} ${interval} ${next}`);
    }
});

test("what falls due is done: no wake is asked for at the instant that has just been dealt with", (t) => {
  const pacemaker = new Pacemaker({ ...options, timeoutMs: 500.1 });
  for (let i = 0; i < 1_000; i++) {
    const heardAt = 11_000 + i * 0.1234567;
    pacemaker.watch(`p${i}`, heardAt);
    pacemaker.receive(`p${i}`, { epoch: 1 }, heardAt);
  }
  let now = 0;
  while (now < 12_000) {
    t.true(pacemaker.deadline > now || now === 0);
    now = Math.max(now, pacemaker.deadline);
    pacemaker.advance(now);
    pacemaker.drain();
  }
});
