import { World, type WorldOptions } from "@coterie/simulation";
import test from "ava";
import type { Member } from "../simulation/raft.suite.ts";
import { type Command, Registers } from "../simulation/registers.ts";
import {
  createRaft,
  MembersChangeError,
  OptionError,
  type RaftOptions,
  StaleError,
  StoppedError,
  TransferFailedError,
  WitnessError,
} from "../src/index.ts";

type Options = Partial<RaftOptions<Command, boolean, string, number | null>>;

/** Members on calm machines, in virtual time. */
class Group {
  readonly world: World<Member>;

  constructor(nodes: number, options: Options = {}, world: Partial<WorldOptions<Member>> = {}) {
    this.world = new World<Member>({
      seed: 1,
      ...world,
      nodes,
      // A fourth one is not of the group's first members.
      start: (host, ids) =>
        createRaft<Command, boolean, string, number | null>(host, {
          group: "registers",
          voters: host.id === "n4" ? [] : ids.slice(0, 3),
          ...(host.id === "n4" ? { witness: "n4" } : {}),
          stateMachine: new Registers(),
          snapshotEntries: 20,
          trailingEntries: 5,
          journalSegmentBytes: 32_768,
          commandBytesMax: 1_024,
          ...options,
        }),
    });
  }

  get(id: string): Member {
    return this.world.node(id)!;
  }

  get leader(): string | undefined {
    const leads = (id: string): boolean => this.world.node(id)?.status().role === "leader";
    return this.world.ids
      .filter(leads)
      .sort((a, b) => this.get(b).status().term - this.get(a).status().term)[0];
  }

  async lead(): Promise<string> {
    await this.world.until(() => this.leader !== undefined, 10_000);
    return this.leader!;
  }

  /** Calls, and lets time pass until the answer is there: the answer or the error, and how long it took. */
  async ask<Answer>(
    call: () => Promise<Answer>,
  ): Promise<{ answer?: Answer; error?: unknown; tookMs: number }> {
    const from = this.world.now;
    let done: { answer?: Answer; error?: unknown } | undefined;
    call().then(
      (answer) => {
        done = { answer };
      },
      (error: unknown) => {
        done = { error };
      },
    );
    await this.world.until(() => done !== undefined, 30_000);
    return { ...done, tookMs: this.world.now - from };
  }

  async put(id: string, count: number): Promise<void> {
    for (let value = 1; value <= count; value++) {
      const { error } = await this.ask(() => this.get(id).propose({ key: `k${value}`, value }));
      if (error) throw error;
    }
  }
}

test("a transfer to a member that is gone ends after a few heartbeats, and the leader serves on", async (t) => {
  const group = new Group(3);
  const leader = await group.lead();
  const gone = group.world.ids.find((id) => id !== leader)!;
  group.world.crash(gone);
  const { error, tookMs } = await group.ask(() => group.get(leader).transferLeadership(gone));
  t.true(error instanceof TransferFailedError);
  t.is((error as TransferFailedError).reason, "unreachable");
  t.true(tookMs < 600, `${tookMs} ms of 1,000 that it had`);
  await group.put(leader, 1);
  t.is(group.leader, leader);
});

test("a transfer resolves once the other one leads", async (t) => {
  const group = new Group(3);
  const leader = await group.lead();
  const next = group.world.ids.find((id) => id !== leader)!;
  const { error, tookMs } = await group.ask(() => group.get(leader).transferLeadership(next));
  t.is(error, undefined);
  t.true(tookMs < 500);
  t.is(group.leader, next);
});

test("the member with the highest priority leads, and again when it comes back", async (t) => {
  const group = new Group(3, { priorities: { n2: 2, n3: 1 } });
  t.is(await group.lead(), "n2");
  group.world.crash("n2");
  await group.world.until(() => group.leader === "n3", 10_000);
  t.is(group.leader, "n3");
  group.world.start("n2");
  await group.world.until(() => group.leader === "n2", 10_000);
  t.is(group.leader, "n2");
});

test("priorities change with the members, and the leadership follows", async (t) => {
  const group = new Group(3, { priorities: { n1: 1 } });
  t.is(await group.lead(), "n1");
  await group.put("n1", 1);
  const voters = ["n1", "n2", "n3"];
  const { error } = await group.ask(() => group.get("n1").changeMembers({ voters, priorities: { n3: 5 } }));
  t.is(error, undefined);
  await group.world.until(() => group.leader === "n3", 10_000);
  t.is(group.leader, "n3");
});

