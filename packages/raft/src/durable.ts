import type { Host, NodeId } from "@coterie/host";
import type { Replica } from "@coterie/state-machine";
import type { openJournal } from "@coterie/storage";
import { logStart } from "./core/log.ts";
import type { Recovered } from "./core/state.ts";
import type { Bootstrap, Member } from "./gen/raft.ts";
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
  const configuration = { voters: members, outgoing: [], learners: [], ...quorum };
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
  const snapshots = await GroupSnapshots.open(host, options.group);
  const sizes = { segmentBytes, commandBytesMax };
  const opened = await GroupJournal.open(host, options.group, bootstrap(host.id, options), sizes, open);
  const { journal, recovery, configuration } = opened;
  try {
    const { meta } = snapshots.latest ?? {};
    const members = meta?.configuration ?? configuration;
    const recovered = recovery.finish(meta ?? logStart, members, meta?.configurationIndex ?? 0);
    if (snapshots.latest) await replica.restore(snapshots.latest.read(0));
    return { journal, snapshots, recovered };
  } catch (error) {
    await journal.close();
    throw error;
  }
}
