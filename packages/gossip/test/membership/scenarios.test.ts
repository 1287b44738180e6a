import test from "ava";
import { addressOf, Members } from "../../simulation/members.ts";
import { State } from "../../src/gen/membership.ts";

/** Runs until all agree, looking now and then. */
function settle(cluster: Members, ids: readonly string[], withinMs = 60_000): boolean {
  const until = cluster.cores.now + withinMs;
  while (cluster.cores.now < until && !cluster.agree(ids)) cluster.cores.run(cluster.cores.now + 100);
  return cluster.agree(ids);
}

function settled(count: number, seed = 1, settings = {}): [Members, readonly string[]] {
  const cluster = new Members({ seed, settings });
  const ids = cluster.startAll(count);
  if (!settle(cluster, ids)) throw new Error("they did not find each other");
  return [cluster, ids];
}

const changes = (cluster: Members, by: string, about: string) =>
  cluster.told.filter((told) => told.by === by && told.about === about).map(({ change }) => change);

test("members find each other through one seed", (t) => {
  for (const count of [2, 3, 10, 50]) {
    const [cluster, ids] = settled(count);
    for (const by of ids)
      for (const about of ids) if (by !== about) t.deepEqual(changes(cluster, by, about), ["joined"]);
  }
});

test("nothing happens to healthy members for an hour, and packets per member stay few", (t) => {
  const [cluster, ids] = settled(10);
  cluster.told.length = 0;
  const before = cluster.cores.messages;
  cluster.cores.run(cluster.cores.now + 3_600_000);
  t.deepEqual(cluster.told, []);
  t.true((cluster.cores.messages - before) / ids.length / 3_600 < 2.5);
});

test("a member that crashes is suspected, then failed, everywhere, and nobody else is", (t) => {
  const [cluster, ids] = settled(20);
  cluster.told.length = 0;
  cluster.cores.stop("n7");
  cluster.cores.run(cluster.cores.now + 60_000);
  for (const by of ids) if (by !== "n7") t.deepEqual(changes(cluster, by, "n7"), ["suspected", "failed"], by);
  t.deepEqual([...new Set(cluster.told.map(({ about }) => about))], ["n7"]);
});

test("of two members only, each notices when the other is gone, and when it is back", (t) => {
  const [cluster, ids] = settled(2);
  cluster.cores.stop("n2");
  cluster.cores.run(cluster.cores.now + 15_000);
  t.deepEqual(changes(cluster, "n1", "n2"), ["joined", "suspected", "failed"]);
  // The one that is left is the seed: it is found again by the one that starts.
  cluster.start("n2", ["n1"]);
  t.true(settle(cluster, ids));
  t.is(changes(cluster, "n1", "n2").at(-1), "joined");
});

test("of two members only, both sides of a cut find each other again, seeds or not", (t) => {
  const [cluster, ids] = settled(2);
  cluster.partition(["n1"], ["n2"]);
  cluster.cores.run(cluster.cores.now + 60_000);
  t.is(cluster.state("n1", "n2"), State.DEAD);
  t.is(cluster.state("n2", "n1"), State.DEAD);
  cluster.cut.clear();
  t.true(settle(cluster, ids, 30_000));
});

test("who leaves has left: nobody calls it failed, and its silence is no news", (t) => {
  const [cluster, ids] = settled(10);
  cluster.told.length = 0;
  const leaver = cluster.core("n4");
  leaver.leave();
  cluster.cores.touch("n4");
  t.true(cluster.cores.until(() => leaver.hasSaidGoodbye, 10_000));
  cluster.cores.stop("n4");
  cluster.cores.run(cluster.cores.now + 60_000);
  for (const by of ids) if (by !== "n4") t.deepEqual(changes(cluster, by, "n4"), ["left"]);
  cluster.start("n4", ["n1"]);
  t.true(settle(cluster, ids));
});

