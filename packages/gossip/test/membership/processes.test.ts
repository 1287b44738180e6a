import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { eventually, ProcessCluster } from "../processes/cluster.ts";

/**
 * Real processes over ZeroMQ. The short form is part of `npm test`: it waits for what must come, however long that takes
 * on a machine that does a hundred other things, and demands nothing that depends on how fast it is. The long form
 * (`npm run processes`), for a machine that is idle otherwise, stops a member for ten seconds, and also demands that no
 * healthy member is ever called failed; so do the scenarios in virtual time.
 */
const long = process.env.COTERIE_MEMBERS !== undefined;
const count = Number(process.env.COTERIE_MEMBERS ?? 6);

test("a member that is killed is found out, one that is stopped is forgiven, a one-way cut is seen through", async (t) => {
  t.timeout(900_000);
  await using cluster = await ProcessCluster.start(count);
  const { members } = cluster;

  // Killed: every other member calls it failed.
  cluster.member("m2").signal("SIGKILL");
  const left = cluster.without("m2");
  t.true(await eventually(() => left.every(({ states }) => states.m2 === "failed")), "m2 is failed to all");

  // Stopped: whatever it was called meanwhile, it is back with all once it goes on.
  cluster.member("m3").signal("SIGSTOP");
  const burners = long ? [burn(), burn()] : [];
  if (long) await sleep(10_000);
  t.true(await eventually(() => left.some(({ states }) => states.m3 !== "alive")), "m3 was noticed");
  cluster.member("m3").signal("SIGCONT");
  t.true(await eventually(() => cluster.agree(left)), "m3 is alive to all again");
  for (const burner of burners) burner.kill();

  // Cut in one direction: others can look, and see that it is well.
  const first = cluster.member("m1");
  const { asked } = first;
  first.tell({ cut: "m4" });
  t.true(await eventually(() => first.asked > asked), "m1 has others look");
  if (long) await sleep(10_000);
  t.true(await eventually(() => cluster.agree(left)), "all are alive to all through the cut");
  first.tell({ mend: true });

  // Said goodbye: it has left, and did not fail.
  cluster.member("m5").tell({ leave: true });
  t.true(await eventually(() => cluster.without("m2", "m5").every(({ states }) => states.m5 === "left")));

  if (!long) return;
  const wrong = members.flatMap(({ id, failed }) => failed.map((about) => ({ id, about })));
  t.deepEqual(
    wrong.filter(({ id, about }) => id !== "m3" && about !== "m2" && about !== "m3"),
    [],
  );
});

/** Keeps a core busy. */
function burn(): { kill(): void } {
  const child = fork(new URL("../processes/burner.ts", import.meta.url).pathname);
  return { kill: () => void child.kill("SIGKILL") };
}
