import type { Host, NodeId } from "@coterie/host";
import type { Disk } from "@coterie/storage";
import { Members } from "../core/membership.ts";
import { tally } from "../core/quorum.ts";
import { GroupStateError, OptionError } from "../errors.ts";
import type { Configuration } from "../gen/raft.ts";
import { type QuorumRecoveryReport, recover } from "../recover-quorum.ts";
import { inStoredGroup } from "../stored-group.ts";
import { GroupDisk, groupsFolder } from "./group-disk.ts";
import { SharedJournal } from "./shared-journal.ts";

/** What to make of the groups of a host that has outlived others. */
export interface GroupsRecovery {
  /** Whose folder this is. */
  readonly id: NodeId;
  /** The hosts that are left, this one among them. Default: this one alone. */
  readonly survivors?: readonly NodeId[] | undefined;
  /** The groups to look at. Default: all that this host has stored something of. */
  readonly groups?: readonly string[] | undefined;
  /** As for `recoverQuorum`: without it nothing is changed. */
  readonly acceptLoss?: boolean | undefined;
}

/** What was found of each group, and what became of it. */
export interface GroupsRecoveryReport {
  /** Groups that cannot decide any more: those of their members that survive decide from now on. */
  readonly lost: ReadonlyMap<string, QuorumRecoveryReport>;
  /** Groups that the survivors can still decide in. They are left alone. */
  readonly whole: readonly string[];
  /** Groups that cannot be recovered from this host, and why: it is a witness there, or no member. */
  readonly refused: ReadonlyMap<string, GroupStateError>;
}

/**
 * `recoverQuorum` for the groups of `createRaftGroups`: all those in this host's folder that have lost a quorum of their
 * voters for good, at once. Each must be recovered on one of its survivors, the one that has lost the least: compare the
 * reports of all hosts, and name in `groups` those that each is to recover. The same warnings hold.
 *
 * Throws `OptionError`; `GroupStateError` when there are no groups, or not one that is named; what the disk throws.
 * Nothing is changed then unless some groups were recovered already; do it again.
 */
export async function recoverGroups(disk: Disk, options: GroupsRecovery): Promise<GroupsRecoveryReport> {
  const { id, survivors = [id] } = options;
  if (!survivors.includes(id))
    throw new OptionError(`survivors (${survivors.join(", ")}) must name this host, ${id}.`);
  const folder = `${groupsFolder}/journal`;
  if ((await disk.list(folder)).length === 0)
    throw new GroupStateError("There are no groups of createRaftGroups in this folder: is it the right one?");
  const host = new Offline(disk);
  const report = { lost: new Map(), whole: [] as string[], refused: new Map() };
  {
    await using journal = await SharedJournal.open(host, { folder, ...sizes });
    const stored = new Set(journal.groups);
    for (const group of options.groups ?? stored) {
      if (!stored.has(group)) throw new GroupStateError(`There is no group ${group} in this folder.`);
      await recoverOne(new GroupDisk(disk, groupsFolder), journal, group, options, report);
    }
  }
  host.throwIfFailed();
  return report;
}

async function recoverOne(
  disk: Disk,
  journal: SharedJournal,
  group: string,
  { id, survivors = [id], acceptLoss }: GroupsRecovery,
  { lost, whole, refused }: { lost: Map<string, unknown>; whole: string[]; refused: Map<string, unknown> },
): Promise<void> {
  const open = journal.opener(group, () => {});
  try {
    await inStoredGroup(disk, group, open, async (stored) => {
      if (canDecide(stored.members, survivors)) return void whole.push(group);
      const voters = votersOf(stored.members, id, survivors);
      lost.set(group, await recover(stored, { group, id, voters, acceptLoss }));
    });
  } catch (error) {
    if (!(error instanceof GroupStateError)) throw error;
    refused.set(group, error);
  }
}

function canDecide(members: Configuration, survivors: readonly NodeId[]): boolean {
  return tally(new Members(0, members), new Map(survivors.map((id) => [id, true]))) === "won";
}

/** Who decides from now on: this host, and the survivors that have voted and hold commands. */
function votersOf(
  { voters, outgoing }: Configuration,
  id: NodeId,
  survivors: readonly NodeId[],
): readonly NodeId[] {
  const full = [...voters, ...outgoing].filter(({ witness }) => !witness).map((member) => member.id);
  return [...new Set([id, ...full.filter((voter) => survivors.includes(voter))])];
}

/** Sizes of the journal as it will be written to: a few small records for each group. */
const sizes = { segmentBytes: 16_777_216, recordBytesMax: 1_048_576, bytesMax: Number.POSITIVE_INFINITY };

/** What a journal needs of a host that does not run. */
class Offline implements Pick<Host, "disk" | "epoch" | "reach" | "fail"> {
  readonly disk: Disk;
  readonly epoch = 0;
  #error: Error | null = null;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  reach(): void {}

  fail(error: Error): void {
    this.#error ??= error;
  }

  throwIfFailed(): void {
    if (this.#error !== null) throw this.#error;
  }
}
