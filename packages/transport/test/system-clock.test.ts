import { performance } from "node:perf_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { systemClock } from "@coterie/transport";
import test from "ava";

const clock = systemClock();

test("a wake comes once, not before its time and not within the call", async (t) => {
  const woken: number[] = [];
  const at = clock.now() + 5;
  clock.wake(at, () => woken.push(clock.now()));
  clock.wake(0, () => woken.push(clock.now()));
  t.deepEqual(woken, []);
  while (woken.length < 2) await turn();
  t.true(woken[1]! >= at);
  await sleep(10);
  t.is(woken.length, 2);
});

test("a cancelled wake never comes, and cancelling twice is harmless", async (t) => {
  const cancels = [0, 1].map((ms) => clock.wake(clock.now() + ms, () => t.fail()));
  for (const cancel of [...cancels, ...cancels]) cancel();
  const late = clock.wake(clock.now(), () => t.pass());
  await sleep(10);
  late();
});

test("a wake further off than a timer can count does not come at once", async (t) => {
  const cancels = [2 ** 31, 2 ** 40, Infinity].map((ms) => clock.wake(clock.now() + ms, () => t.fail()));
  await sleep(10);
  for (const cancel of cancels) cancel();
  t.pass();
});

test("what had arrived when a wake's time came is delivered before it", async (t) => {
  const order: string[] = [];
  const { port1, port2 } = new MessageChannel();
  port2.on("message", () => order.push("message"));
  clock.wake(clock.now() + 2, () => order.push("wake"));
  port1.postMessage("probe answer");
  // A stall: both are due when the loop gets to go on.
  const until = performance.now() + 20;
  while (performance.now() < until);
  while (order.length < 2) await turn();
  port2.close();
  t.deepEqual(order, ["message", "wake"]);
});
