import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { eventually, ProcessCluster } from "../processes/cluster.ts";

/**
 * Real processes over ZeroMQ. The short form is part of `npm test`: it demands what must be so on a machine that does a
 * hundred other things. The long one (`npm run processes`) also demands that no healthy member is ever called failed.
 */
const long = process.env.COTERIE_MEMBERS !== undefined;
const count = Number(process.env.COTERIE_MEMBERS ?? 6);
const stoppedMs = long ? 10_000 : 4_000;

test("a member that is killed is found out, one that is stopped is forgiven, a one-way cut is seen through", async (t) => {
  t.timeout(300_000);
  await using cluster = await ProcessCluster.start(count);
  const { members } = cluster;

  // Killed: every other member calls it failed.
  cluster.member("m2").signal("SIGKILL");
  const left = cluster.without("m2");
  t.true(await eventually(() => left.every(({ states }) => states.m2 === "failed")), "m2 is failed to all");

  // Stopped: whatever it was called meanwhile, it is back with all once it goes on.
  cluster.member("m3").signal("SIGSTOP");
  const burners = long ? [burn(), burn()] : [];
  await sleep(stoppedMs);
  cluster.member("m3").signal("SIGCONT");
  t.true(await eventually(() => cluster.agree(left)), "m3 is alive to all again");
  for (const burner of burners) burner.kill();

  // Cut in one direction: others can look, and see that it is well.
  cluster.member("m1").tell({ cut: "m4" });
  await sleep(stoppedMs);
  t.true(await eventually(() => cluster.agree(left)), "all are alive to all through the cut");
  cluster.member("m1").tell({ mend: true });

  // Said goodbye: nobody calls it failed.
  cluster.member("m5").tell({ leave: true });
  t.true(await eventually(() => cluster.without("m2", "m5").every(({ states }) => states.m5 === "left")));
  t.false(
    members.some(({ failed }) => failed.includes("m5")),
    "m5 left, and did not fail",
  );

  if (!long) return;
  const wrong = cluster
    .without("m2", "m3")
    .flatMap(({ id, failed }) => failed.map((about) => `${id}: ${about}`));
  t.deepEqual(
    wrong.filter((one) => !one.endsWith(": m2") && !one.endsWith(": m3")),
    [],
  );
});

/** Keeps a core busy. */
function burn(): { kill(): void } {
  const child = fork(new URL("../processes/burner.ts", import.meta.url).pathname);
  return { kill: () => void child.kill("SIGKILL") };
}
