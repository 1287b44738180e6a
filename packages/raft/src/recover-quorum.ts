import type { NodeId } from "@coterie/host";
import { type Disk, openJournal, openSnapshots } from "@coterie/storage";
import { logStart } from "./core/log.ts";
import { Recovery } from "./core/recovery.ts";
import type { Recovered } from "./core/state.ts";
import { GroupStateError, OptionError } from "./errors.ts";
import { type Bootstrap, Configuration, EntryKind, JournalRecord, SnapshotMeta } from "./gen/raft.ts";

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

/** What a group's folder says, before anything is decided. */
interface Found {
  readonly recovered: Recovered;
  readonly append: (records: readonly JournalRecord[]) => Promise<void>;
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
  const { group, id, acceptLoss = false } = options;
  const voters = [...(options.voters ?? [id])].sort();
  if (!voters.includes(id) || new Set(voters).size !== voters.length)
    throw new OptionError(`voters (${voters.join(", ")}) must name this node, ${id}, and everybody once.`);
  return inspect(disk, group, async ({ recovered, append }) => {
    const { log, snapshot } = recovered;
    if (log.lastIndex === 0)
      throw new GroupStateError(
        `Group ${group} has nothing in this folder: recover another node, and wipe this one.`,
      );
    const before = membersOf(recovered);
    if (![...before.voters, ...before.outgoing, ...before.learners].some((member) => member.id === id))
      throw new GroupStateError(
        `${id} is no member of group ${group} in this folder: is it the right folder, and the right name?`,
      );
    const witness = before.voters.find((member) => member.witness && voters.includes(member.id));
    if (witness)
      throw new OptionError(
        `${witness.id} is a witness: it holds no commands. Leave it out, and add a new one later.`,
      );
    const term = termFor(id, recovered.term);
    if (acceptLoss) await append(forced(recovered, term, voters, before));
    const ids = (members: readonly { readonly id: NodeId }[]): NodeId[] => members.map((member) => member.id);
    return {
      before: { voters: ids(before.voters), learners: ids(before.learners) },
      voters,
      last: { index: log.lastIndex, term: log.last.term },
      committed: snapshot.index,
      term,
      done: acceptLoss,
    };
  });
}

/** Reads a group's folder, lets `decide` add to its journal, and closes it. */
async function inspect<Answer>(
  disk: Disk,
  group: string,
  decide: (found: Found) => Promise<Answer>,
): Promise<Answer> {
  const folder = `raft/${group}/journal`;
  if ((await disk.list(folder)).length === 0)
    throw new GroupStateError(`There is no group ${group} in this folder: is it the right one?`);
  const latest = await (await openSnapshots(disk, { folder: `raft/${group}/snapshots` })).latest();
  const meta = latest ? SnapshotMeta.decode(latest.metadata) : null;
  const recovery = new Recovery();
  let bootstrap: Bootstrap | undefined;
  await using journal = await openJournal(disk, {
    folder,
    identity: `raft/${group}`,
    replay: (bytes) => {
      const record = JournalRecord.decode(bytes);
      if (record.record?.$case === "bootstrap") bootstrap = record.record.value;
      recovery.add(record);
    },
  });
  if (bootstrap === undefined)
    throw new GroupStateError(
      `This folder's journal does not say which group it belongs to, ${group} or another.`,
    );
  if (bootstrap.witness)
    throw new GroupStateError(
      `This folder belongs to a witness of ${group}, which holds no commands: recover another.`,
    );
  const first = bootstrap.configuration ?? { voters: [], outgoing: [], learners: [] };
  const recovered = recovery.finish(
    meta ?? logStart,
    meta?.configuration ?? first,
    meta?.configurationIndex ?? 0,
  );
  const append = async (records: readonly JournalRecord[]): Promise<void> => {
    await journal.append(records.map((record) => JournalRecord.encode(record).finish()));
  };
  return await decide({ recovered, append });
}

/** The configuration that holds: the latest in the log, else the snapshot's. */
function membersOf({ configurations, configuration }: Recovered): Configuration {
  const latest = configurations.at(-1);
  return latest ? Configuration.decode(latest.data) : configuration;
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
  const data = Configuration.encode({ voters: members, outgoing: [], learners: [] }).finish();
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
