import { World } from "@coterie/simulation";
import { NoJsonError } from "@coterie/state-machine";
import test from "ava";
import type { Member } from "../simulation/raft.suite.ts";
import { type Command, Registers } from "../simulation/registers.ts";
import { createRaft, OptionError } from "../src/index.ts";

/** A group in virtual time, and who leads it. */
async function group(nodes: number): Promise<{ world: World<Member>; leader: Member }> {
  const world = new World<Member>({
    seed: 1,
    nodes,
    start: (host, voters) =>
      createRaft<Command, boolean, string, number | null>(host, {
        group: "registers",
        voters,
        stateMachine: new Registers(),
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
