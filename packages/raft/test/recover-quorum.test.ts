import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderInUseError, lockFolder } from "@coterie/host";
import { World } from "@coterie/simulation";
import { fileDisk, JournalCorruptError, memoryDisk } from "@coterie/storage";
import test from "ava";
import { createRaft, GroupStateError, OptionError, recoverQuorum, TimeoutError } from "../src/index.ts";
import { type Add, Counter, Group, type Member } from "./group.ts";
import { hostOnLoopback } from "./loopback.ts";

// On real files: an operator does this on the worst day of a year.

async function threeOfWhichTwoAreLost(writes: number): Promise<{ group: Group; folder: string }> {
  const group = await Group.start(3);
  for (let i = 0; i < writes; i++) await group.get("a").propose({ add: 1 });
  await group.get("c").barrier();
  for (const id of ["a", "b", "c"]) await group.stopOne(id);
  return { group, folder: join(group.directory, "c") };
}

for (const writes of [10, 120])
  test(`the last of three decides alone after ${writes} writes, and others are added again`, async (t) => {
    const { group, folder } = await threeOfWhichTwoAreLost(writes);
    await using _ = group;
    await group.startOne("c");
    await t.throwsAsync(group.get("c").propose({ add: 1 }, { timeoutMs: 700 }), { instanceOf: TimeoutError });
    await group.stopOne("c");

    const dry = await recoverQuorum(fileDisk(folder), { group: "counter", id: "c" });
    t.false(dry.done);
    t.deepEqual(dry.before, { voters: ["a", "b", "c"], learners: [] });
    t.deepEqual(dry.voters, ["c"]);
    t.true(dry.last.index >= writes);
    const again = await recoverQuorum(fileDisk(folder), { group: "counter", id: "c" });
    t.deepEqual(again, dry, "a dry run changes nothing");

    const report = await recoverQuorum(fileDisk(folder), { group: "counter", id: "c", acceptLoss: true });
    t.deepEqual({ ...report, done: false }, dry);
    await group.startOne("c");
    t.is(await group.get("c").read(null), writes);
    t.is(await group.get("c").propose({ add: 1 }), writes + 1);
    t.deepEqual(group.get("c").status().voters, ["c"]);

    await group.startOne("d", []);
    await group.get("c").addLearner("d", group.hosts.get("d")!.transport.address);
    await group.get("c").promote("d");
    t.is(await group.get("d").read(null), writes + 1);
  });

test("two survivors of three go on together", async (t) => {
  const { group, folder } = await threeOfWhichTwoAreLost(10);
  await using _ = group;
  await recoverQuorum(fileDisk(folder), { group: "counter", id: "c", voters: ["c", "b"], acceptLoss: true });
  await group.startOne("b");
  await group.startOne("c");
  t.is(await group.get("c").propose({ add: 1 }), 11);
  t.is(await group.get("b").read(null), 11);
  t.deepEqual(group.get("b").status().voters, ["b", "c"]);
});

test("a folder in use, without the group, with damage, or for voters that leave this node out: refused, unchanged", async (t) => {
  const { group, folder } = await threeOfWhichTwoAreLost(10);
  await using _ = group;
  const options = { group: "counter", id: "c", acceptLoss: true };
  const disk = fileDisk(folder);
  await t.throwsAsync(recoverQuorum(disk, { ...options, voters: ["a"] }), { instanceOf: OptionError });
  await t.throwsAsync(recoverQuorum(disk, { ...options, voters: ["c", "c"] }), { instanceOf: OptionError });
  await t.throwsAsync(recoverQuorum(disk, { ...options, voters: ["c", "b!"] }), { instanceOf: OptionError });
  await t.throwsAsync(recoverQuorum(disk, { ...options, id: "x" }), { instanceOf: GroupStateError });
  await t.throwsAsync(recoverQuorum(disk, { ...options, group: "other" }), { instanceOf: GroupStateError });
  await t.throwsAsync(recoverQuorum(memoryDisk(), options), { instanceOf: GroupStateError });

  await group.startOne("c");
  await t.throwsAsync(lockFolder(folder), { instanceOf: FolderInUseError });
  await group.stopOne("c");

  const damaged = join(group.directory, "damaged");
  await cp(folder, damaged, { recursive: true });
  const journal = join(damaged, "raft/counter/journal");
  const file = join(journal, (await readdir(journal))[0]!);
  const bytes = await readFile(file);
  bytes[300]! ^= 0xff;
  await writeFile(file, bytes);
  await t.throwsAsync(recoverQuorum(fileDisk(damaged), options), { instanceOf: JournalCorruptError });

  const missing = join(group.directory, "missing");
  await cp(folder, missing, { recursive: true, filter: (path) => !path.includes("journal") });
  await t.throwsAsync(recoverQuorum(fileDisk(missing), options), { instanceOf: GroupStateError });
});

test("the folder of a witness is refused, unchanged: it holds no commands", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "coterie-raft-"));
  try {
    const options = { group: "counter", voters: ["a", "b", "w"], witness: "w", stateMachine: new Counter() };
    const start = async (): Promise<void> => {
      await using host = await hostOnLoopback("w", directory);
      await using _ = await createRaft(host, options);
    };
    await start();
    const recovery = { group: "counter", id: "w", voters: ["w"], acceptLoss: true };
    const { message } = await t.throwsAsync(recoverQuorum(fileDisk(directory), recovery), {
      instanceOf: GroupStateError,
    });
    t.regex(message, /witness/);
    await t.notThrowsAsync(start(), "it starts as a witness again");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("a survivor leaves a lost witness out, and may not take it along", async (t) => {
  let refusal: unknown;
  let isRecovering = false;
  const world = new World<Member>({
    seed: 1,
    nodes: 3,
    start: async (host, voters) => {
      const { id, disk } = host;
      const recovery = { group: "counter", id, acceptLoss: true };
      if (isRecovering) {
        const along = recoverQuorum(disk, { ...recovery, voters: ["n1", "n3"] });
        refusal = await along.catch((error) => error);
        await recoverQuorum(disk, recovery);
      }
      const options = { group: "counter", voters, witness: "n3", stateMachine: new Counter() };
      return await createRaft<Add, number, null, number>(host, options);
    },
  });
  const ask = async (): Promise<number | undefined> => {
    let answer: number | undefined;
    world.on("n1", (member) => {
      void member.propose({ add: 1 }).then((total) => {
        answer = total;
      });
    });
    await world.until(() => answer !== undefined, 10_000);
    return answer;
  };
  await world.until(() => world.node("n1") !== undefined, 1_000);
  t.is(await ask(), 1);
  for (const id of world.ids) world.crash(id);
  isRecovering = true;
  world.start("n1");
  await world.until(() => world.node("n1") !== undefined, 1_000);
  t.true(refusal instanceof OptionError);
  t.is(await ask(), 2);
  t.deepEqual(world.node("n1")!.status().voters, ["n1"]);
});