test("who knows that the leader is gone need not wait: a quorum forgets it, and one campaigns", async (t) => {
  const group = new Group(3, { leaseReads: false });
  const leader = await group.lead();
  await group.put(leader, 1);
  const [one, other] = group.world.ids.filter((id) => id !== leader);
  group.world.crash(leader);
  // What it had sent is still on its way, and would be heard.
  await group.world.runFor(50);
  const from = group.world.now;
  group.get(one!).forgetLeader();
  group.get(other!).forgetLeader();
  group.get(one!).campaign();
  await group.world.until(() => group.leader === one, 10_000);
  t.true(group.world.now - from < 500, "long before an election timeout");
});

test("a witness votes and acknowledges, keeps no state, and says so", async (t) => {
  const group = new Group(3, { witness: "n3" });
  const leader = await group.lead();
  t.not(leader, "n3");
  const other = leader === "n1" ? "n2" : "n1";
  t.is(group.get(leader).status().witness, "n3");
  group.world.crash(other);
  await group.put(leader, 50);
  const { answer } = await group.ask(() => group.get(leader).read("k50"));
  t.is(answer, 50);

  const witness = group.get("n3");
  for (const call of [
    () => witness.read("k50"),
    () => witness.read("k50", { consistency: "stale" }),
    () => witness.propose({ key: "k", value: 1 }),
    () => witness.openSession(),
  ]) {
    const { error } = await group.ask<unknown>(call);
    t.true(error instanceof WitnessError, String(error));
    t.is((error as WitnessError).leader, leader);
  }
  const { error } = await group.ask(() => group.get(leader).transferLeadership("n3"));
  t.is((error as MembersChangeError).reason, "is-witness");

  // It takes snapshots of nothing, forgets what they cover, and comes back on them.
  t.true(witness.status().snapshotIndex > 0);
  group.world.crash("n3");
  group.world.start("n3");
  await group.put(leader, 10);
  await group.world.runFor(500);
  t.is(group.get("n3").status().commitIndex, group.get(leader).status().commitIndex);

  // Nobody but who has everything leads, whoever is there.
  group.world.crash(leader);
  group.world.start(other);
  await group.world.runFor(10_000);
  t.is(group.leader, undefined);
  group.world.start(leader);
  await group.world.until(() => group.leader === leader, 10_000);
  await group.world.until(
    () => group.get(other).status().appliedIndex === group.get(leader).status().appliedIndex,
    10_000,
  );
  const read = await group.ask(() => group.get(other).read("k10"));
  t.is(read.answer, 10);
});

test("a leader that is closed hands over first, and what it has acknowledged beside a witness stays", async (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const delay = { minMs: 0.05, meanMs: [0.1, 1, 5][seed % 3]! };
    const group = new Group(3, { witness: "n3" }, { seed, network: { delay } });
    const { world } = group;
    const leader = await group.lead();
    const other = leader === "n1" ? "n2" : "n1";
    await group.put(leader, 1 + (seed % 7));
    const { tookMs } = await group.ask(async () => group.get(leader)[Symbol.asyncDispose]());
    t.true(tookMs < 500, `seed ${seed}: ${tookMs} ms`);
    world.crash(leader, "process");
    t.is(group.get(other).status().role, "leader", `seed ${seed}`);
    t.is((await group.ask(() => group.get(other).read("k1"))).answer, 1);
  }
});

test("a leader that nobody can follow closes all the same, within an election timeout", async (t) => {
  const group = new Group(3);
  const leader = await group.lead();
  await group.put(leader, 3);
  for (const id of group.world.ids) if (id !== leader) group.world.crash(id);
  const waiting = group.get(leader).propose({ key: "k", value: 1 });
  const refused = t.throwsAsync(waiting, { instanceOf: StoppedError });
  const { tookMs } = await group.ask(async () => group.get(leader)[Symbol.asyncDispose]());
  t.true(tookMs <= 1_000, `${tookMs} ms`);
  await refused;
});

test("of two members that are as far, the one that was heard last is handed to", async (t) => {
  const group = new Group(3);
  const leader = await group.lead();
  await group.put(leader, 3);
  await group.world.runFor(500);
  for (const gone of group.world.ids.filter((id) => id !== leader)) {
    const lives = group.world.ids.find((id) => id !== leader && id !== gone)!;
    group.world.crash(gone);
    await group.world.runFor(300);
    const { tookMs } = await group.ask(() => group.get(group.leader!).transferLeadership());
    t.true(tookMs < 100, `${tookMs} ms`);
    t.is(group.leader, lives);
    group.world.start(gone);
    await group.world.runFor(500);
    await group.ask(() => group.get(lives).transferLeadership(leader));
    await group.world.runFor(500);
  }
});

