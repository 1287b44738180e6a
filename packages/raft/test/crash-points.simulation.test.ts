import test from "ava";
import { suite as raft } from "../simulation/raft.suite.ts";
import { suite as onDisk } from "../simulation/raft-on-disk.suite.ts";
import { Scene } from "./scene.ts";

/** Who loses power when the victim reaches a point: the victim alone, or everybody at that instant. */
const cases = [
  { victim: "leader", everybody: false },
  { victim: "follower", everybody: false },
  { victim: "leader", everybody: true },
  { victim: "follower", everybody: true },
] as const;

for (const { victim: which, everybody } of cases) {
  const who = everybody ? `everybody loses power when a ${which} is` : `a ${which} loses power`;
  test.serial(`${who} at every point where something is sent or persisted`, async (t) => {
    let acknowledged = 0;
    for (let nth = 1; nth <= 60; nth++) {
      const scene = new Scene(nth);
      const { world } = scene;
      const victim = await scene.choose(which);
      await scene.write(50);
      world.crashAt(victim, undefined, nth, () => {
        for (const id of everybody ? world.ids : [victim]) {
          world.crash(id);
          scene.restartAfter(id, 300);
        }
      });
      await scene.write(400);
      t.is(await scene.verdict(), undefined, `crash at point ${nth}`);
      acknowledged += scene.acknowledged.size;
    }
    t.true(acknowledged > 60 * 12, `only ${acknowledged} writes were acknowledged: the test tests nothing`);
  });
}

/** Every name that a member reaches in a life with snapshots, taken, sent and received. */
async function namedPoints(suite: typeof raft): Promise<readonly string[]> {
  const scene = new Scene(1, suite);
  const follower = await scene.choose("follower");
  scene.world.crash(follower);
  await scene.write(1_000);
  scene.world.start(follower);
  await scene.write(500);
  return [...scene.world.points.counts.keys()].sort();
}

for (const [suite, whose, also] of [
  [raft, "", []],
  [onDisk, ", its state on disk", ["sync", "mark"]],
] as const) {
  test.serial(
    `a member${whose} loses power at every named point, one that catches up by a snapshot among them`,
    async (t) => {
      const points = await namedPoints(suite);
      for (const what of ["send", "persist", "snapshot-write", "snapshot-commit", "snapshot-send", ...also])
        t.true(points.includes(`raft:before-${what}`), `${what} is not in ${points}`);
      let crashes = 0;
      for (const point of points) {
        for (const nth of [1, 2, 5]) {
          for (const which of ["leader", "follower"] as const) {
            const scene = new Scene(nth, suite);
            const { world } = scene;
            const leader = await scene.choose("leader");
            const follower = world.ids.find((id) => id !== leader)!;
            // Away for as long as it takes to need a snapshot.
            world.crash(follower);
            await scene.write(600);
            const victim = which === "leader" ? (scene.leader ?? leader) : follower;
            world.crashAt(victim, point, nth, () => {
              crashes++;
              scene.restartAfter(victim, 300);
            });
            world.start(follower);
            await scene.write(500);
            t.is(await scene.verdict(), undefined, `${which} at ${point}, ${nth}.`);
          }
        }
      }
      t.true(crashes > points.length * 3, `only ${crashes} crashes`);
    },
  );
}

for (const fault of ["a failing sync", "a full disk"] as const) {
  test.serial(
    `${fault} stops a member at whatever it writes, and it comes back with everything`,
    async (t) => {
      let stopped = 0;
      for (let at = 0; at < 40; at++) {
        const scene = new Scene(1_000 + at);
        const victim = await scene.choose(at % 2 === 0 ? "leader" : "follower");
        await scene.write(20 + at * 3);
        const platter = scene.world.platter(victim);
        if (fault === "a failing sync") platter.failingSyncs = 1;
        else platter.full = true;
        await scene.write(150);
        stopped += scene.world.failures.length;
        platter.full = false;
        scene.restartAfter(victim, 100);
        await scene.write(200);
        t.is(await scene.verdict(), undefined, `${fault} after ${20 + at * 3} ms`);
      }
      // A full disk shows only when something must grow: segments are preallocated, snapshots are not.
      t.true(stopped >= (fault === "a failing sync" ? 40 : 5), `${stopped} members were stopped`);
    },
  );
}
