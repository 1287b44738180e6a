import type { NodeId } from "@coterie/host";
import { type Disk, openJournal } from "@coterie/storage";
import { checkNodeIds } from "./arguments.ts";
import type { Recovered } from "./core/state.ts";
import { GroupStateError, OptionError } from "./errors.ts";
import { Configuration, EntryKind, type JournalRecord } from "./gen/raft.ts";
import { groupsFolder } from "./groups/group-disk.ts";
import { inStoredGroup, type StoredGroup } from "./stored-group.ts";

/** What to make of a node that has outlived the majority of its group. */
export interface QuorumRecovery {
  /** The group, as it was given to `createRaft`. */
  readonly group: string;
  /** Whose folder this is. */
  readonly id: NodeId;
  /** Who votes from now on, this node among them. Default: this node alone, to which others are added later. */
  readonly voters?: readonly NodeId[] | undefined;
  /**
   * That acknowledged writes may be lost, and others that nobody was told of may take effect. Without it nothing is
   * changed: the answer says what would be.
   */
  readonly acceptLoss?: boolean | undefined;
}

/** What was found in a folder, and what became of it. */
export interface QuorumRecoveryReport {
  /** The members as this node knew them last. */
  readonly before: { readonly voters: readonly NodeId[]; readonly learners: readonly NodeId[] };
  readonly voters: readonly NodeId[];
  /**
   * Where this node's log ends. Of several survivors, the one with the highest term here, and among those the highest
   * index, has lost the least: recover that one.
   */
  readonly last: { readonly index: number; readonly term: number };
  /** What is certainly committed: everything up to here. What lies behind it becomes committed as it stands. */
  readonly committed: number;
  /** The term that the group goes on in. */
  readonly term: number;
  /** Whether anything was written. */
  readonly done: boolean;
}

/**
 * For the day when a majority of a group's voters is gone for good: makes the survivor whose folder this is decide
 * alone, or with the others named, from its next start on. What the lost majority acknowledged and this log does not hold
 * is lost; if lost nodes come back, two groups of one name exist. Never start them again: wipe their folders.
 *
 * Works on the folder of a node that does not run; whoever calls holds the folder's lock (`lockFolder` of
 * `@coterie/host`). Without `acceptLoss` nothing changes but what any start would mend. The node starts with the same
 * options as before.
 *
 * Throws `OptionError`; `GroupStateError` when there is no such group, it belongs to a witness, or parts are missing; what
 * the disk throws, `JournalCorruptError` and `SnapshotCorruptError` among it.
 */
export async function recoverQuorum(disk: Disk, options: QuorumRecovery): Promise<QuorumRecoveryReport> {
  const { group } = options;
  const isThere = async (folder: string): Promise<boolean> => (await disk.list(folder)).length > 0;
  if (!(await isThere(`raft/${group}/journal`)))
    throw new GroupStateError(
      (await isThere(`${groupsFolder}/journal`))
        ? `There is no group ${group} of createRaft in this folder, but there are groups of createRaftGroups: recoverGroups is for those.`
        : `There is no group ${group} in this folder: is it the right one?`,
    );
  return inStoredGroup(disk, group, openJournal, (stored) => recover(stored, options));
}

/** What `recoverQuorum` does, wherever the group is stored. Throws `OptionError` and `GroupStateError`. */
export async function recover(
  { recovered, members, append }: StoredGroup,
  { group, id, voters: wanted = [id], acceptLoss = false }: QuorumRecovery,
): Promise<QuorumRecoveryReport> {
  checkNodeIds("voters", wanted);
  const voters = [...wanted].sort();
  if (!voters.includes(id) || new Set(voters).size !== voters.length)
    throw new OptionError(`voters (${voters.join(", ")}) must name this node, ${id}, and everybody once.`);
  const { log, snapshot } = recovered;
  if (log.lastIndex === 0)
    throw new GroupStateError(
      `Group ${group} has nothing in this folder: recover another node, and wipe this one.`,
    );
  if (![...members.voters, ...members.outgoing, ...members.learners].some((member) => member.id === id))
    throw new GroupStateError(
      `${id} is no member of group ${group} in this folder: is it the right folder, and the right name?`,
    );
  const witness = members.voters.find((member) => member.witness && voters.includes(member.id));
  if (witness)
    throw new OptionError(
      `${witness.id} is a witness: it holds no commands. Leave it out, and add a new one later.`,
    );
  const term = termFor(id, recovered.term);
  if (acceptLoss) await append(forced(recovered, term, voters, members));
  const ids = (some: readonly { readonly id: NodeId }[]): NodeId[] => some.map((member) => member.id);
  return {
    before: { voters: ids(members.voters), learners: ids(members.learners) },
    voters,
    last: { index: log.lastIndex, term: log.last.term },
    committed: snapshot.index,
    term,
    done: acceptLoss,
  };
}

/**
 * Far beyond any term that a lost node may have reached, and another one for every survivor: an entry of another history
 * must never be taken for one of this, which is what index and term together promise (log matching).
 */
function termFor(id: NodeId, term: number): number {
  let hash = 0;
  for (const byte of new TextEncoder().encode(id)) hash = (hash * 31 + byte) % 2 ** 20;
  return term + 2 ** 20 + hash;
}

/** What a leader of `term`, elected by nobody, would have appended: the new configuration behind all that is there. */
function forced(
  { log, replaced, snapshot }: Recovered,
  term: number,
  voters: readonly NodeId[],
  before: Configuration,
): JournalRecord[] {
  const known = new Map(
    [...before.learners, ...before.outgoing, ...before.voters].map((member) => [member.id, member]),
  );
  const members = voters.map((id) => ({ id, address: known.get(id)?.address ?? "" }));
  const data = Configuration.encode({
    voters: members,
    outgoing: [],
    learners: [],
    firstMembers: before.firstMembers,
  }).finish();
  const { index, time } = log.last;
  const kind = EntryKind.CONFIGURATION;
  return [
    { record: { $case: "hardState", value: { term, vote: "" } } },
    ...(replaced ? [{ record: { $case: "installed" as const, value: { ...snapshot } } }] : []),
    {
      record: { $case: "entry", value: { index: index + 1, term, kind, time, origin: "", id: 0, data } },
    },
  ];
}