test("a witness that is added late gets a snapshot without the state, and stays a witness", async (t) => {
  const group = new Group(4);
  const leader = await group.lead();
  await group.put(leader, 60);
  const leaving = group.world.ids.find((id) => id !== leader && id !== "n4")!;
  const witness = async () => group.get(leader).addWitness("n4");
  t.is((await group.ask(witness)).error, undefined);
  t.is((await group.ask(() => group.get(leader).remove(leaving))).error, undefined);
  group.world.crash(leaving);
  await group.put(leader, 5);
  await group.world.runFor(500);
  t.is(group.get("n4").status().commitIndex, group.get(leader).status().commitIndex);
  t.is(group.get("n4").metrics().restored_total, 1);
  group.world.crash("n4");
  group.world.start("n4");
  await group.put(leader, 5);
  const { voters } = group.get(leader).status();
  for (const change of [
    { voters, witness: leader },
    { voters, learners: [leaving], witness: leaving },
  ]) {
    const { error } = await group.ask(() => group.get(leader).changeMembers(change));
    t.true(error instanceof MembersChangeError, String(error));
  }
  t.deepEqual(group.world.failures, []);
});

test("a stale read with a bound is answered at once while the member hears its leader, and refused or waited for when not", async (t) => {
  const group = new Group(3);
  const { world } = group;
  const leader = await group.lead();
  await group.put(leader, 5);
  await world.runFor(1_000);
  const id = world.ids.find((other) => other !== leader)!;
  const bounded = (maxStalenessMs: number, timeoutMs?: number) => () =>
    group.get(id).read("k5", { consistency: "stale", maxStalenessMs, timeoutMs });

  const local = await group.ask(bounded(500));
  t.is(local.answer, 5);
  t.is(local.tookMs, 0, "without a message");
  t.is((await group.ask(bounded(0))).answer, 5, "no bound is too small for who asks the leader");
  t.true((await group.ask(bounded(-1))).error instanceof OptionError);

  const heal = world.partition(
    [id],
    world.ids.filter((other) => other !== id),
  );
  t.is((await group.ask(bounded(500))).answer, 5, "what was heard lately still counts");
  await world.runFor(2_000);
  const refused = (await group.ask(bounded(500, 0))).error as StaleError;
  t.true(refused instanceof StaleError);
  t.true(refused.stalenessMs > 1_500 && refused.stalenessMs < 3_000, `${refused.stalenessMs}`);
  t.is((await group.ask(bounded(60_000, 0))).answer, 5, "a bound that is wide enough");
  const waited = await group.ask(bounded(500, 300));
  t.true(waited.error instanceof StaleError);
  t.true(waited.tookMs > 250);

  await group.put(leader, 1);
  world.at(world.now + 500, heal);
  t.is((await group.ask(bounded(500, 10_000))).answer, 5);
  const seen = await group.ask(() => group.get(id).read("k1", { consistency: "stale", maxStalenessMs: 0 }));
  t.is(seen.answer, 1);
});

test("one of three commits: a leader acknowledges alone, and nobody leads without it", async (t) => {
  const group = new Group(3, { commitQuorum: 1 });
  const { world } = group;
  const leader = await group.lead();
  t.is(group.get(leader).status().commitQuorum, 1);
  const others = world.ids.filter((id) => id !== leader);
  for (const id of others) world.crash(id);
  await world.runFor(5_000);
  await group.put(leader, 5);
  world.crash(leader);
  for (const id of others) world.start(id);
  await world.runFor(20_000);
  t.is(group.leader, undefined, "two of three do not know what the third has acknowledged");
  world.start(leader);
  await world.until(() => group.leader !== undefined, 20_000);
  const read = await group.ask(() => group.get(others[0]!).read("k5"));
  t.is(read.answer, 5);
});

test("a commit quorum that cannot be is refused at the start", async (t) => {
  for (const options of [
    { commitQuorum: 0 },
    { commitQuorum: 1.5 },
    { commitQuorum: 4 },
    { commitQuorum: 2, witness: "n3" },
  ]) {
    const { world } = new Group(3, options);
    await world.until(() => world.failures.length > 0, 1_000);
    t.regex(String(world.failures[0]?.error ?? world.failures[0]), /commitQuorum/);
  }
});