test("a quick restart on the same address is no failure", (t) => {
  const [cluster, ids] = settled(10);
  cluster.told.length = 0;
  cluster.cores.stop("n5");
  cluster.cores.run(cluster.cores.now + 300);
  cluster.start("n5", ["n1"]);
  t.true(settle(cluster, ids));
  cluster.cores.run(cluster.cores.now + 60_000);
  t.false(cluster.told.some(({ change, by }) => change === "failed" && by !== "n5"));
});

test("a member that restarts without remembering how often it started contradicts its own death", (t) => {
  const [cluster, ids] = settled(5);
  cluster.cores.stop("n5");
  cluster.cores.run(cluster.cores.now + 60_000);
  t.is(cluster.state("n1", "n5"), State.DEAD);
  cluster.start("n5", ["n1"], { life: 1 });
  t.true(settle(cluster, ids));
});

test("the same name at another address is the same member, moved", (t) => {
  const [cluster, ids] = settled(5);
  cluster.cores.stop("n5");
  cluster.cores.run(cluster.cores.now + 500);
  cluster.start("n5", ["n1"], { address: "memory://elsewhere" });
  cluster.cores.run(cluster.cores.now + 10_000);
  t.true(settle(cluster, ids));
  for (const by of ["n1", "n2", "n3", "n4"])
    t.is(cluster.core(by).roster.members.get("n5")?.record.address, "memory://elsewhere");
  t.true(changes(cluster, "n1", "n5").includes("updated"));
});

test("a member that was called failed and starts at another address has moved, though its lives are not counted", (t) => {
  for (const life of [2, 1]) {
    const [cluster, ids] = settled(5);
    cluster.cores.stop("n5");
    cluster.cores.run(cluster.cores.now + 60_000);
    t.is(cluster.state("n1", "n5"), State.DEAD);
    cluster.start("n5", ["n1"], { address: "memory://elsewhere", life });
    t.true(settle(cluster, ids));
    for (const by of ["n1", "n2", "n3", "n4"])
      t.is(cluster.core(by).roster.members.get("n5")?.record.address, "memory://elsewhere", `life ${life}`);
  }
});

test("a node that left and joins again in the same life is back at once, and contradicts nobody", (t) => {
  const [cluster, ids] = settled(5);
  const leaver = cluster.core("n4");
  leaver.leave();
  cluster.cores.touch("n4");
  t.true(cluster.cores.until(() => leaver.hasSaidGoodbye, 10_000));
  cluster.start("n4", ["n1"], { life: 1 });
  t.true(settle(cluster, ids));
  t.is(cluster.core("n4").metrics().refutations_total, 0);
});

test("who stood still until others had forgotten who left does not bring them back", (t) => {
  const [cluster] = settled(6, 1, { forgetAfterMs: 120_000 });
  const rest = ["n1", "n2", "n4", "n6"];
  cluster.cores.pause("n6", 600_000);
  // In the middle of this n3 leaves, and n5 crashes.
  cluster.cores.run(cluster.cores.now + 60_000);
  cluster.core("n3").leave();
  cluster.cores.touch("n3");
  cluster.cores.run(cluster.cores.now + 5_000);
  cluster.cores.stop("n3");
  cluster.cores.stop("n5");
  cluster.cores.run(cluster.cores.now + 530_000);
  t.is(cluster.state("n1", "n3") ?? cluster.state("n1", "n5"), undefined, "both are forgotten");
  cluster.told.length = 0;
  t.true(settle(cluster, rest, 60_000));
  cluster.cores.run(cluster.cores.now + 120_000);
  t.true(cluster.agree(rest));
  const back = cluster.told.filter(({ by, about }) => by !== "n6" && (about === "n3" || about === "n5"));
  t.deepEqual(back, [], "nobody heard of them again");
});

