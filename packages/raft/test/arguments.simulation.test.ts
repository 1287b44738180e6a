import { World } from "@coterie/simulation";
import { NoJsonError } from "@coterie/state-machine";
import test from "ava";
import type { Member } from "../simulation/raft.suite.ts";
import { type Command, Registers } from "../simulation/registers.ts";
import { createRaft, OptionError, type RaftOptions, TransferFailedError } from "../src/index.ts";

type Options = RaftOptions<Command, boolean, string, number | null>;

/** A group in virtual time, and who leads it. */
async function group(
  nodes: number,
  options: Partial<Options> = {},
): Promise<{ world: World<Member>; leader: Member }> {
  const world = new World<Member>({
    seed: 1,
    nodes,
    start: (host, voters) =>
      createRaft<Command, boolean, string, number | null>(host, {
        group: "registers",
        voters,
        stateMachine: new Registers(),
        ...options,
      }),
  });
  const leads = (): string | undefined => world.ids.find((id) => world.node(id)?.status().role === "leader");
  await world.until(() => leads() !== undefined, 10_000);
  return { world, leader: world.node(leads()!)! };
}

const put: Command = { key: "k", value: 1 };

test("numbers of a session that cannot be are refused before they are in the log", async (t) => {
  const { leader } = await group(3);
  const before = leader.status().lastIndex;
  const good = { session: 1, sequence: 1, answered: 0 };
  for (const [name, values] of Object.entries({ session: [0, -1], sequence: [0, -1], answered: [-1] }))
    for (const value of [...values, 1.5, Number.NaN, 2 ** 53, undefined, "1"]) {
      const once = { ...good, [name]: value } as typeof good;
      await t.throwsAsync(leader.propose(put, { once }), {
        instanceOf: OptionError,
        message: new RegExp(`once\\.${name}`),
      });
    }
  const { pending_proposals, pending_bytes, proposals_total } = leader.metrics();
  t.deepEqual([pending_proposals, pending_bytes, proposals_total], [0, 0, 0]);
  t.is(leader.status().lastIndex, before);
});

test("a command that cannot be encoded is refused, and leaves nothing behind", async (t) => {
  const { world, leader } = await group(3);
  let session: Awaited<ReturnType<Member["openSession"]>> | undefined;
  void leader.openSession().then((opened) => {
    session = opened;
  });
  await world.until(() => session !== undefined, 10_000);
  const before = leader.status().lastIndex;
  const nothing = undefined as unknown as Command;
  await t.throwsAsync(leader.propose(nothing), { instanceOf: NoJsonError });
  await t.throwsAsync(session!.propose(nothing), { instanceOf: NoJsonError });
  t.is(session!.sequence, 0);
  const { pending_proposals, pending_bytes } = leader.metrics();
  t.deepEqual([pending_proposals, pending_bytes], [0, 0]);
  t.is(leader.status().lastIndex, before);
});

const bad = ["b!", "", "a b", "x".repeat(65), undefined, null, 5] as string[];

test("what is no node id does not become a member", async (t) => {
  const { leader } = await group(3);
  const { lastIndex } = leader.status();
  const voters = ["n1", "n2", "n3"];
  for (const id of bad)
    for (const change of [
      () => leader.addLearner(id),
      () => leader.addWitness(id),
      () => leader.promote(id),
      () => leader.replace("n1", id),
      () => leader.changeMembers({ voters: [...voters, id] }),
      () => leader.changeMembers({ voters, learners: [id] }),
    ])
      await t.throwsAsync(change, { instanceOf: OptionError, message: /1 to 64 characters/ });
  for (const wanted of [{}, { voters: "n1" }, { voters, learners: "n4" }])
    await t.throwsAsync(leader.changeMembers(wanted as never), {
      instanceOf: OptionError,
      message: /must be an array/,
    });
  t.is(leader.status().lastIndex, lastIndex);
});

test("a read wants a consistency that there is", async (t) => {
  const { leader } = await group(1);
  for (const consistency of ["weak", "", null] as never[])
    await t.throwsAsync(leader.read("k", { consistency }), { instanceOf: OptionError, message: /lease/ });
});

test("no call waits for a time that is no number", async (t) => {
  const { leader } = await group(3);
  const { lastIndex } = leader.status();
  for (const timeoutMs of [Number.NaN, "5" as never]) {
    const wait = { timeoutMs };
    for (const call of [
      () => leader.propose(put, wait),
      () => leader.openSession(wait),
      () => leader.read("k", wait),
      () => leader.read("k", { ...wait, consistency: "stale" }),
      () => leader.barrier(wait),
      () => leader.transferLeadership(undefined, wait),
      () => leader.addLearner("n4", "", wait),
      () => leader.promote("n4", wait),
      () => leader.replace("n1", "n4", "", wait),
      () => leader.leaveJoint(wait),
    ])
      await t.throwsAsync(call as () => Promise<unknown>, { instanceOf: OptionError, message: /timeoutMs/ });
  }
  t.is(leader.status().lastIndex, lastIndex);
});

test("a member that cannot work does not start", async (t) => {
  const { world } = await group(1);
  const host = world.host("n1")!;
  const good = { group: "other", voters: ["n1"], stateMachine: new Registers() };
  const wrong: object[] = [
    ...bad.map((id) => ({ voters: ["n1", id] })),
    { voters: "n1" },
    { voters: undefined },
    { stateMachine: undefined },
    { group: undefined },
  ];
  for (const name of ["sessionTimeoutMs", "sessionsMax", "answersMax"])
    for (const value of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "5"])
      wrong.push({ sessions: { [name]: value } });
  for (const options of wrong)
    await t.throwsAsync(createRaft(host, { ...good, ...options } as never), { instanceOf: OptionError });
});

test("a leader without another voter, or that is to hand over to itself, says so and leads on", async (t) => {
  const alone = await group(1);
  const failure = await t.throwsAsync(alone.leader.transferLeadership(), { instanceOf: TransferFailedError });
  t.is(failure?.reason, "nobody");
  t.regex(failure!.message, /nobody to hand over to/);
  for (const { leader } of [alone, await group(3)]) {
    const itself = leader.transferLeadership(leader.status().id);
    t.is((await t.throwsAsync(itself, { instanceOf: TransferFailedError }))?.reason, "leads");
    t.is(leader.status().role, "leader");
  }
});
