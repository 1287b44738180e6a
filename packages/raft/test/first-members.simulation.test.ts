import { World } from "@coterie/simulation";
import test from "ava";
import type { Member } from "../simulation/raft.suite.ts";
import { type Command, Registers } from "../simulation/registers.ts";
import { createRaft, FirstMembersError, GroupStateError, type RaftOptions } from "../src/index.ts";

type First = Pick<
  RaftOptions<Command, boolean, string, number | null>,
  "voters" | "witness" | "commitQuorum"
>;

const three = ["n1", "n2", "n3"];

/** Members each of which is told for itself what the group begins with: three of them, unless `first` says otherwise. */
class Group {
  readonly world: World<Member>;
  readonly disagreements: { readonly at: string; readonly member: string }[] = [];

  constructor(nodes: number, first: Record<string, Partial<First>>, seed = 1) {
    this.world = new World<Member>({
      seed,
      nodes,
      start: async (host) => {
        const member = await createRaft<Command, boolean, string, number | null>(host, {
          group: "registers",
          voters: three.includes(host.id) ? three : [],
          ...first[host.id],
          stateMachine: new Registers(),
          snapshotEntries: 20,
          trailingEntries: 5,
          journalSegmentBytes: 32_768,
          commandBytesMax: 1_024,
        });
        member.on("disagreement", (event) => this.disagreements.push({ at: host.id, member: event.member }));
        return member;
      },
    });
  }

  leads(id: string): boolean {
    return this.world.node(id)?.status().role === "leader";
  }

  async lead(ids: readonly string[] = this.world.ids): Promise<string> {
    await this.world.until(() => ids.some((id) => this.leads(id)), 20_000);
    return ids.find((id) => this.leads(id))!;
  }

  async ask<Answer>(id: string, call: (member: Member) => Promise<Answer>): Promise<Answer> {
    let done: { answer: Answer } | { error: unknown } | undefined;
    call(this.world.node(id)!).then(
      (answer) => {
        done = { answer };
      },
      (error: unknown) => {
        done = { error };
      },
    );
    await this.world.until(() => done !== undefined, 30_000);
    if (done === undefined) throw new Error(`${id} does not answer`);
    if ("error" in done) throw done.error;
    return done.answer;
  }

  async put(id: string, count: number): Promise<void> {
    for (let value = 1; value <= count; value++)
      await this.ask(id, (member) => member.propose({ key: `k${value}`, value }));
  }

  /** The nodes that have stopped, each with its error. */
  get stopped(): Record<string, unknown> {
    return Object.fromEntries(this.world.failures.map(({ node, error }) => [node, error]));
  }
}

const wrong: Record<string, Partial<First>> = {
  "itself alone": { voters: ["n1"] },
  "one voter less": { voters: ["n1", "n2"] },
  "a voter that there is not": { voters: [...three, "n4"] },
  "another voter": { voters: ["n1", "n2", "n4"] },
  "another commit quorum": { commitQuorum: 1 },
  "a witness": { witness: "n3" },
  "itself as the witness": { witness: "n1" },
};

for (const [what, first] of Object.entries(wrong))
  test(`who is given ${what} stops and says so, and the others lead and serve`, async (t) => {
    for (let seed = 1; seed <= 10; seed++) {
      const group = new Group(3, { n1: first }, seed);
      await group.world.until(() => group.world.failures.length > 0, 20_000);
      const { n1: error, ...others } = group.stopped;
      t.deepEqual(others, {}, `seed ${seed}`);
      t.true(error instanceof FirstMembersError, `seed ${seed}: ${error}`);
      const { here, there, message } = error as FirstMembersError;
      t.is(there, "n1, n2, n3");
      t.not(here, there);
      t.true(message.includes(here) && message.includes(there));
      await group.put(await group.lead(["n2", "n3"]), 3);
      await group.world.runFor(5_000);
      t.deepEqual(Object.keys(group.stopped), ["n1"]);
    }
  });

test("one that is wrong can start again on an empty folder, and only there", async (t) => {
  const first: Record<string, Partial<First>> = { n1: { voters: ["n1", "n2"] } };
  const group = new Group(3, first);
  await group.world.until(() => group.world.failures.length > 0, 20_000);
  first.n1 = {};
  group.world.start("n1");
  await group.world.until(() => group.world.failures.length > 1, 20_000);
  t.true(group.stopped.n1 instanceof GroupStateError);
  t.regex(String(group.stopped.n1), /began with voters n1, n2, not n1, n2, n3/);
  group.world.wipe("n1");
  group.world.start("n1");
  await group.put(await group.lead(["n2", "n3"]), 3);
  await group.world.runFor(1_000);
  t.is(group.world.node("n1")!.status().appliedIndex, group.world.node("n2")!.status().appliedIndex);
});

test("who started with another commit quorum than its folder's does not start", async (t) => {
  const first: Record<string, Partial<First>> = {};
  const group = new Group(3, first);
  await group.lead();
  first.n1 = { commitQuorum: 3 };
  group.world.crash("n1");
  group.world.start("n1");
  await group.world.until(() => group.world.failures.length > 0, 20_000);
  t.regex(String(group.stopped.n1), /n1, n2, n3, not n1, n2, n3; 3 commit/);
});

test("where nobody can tell who is wrong, whoever cannot be elected stops, and the other says why it waits", async (t) => {
  const group = new Group(2, { n1: { voters: ["n1", "n2"] }, n2: { voters: ["n1", "n2", "n3"] } });
  await group.world.runFor(20_000);
  t.deepEqual(Object.keys(group.stopped), ["n1"]);
  t.true(group.stopped.n1 instanceof FirstMembersError);
  t.false(group.leads("n2"));
  t.true(group.disagreements.some(({ at, member }) => at === "n2" && member === "n1"));
});

test("members that joined later know what the group began with, from the log or a snapshot, also when they restart", async (t) => {
  for (const entries of [3, 60]) {
    const group = new Group(5, { n5: { voters: ["n5"] } });
    const { world } = group;
    await world.until(() => group.leads("n5"), 20_000);
    const leader = await group.lead(three);
    await group.put(leader, entries);
    await group.ask(leader, (member) => member.addLearner("n4"));
    await group.ask(leader, (member) => member.promote("n4"));
    t.is(world.node("n4")!.metrics().restored_total, entries > 20 ? 1 : 0);
    world.crash("n4");
    world.start("n4");
    await group.put(leader, 1);
    await world.runFor(1_000);
    await group.ask(leader, (member) => member.transferLeadership("n4"));
    await world.until(() => group.leads("n4"), 5_000);
    t.deepEqual(world.failures, [], "nobody has had to do with n5 yet");
    await group.put("n4", 1);
    await group.ask("n4", (member) => member.addLearner("n5"));
    await world.runFor(1_000);
    t.deepEqual(Object.keys(group.stopped), ["n5"]);
    const error = group.stopped.n5 as FirstMembersError;
    t.true(error instanceof FirstMembersError, String(error));
    t.is(error.there, "n1, n2, n3");
    await group.put("n4", 1);
  }
});