test("each preset: members find each other and find out who fails, the sooner the nearer they are", (t) => {
  const seen = new Map<string, number>();
  for (const preset of ["local", "lan", "wan"] as const) {
    const cluster = new Members({ seed: 1, preset });
    const ids = cluster.startAll(30);
    t.true(settle(cluster, ids), preset);
    cluster.told.length = 0;
    cluster.cores.stop("n9");
    const began = cluster.cores.now;
    const left = ids.filter((id) => id !== "n9");
    t.true(
      cluster.cores.until(() => left.every((by) => cluster.state(by, "n9") === State.DEAD), 600_000),
      preset,
    );
    seen.set(preset, cluster.cores.now - began);
    t.deepEqual([...new Set(cluster.told.map(({ about }) => about))], ["n9"], preset);
  }
  t.true(seen.get("local")! < seen.get("lan")! && seen.get("lan")! < seen.get("wan")!);
  t.true(seen.get("local")! < 15_000 && seen.get("lan")! < 30_000 && seen.get("wan")! < 180_000);
});

test("a cluster that was cut in two becomes one again, and no healthy member is taken for dead by its own side", (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const [cluster, ids] = settled(12, seed);
    const [one, other] = [ids.slice(0, 6), ids.slice(6)];
    cluster.partition(one, other);
    cluster.cores.run(cluster.cores.now + 120_000);
    t.true(cluster.agree(one) && cluster.agree(other), `seed ${seed}: two sides`);
    cluster.told.length = 0;
    cluster.cut.clear();
    t.true(settle(cluster, ids, 60_000), `seed ${seed}: one again`);
    const failed = cluster.told.filter(({ change }) => change === "failed");
    t.deepEqual(failed, [], `seed ${seed}`);
  }
});

test("large halves become one again as soon as small ones: what each learns in bulk is compared quickly", (t) => {
  const [cluster, ids] = settled(80);
  const [one, other] = [ids.slice(0, 40), ids.slice(40)];
  cluster.partition(one, other);
  cluster.cores.run(cluster.cores.now + 150_000);
  t.true(cluster.agree(one) && cluster.agree(other), "two sides");
  cluster.told.length = 0;
  cluster.cut.clear();
  t.true(settle(cluster, ids, 30_000), "one again");
  t.false(cluster.told.some(({ change }) => change === "failed"));
});

test("clusters that grew apart heal through a seed that both know", (t) => {
  const cluster = new Members({ seed: 1 });
  const ids = ["n1", "n2", "n3", "n4"];
  cluster.partition(["n1", "n2"], ["n3", "n4"]);
  cluster.start("n1", ["n3"]);
  cluster.start("n2", ["n1"]);
  cluster.start("n3", ["n1"]);
  cluster.start("n4", ["n3"]);
  t.true(settle(cluster, ["n1", "n2"]));
  t.true(settle(cluster, ["n3", "n4"]));
  cluster.cut.clear();
  t.true(settle(cluster, ids));
});

test("a cut between two members only, in one direction, is forgiven: others see both", (t) => {
  for (let seed = 1; seed <= 5; seed++) {
    const [cluster] = settled(10, seed);
    cluster.told.length = 0;
    cluster.cut.add("n1>n2");
    cluster.cores.run(cluster.cores.now + 300_000);
    t.false(cluster.told.some(({ change }) => change === "failed"));
  }
});

test("a member that hears nobody is failed, and takes no healthy one with it", (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const [cluster, ids] = settled(10, seed);
    cluster.told.length = 0;
    for (const id of ids) if (id !== "n3") cluster.cut.add(`${id}>n3`);
    cluster.cores.run(cluster.cores.now + 300_000);
    const others = cluster.told.filter(({ by, change }) => by !== "n3" && change === "failed");
    t.deepEqual([...new Set(others.map(({ about }) => about))], ["n3"], `seed ${seed}`);
  }
});

