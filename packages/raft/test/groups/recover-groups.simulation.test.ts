import type { Host } from "@coterie/host";
import { World } from "@coterie/simulation";
import { memoryDisk } from "@coterie/storage";
import test from "ava";
import { type Command, Registers } from "../../simulation/registers.ts";
import {
  createRaftGroups,
  GroupStateError,
  type GroupsRecovery,
  type GroupsRecoveryReport,
  OptionError,
  type Raft,
  recoverGroups,
  recoverQuorum,
} from "../../src/index.ts";

type Member = Raft<Command, boolean, string, number | null>;

const shared = Array.from({ length: 20 }, (_, i) => `g${i}`);

/** Three hosts with groups of three, a group of the first host alone, and one in which that is a witness. */
class Hosts {
  /** What is done in a host's folder before its groups are opened. */
  before: (host: Host) => Promise<void> = async () => {};
  readonly world: World<ReadonlyMap<string, Member>>;

  constructor(seed: number) {
    this.world = new World({
      seed,
      nodes: 3,
      start: async (host, voters) => {
        await this.before(host);
        const groups = await createRaftGroups(host, { electionTimeoutMs: 500, heartbeatIntervalMs: 50 });
        const members = new Map<string, Member>();
        const open = async (group: string, first: { voters: readonly string[]; witness?: string }) => {
          const options = {
            ...first,
            stateMachine: new Registers(),
            snapshotEntries: 10,
            trailingEntries: 2,
          };
          members.set(group, await groups.open<Command, boolean, string, number | null>(group, options));
        };
        await Promise.all(shared.map((group) => open(group, { voters })));
        if (host.id === "n1") await open("alone", { voters: ["n1"] });
        await open("witnessed", { voters, witness: "n1" });
        return members;
      },
    });
  }

  async ask<T>(id: string, what: (members: ReadonlyMap<string, Member>) => Promise<T>): Promise<T> {
    let done: { readonly answer?: T; readonly error?: unknown } | undefined;
    this.world.on(id, (members) => {
      what(members).then(
        (answer) => {
          done = { answer };
        },
        (error) => {
          done = { error };
        },
      );
    });
    await this.world.until(() => done !== undefined, 30_000);
    if (done === undefined) throw new Error(`${id} has not answered`);
    if ("error" in done) throw done.error;
    return done.answer as T;
  }

  /** Writes so often that half of the groups have a snapshot, and some of them more than that in the log. */
  async write(): Promise<void> {
    await this.ask("n1", async (members) => {
      for (const [i, group] of [...shared, "alone"].entries())
        for (let value = 0; value <= i; value++) await members.get(group)!.propose({ key: "x", value });
    });
    await this.world.runFor(2_000);
  }

  /** All hosts die, and the first comes back after something was done in its folder. */
  async recover(options: Omit<GroupsRecovery, "id">): Promise<GroupsRecoveryReport> {
    let report: GroupsRecoveryReport | undefined;
    this.before = async (host) => {
      report = await recoverGroups(host.disk, { ...options, id: host.id });
    };
    for (const id of this.world.ids) if (this.world.node(id)) this.world.crash(id, "power");
    this.world.start("n1");
    await this.world.until(() => this.world.node("n1") !== undefined, 5_000);
    if (report === undefined) throw this.world.failures[0]!.error;
    return report;
  }
}

test("the host that is left decides alone in all groups that have lost their quorum, and in no others", async (t) => {
  const hosts = new Hosts(1);
  await hosts.world.until(() => hosts.world.ids.every((id) => hosts.world.node(id)), 5_000);
  await hosts.write();

  const dry = await hosts.recover({});
  t.deepEqual([...dry.lost.keys()].sort(), [...shared].sort());
  t.deepEqual(dry.whole, ["alone"]);
  t.deepEqual([...dry.refused.keys()], ["witnessed"]);
  t.true(dry.refused.get("witnessed") instanceof GroupStateError);
  for (const { done, before, voters } of dry.lost.values())
    t.deepEqual(
      { done, before, voters },
      { done: false, before: { voters: ["n1", "n2", "n3"], learners: [] }, voters: ["n1"] },
    );
  await hosts.world.runFor(5_000);
  t.true(await hosts.ask("n1", async (members) => members.get("g3")!.status().leader === null));

  const { lost } = await hosts.recover({ acceptLoss: true });
  t.true([...lost.values()].every(({ done }) => done));
  const read = await hosts.ask("n1", (members) =>
    Promise.all(
      [...shared, "alone"].map(async (group) => {
        const member = members.get(group)!;
        const found = await member.read("x");
        await member.propose({ key: "x", value: 100 });
        return [group, found, await member.read("x"), member.status().voters];
      }),
    ),
  );
  t.deepEqual(
    read,
    [...shared, "alone"].map((group, i) => [group, i, 100, ["n1"]]),
  );
});

test("two of three are left: they have lost nothing, and nothing is changed", async (t) => {
  const hosts = new Hosts(2);
  await hosts.world.until(() => hosts.world.ids.every((id) => hosts.world.node(id)), 5_000);
  await hosts.write();
  const { lost, whole } = await hosts.recover({
    survivors: ["n1", "n2"],
    groups: ["g1", "g2"],
    acceptLoss: true,
  });
  t.is(lost.size, 0);
  t.deepEqual(whole, ["g1", "g2"]);
});

test("no groups here, no such group, survivors without this host, and the other tool: refused", async (t) => {
  await t.throwsAsync(recoverGroups(memoryDisk(), { id: "a" }), { instanceOf: GroupStateError });
  await t.throwsAsync(recoverGroups(memoryDisk(), { id: "a", survivors: ["b"] }), {
    instanceOf: OptionError,
  });
  const hosts = new Hosts(3);
  await hosts.world.until(() => hosts.world.ids.every((id) => hosts.world.node(id)), 5_000);
  const refused: unknown[] = [];
  hosts.before = async ({ id, disk }) => {
    for (const tried of [
      recoverGroups(disk, { id, groups: ["stranger"] }),
      recoverQuorum(disk, { id, group: "g1" }),
    ])
      await tried.catch((error) => refused.push(error));
  };
  hosts.world.crash("n1", "process");
  hosts.world.start("n1");
  await hosts.world.until(() => hosts.world.node("n1") !== undefined, 5_000);
  t.is(refused.length, 2);
  t.true(refused.every((error) => error instanceof GroupStateError));
  t.regex((refused[1] as Error).message, /recoverGroups/);
});
