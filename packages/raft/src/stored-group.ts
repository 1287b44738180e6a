import { type Disk, type openJournal, openSnapshots } from "@coterie/storage";
import { logStart } from "./core/log.ts";
import { Recovery } from "./core/recovery.ts";
import type { Recovered } from "./core/state.ts";
import { GroupStateError } from "./errors.ts";
import { type Bootstrap, Configuration, JournalRecord, SnapshotMeta } from "./gen/raft.ts";

/** What the folder of a member that does not run holds of its group. */
export interface StoredGroup {
  readonly recovered: Recovered;
  /** The configuration that holds: the latest in the log, else the snapshot's. */
  readonly members: Configuration;
  /** Adds to the journal. Durable when it resolves. */
  readonly append: (records: readonly JournalRecord[]) => Promise<void>;
}

/**
 * Reads what is stored of a group, lets `decide` add to its journal, and closes it. Throws `GroupStateError` when it is a
 * witness's, or of unknown origin, and what the disk throws.
 */
export async function inStoredGroup<Answer>(
  disk: Disk,
  group: string,
  open: typeof openJournal,
  decide: (stored: StoredGroup) => Promise<Answer>,
): Promise<Answer> {
  const latest = await (await openSnapshots(disk, { folder: `raft/${group}/snapshots` })).latest();
  const meta = latest ? SnapshotMeta.decode(latest.metadata) : null;
  const recovery = new Recovery();
  let bootstrap: Bootstrap | undefined;
  await using journal = await open(disk, {
    folder: `raft/${group}/journal`,
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
  const { configurations, configuration } = recovered;
  const newest = configurations.at(-1);
  return await decide({
    recovered,
    members: newest ? Configuration.decode(newest.data) : configuration,
    append: async (records) => {
      await journal.append(records.map((record) => JournalRecord.encode(record).finish()));
    },
  });
}