test("a stall never looks as if everyone died", (t) => {
  for (const forMs of [300, 1_000, 5_000, 60_000]) {
    for (let seed = 1; seed <= 5; seed++) {
      const [cluster] = settled(10, seed);
      cluster.told.length = 0;
      cluster.cores.pause("n6", forMs);
      cluster.cores.run(cluster.cores.now + forMs + 60_000);
      const wrong = cluster.told.filter(
        ({ change, about }) => (change === "failed" || change === "suspected") && about !== "n6",
      );
      t.deepEqual(wrong, [], `${forMs} ms, seed ${seed}`);
      if (forMs > 1_000) t.true(cluster.core("n6").metrics().stalls_total! > 0);
    }
  }
});

test("a member that was stopped long enough to be failed is back soon after it goes on", (t) => {
  const [cluster, ids] = settled(10);
  cluster.cores.pause("n6", 60_000);
  cluster.cores.run(cluster.cores.now + 60_000 - 1);
  t.is(cluster.state("n1", "n6"), State.DEAD);
  t.true(settle(cluster, ids, 20_000));
});

test("a member that is always late still comes to a verdict", (t) => {
  const [cluster] = settled(3);
  cluster.cores.stop("n3");
  // Every turn of its event loop takes longer than is forgiven.
  const stumble = (): void => {
    cluster.cores.pause("n1", 200);
    cluster.cores.at(cluster.cores.now + 201, stumble);
  };
  stumble();
  cluster.cores.stop("n2");
  cluster.cores.run(cluster.cores.now + 600_000);
  t.is(cluster.state("n1", "n3"), State.DEAD);
});

test("a member that dies and comes back again and again is held back until it is stable", (t) => {
  const [cluster, ids] = settled(5, 1, { flapsMax: 2, flapHalfLifeMs: 60_000 });
  for (let i = 0; i < 6; i++) {
    cluster.cores.stop("n5");
    cluster.cores.run(cluster.cores.now + 30_000);
    cluster.start("n5", ["n1"]);
    cluster.cores.run(cluster.cores.now + 10_000);
  }
  const joined = changes(cluster, "n1", "n5").filter((change) => change === "joined").length;
  t.true(joined < 6, `${joined} of 7`);
  t.is(changes(cluster, "n1", "n5").at(-1), "failed");
  t.true(cluster.agree(ids), "to the protocol it is alive meanwhile");
  cluster.cores.run(cluster.cores.now + 600_000);
  t.is(changes(cluster, "n1", "n5").at(-1), "joined");
});

test("metadata reach everybody, the last word last, however many packets are lost", (t) => {
  const [cluster, ids] = settled(20);
  cluster.loss = 0.3;
  for (let word = 1; word <= 5; word++) {
    cluster.core("n9").update(Uint8Array.of(word));
    cluster.cores.touch("n9");
    cluster.cores.run(cluster.cores.now + 50);
  }
  cluster.cores.run(cluster.cores.now + 120_000);
  for (const by of ids)
    if (by !== "n9") t.deepEqual([...cluster.core(by).roster.members.get("n9")!.record.metadata], [5]);
});

test("two nodes under one name are told of each other's address", (t) => {
  const conflicts: string[] = [];
  const [cluster] = settled(3);
  const { core } = { core: cluster.core("n3") };
  const { own } = core.roster;
  const twin = { ...own, address: addressOf("twin"), incarnation: own.incarnation + 1 };
  core.receive(
    "n1",
    { incarnation: 0, records: [twin], events: [], kind: undefined, cluster: 0 },
    cluster.cores.now,
  );
  for (const effect of core.drain()) if (effect.type === "conflict") conflicts.push(effect.address);
  t.deepEqual(conflicts, [addressOf("twin")]);
  t.true(core.roster.own.incarnation > twin.incarnation);
});

test("the gone are forgotten in time", (t) => {
  const [cluster] = settled(3, 1, { forgetAfterMs: 120_000 });
  cluster.cores.stop("n3");
  cluster.cores.run(cluster.cores.now + 60_000);
  t.is(cluster.state("n1", "n3"), State.DEAD);
  cluster.cores.run(cluster.cores.now + 600_000);
  t.is(cluster.state("n1", "n3"), undefined);
  t.is(cluster.state("n2", "n3"), undefined);
});
