import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FolderInUseError, lockFolder } from "@coterie/host";
import { fileDisk, JournalCorruptError, memoryDisk } from "@coterie/storage";
import test from "ava";
import { GroupStateError, OptionError, recoverQuorum, TimeoutError } from "../src/index.ts";
import { Group } from "./group.ts";

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
