import type { Host, NodeId } from "@coterie/host";
import type { Replica } from "@coterie/state-machine";
import type { openJournal } from "@coterie/storage";
import { firstMembersOf } from "./core/first-members.ts";
import { logStart, type Position } from "./core/log.ts";
import type { Recovered } from "./core/state.ts";
import { GroupStateError } from "./errors.ts";
import type { Bootstrap, Configuration, Member } from "./gen/raft.ts";
import { GroupJournal } from "./group-journal.ts";
import { GroupSnapshots } from "./group-snapshots.ts";
import type { FirstMembers, Limits, RaftOptions } from "./options.ts";

/** What a member finds, and keeps, on its disk. */
export interface Durable {
  readonly journal: GroupJournal;
  readonly snapshots: GroupSnapshots;
  readonly recovered: Recovered;
}

/** What the group is at the first start of this node. */
function bootstrap(
  id: NodeId,
  { group, voters, witness, priorities = {}, commitQuorum }: FirstMembers & { readonly group: string },
): Bootstrap {
  const members: Member[] = [...voters].sort().map((voter) => ({
    id: voter,
    address: "",
    ...(voter === witness ? { witness: true } : {}),
    ...(priorities[voter] ? { priority: priorities[voter] } : {}),
  }));
  const quorum = commitQuorum === undefined || voters.length === 0 ? {} : { commitQuorum };
  const begins: Configuration = { voters: members, outgoing: [], learners: [], ...quorum };
  // Whoever is to be added hears of it with the first configuration.
  const configuration = voters.length === 0 ? begins : { ...begins, firstMembers: firstMembersOf(begins) };
  return { group, configuration, ...(id === witness ? { witness: true } : {}) };
}

/** Opens a group's folder and restores the state machine. Throws `GroupStateError` and what the disk throws. */
export async function openDurable<Command, Result, Query, Answer>(
  host: Host,
  options: RaftOptions<Command, Result, Query, Answer>,
  { journalSegmentBytes: segmentBytes, commandBytesMax }: Limits,
  replica: Replica<Command, Result, Query, Answer>,
  open?: typeof openJournal,
): Promise<Durable> {
  const snapshots = await GroupSnapshots.open(host, options.group, replica.isOnDisk);
  const sizes = { segmentBytes, commandBytesMax };
  const opened = await GroupJournal.open(host, options.group, bootstrap(host.id, options), sizes, open);
  const { journal, recovery, configuration } = opened;
  try {
    const { meta } = snapshots.latest ?? {};
    const members = meta?.configuration ?? configuration;
    const recovered = recovery.finish(meta ?? logStart, members, meta?.configurationIndex ?? 0);
    const applied = replica.isOnDisk
      ? await openOnDisk(replica, recovered, snapshots)
      : await restoreInMemory(replica, recovered, snapshots);
    return { journal, snapshots, recovered: { ...recovered, applied } };
  } catch (error) {
    await replica.close();
    await journal.close();
    throw error;
  }
}

type AnyReplica = Pick<Replica<never, unknown, never, unknown>, "open" | "restore">;

async function restoreInMemory(
  replica: AnyReplica,
  { snapshot }: Recovered,
  { latest }: GroupSnapshots,
): Promise<Position> {
  if (snapshot.index !== (latest?.meta.index ?? 0))
    throw new GroupStateError(
      `The state up to entry ${snapshot.index} was kept by a state machine on disk, which this one is not. Give that one, or wipe this node's folder and let the node catch up.`,
    );
  if (latest) await replica.restore(latest.read(0), latest.meta);
  return snapshot;
}

/**
 * Where a state machine on disk stands, after it was brought to where the log goes on. A member applies only what is
 * durable in its own log, so the state is never ahead of it, unless the one or the other was replaced.
 */
async function openOnDisk(
  replica: AnyReplica,
  { log }: Recovered,
  { latest }: GroupSnapshots,
): Promise<Position> {
  const found = (await replica.open()) ?? logStart;
  if (found.index < log.base.index) {
    // Nothing was ever cut from the log that was not durable here: the state was lost, or a snapshot was being installed.
    if (latest === null || latest.meta.index < log.base.index)
      throw new GroupStateError(
        `The state machine on disk is at entry ${found.index}, but the log begins after ${log.base.index}: its files are missing, or older than the log. Restore them, or wipe this node's folder and these files and let the node catch up.`,
      );
    await replica.restore(latest.read(0), latest.meta);
    const { index, term, time } = latest.meta;
    return { index, term, time };
  }
  if (log.term(found.index) !== found.term)
    throw new GroupStateError(
      found.index > log.lastIndex
        ? `The state machine on disk is at entry ${found.index}, but the log ends at ${log.lastIndex}: entries that this node had are lost, or the files of the state machine are not this node's. Wipe both and let the node catch up.`
        : `The state machine on disk has applied entry ${found.index} of term ${found.term}, which the log does not hold: its files are not this node's. Wipe both and let the node catch up.`,
    );
  return found;
}
