import { type Channel, type Driver, drive, type Host, type NodeId } from "@coterie/host";
import type { CoreOptions } from "../core/options.ts";
import { OptionError, StoppedError } from "../errors.ts";
import { GroupBatch, SnapshotBatch } from "../gen/groups.ts";
import type { Message, SnapshotMessage } from "../gen/raft.ts";
import { segmentBytesFor } from "../group-journal.ts";
import type { RaftNode } from "../node.ts";
import { openRaft } from "../open.ts";
import type { Raft, RaftStatus } from "../raft.ts";
import { Alarm } from "./alarm.ts";
import { groupsFolder as folder, GroupDisk } from "./group-disk.ts";
import { GroupHost, type Shared } from "./group-host.ts";
import { type Batch, Lane } from "./lane.ts";
import { type GroupOptions, type GroupsSettings, groupsSettings, type RaftGroupsOptions } from "./options.ts";
import { Pacemaker } from "./pacemaker.ts";
import type { RaftGroups, RaftGroupsStatus } from "./raft-groups.ts";
import { Roster } from "./roster.ts";
import { SharedJournal } from "./shared-journal.ts";
import { weighMessage, weighSnapshot } from "./weights.ts";

/**
 * Opens the room for many groups on this host: one journal, which is read once, one channel on each lane, one timer.
 * Throws `OptionError` and what the disk throws; the transport's `ChannelInUseError` when the host has such a room.
 */
export async function createRaftGroups(host: Host, options: RaftGroupsOptions = {}): Promise<RaftGroups> {
  const settings = groupsSettings(options);
  // The channel first: it is what two of these on one host would fight for.
  const control = host.transport.open(`${folder}/control`, GroupBatch);
  const bulk = host.transport.open(`${folder}/bulk`, SnapshotBatch, { lane: "bulk" });
  try {
    const { commandBytesMax, journalSegmentBytes } = settings;
    const journal = await SharedJournal.open(host, {
      folder: `${folder}/journal`,
      segmentBytes: segmentBytesFor({ segmentBytes: journalSegmentBytes, commandBytesMax }),
      recordBytesMax: commandBytesMax + recordOverheadBytes,
      bytesMax: settings.journalBytesMax,
    });
    const groups = new Groups(
      host,
      settings,
      journal,
      { control, bulk },
      options.onUnknownGroup ?? (() => {}),
    );
    // What a crash has left of groups that were being destroyed.
    await Promise.all(journal.destroyed.map((group) => groups.removeSnapshots(group)));
    return groups;
  } catch (error) {
    control[Symbol.dispose]();
    bulk[Symbol.dispose]();
    throw error;
  }
}

/** What a record of a group takes beside its command. */
const recordOverheadBytes = 8_192;

interface Open {
  readonly host: GroupHost;
  /** Null while it is being opened. */
  node: RaftNode<never, unknown, never, unknown> | null;
}

interface Roads {
  readonly control: Channel<Batch<Message>>;
  readonly bulk: Channel<Batch<SnapshotMessage>>;
}

class Groups implements RaftGroups {
  readonly #host: Host;
  readonly #settings: GroupsSettings;
  readonly #journal: SharedJournal;
  readonly #disk: GroupDisk;
  readonly #alarm: Alarm;
  /** The host with the timer that all share. */
  readonly #own: GroupHost;
  readonly #control: Lane<Message>;
  readonly #bulk: Lane<SnapshotMessage>;
  readonly #pacemaker: Pacemaker;
  readonly #driver: Driver;
  readonly #roster: Roster = new Roster();
  readonly #open: Map<string, Open> = new Map();
  readonly #destroying: Set<string> = new Set();
  #closing: Promise<void> | null = null;

  constructor(
    host: Host,
    settings: GroupsSettings,
    journal: SharedJournal,
    roads: Roads,
    onUnknown: (group: string, from: NodeId) => void,
  ) {
    const { epoch, clock } = host;
    const { heartbeatIntervalMs: intervalMs, electionTimeoutMs: timeoutMs } = settings;
    const unknown = (from: NodeId, group: string): void => onUnknown(group, from);
    this.#host = host;
    this.#settings = settings;
    this.#journal = journal;
    this.#disk = new GroupDisk(host.disk, folder);
    this.#alarm = new Alarm(clock);
    this.#pacemaker = new Pacemaker({ epoch, intervalMs, timeoutMs });
    this.#control = new Lane({ channel: roads.control, epoch, weigh: weighMessage, unknown });
    this.#bulk = new Lane({ channel: roads.bulk, epoch, weigh: weighSnapshot, unknown });
    this.#own = new GroupHost(this.#shared(), folder);
    // By the same timer as the groups: what falls due at the same instant leaves together.
    this.#driver = drive(this.#own, {
      name: "raft-groups",
      core: this.#pacemaker,
      channel: this.#control.greetings(),
      persist: async () => {},
      perform: ({ id, isAlive }) => {
        for (const group of this.#roster.groupsWith(id))
          this.#open.get(group)?.node?.peerChanged(id, isAlive);
      },
    });
    host.failed.addEventListener("abort", this.#onFailed, { once: true });
    if (host.failed.aborted) this.#onFailed();
  }

  async open<Command, Result, Query, Answer>(
    group: string,
    options: GroupOptions<Command, Result, Query, Answer>,
  ): Promise<Raft<Command, Result, Query, Answer>> {
    if (this.#closing || this.#host.failed.aborted)
      throw new StoppedError(false, { cause: this.#host.failed.reason });
    if (this.#open.has(group) || this.#destroying.has(group))
      throw new OptionError(`Group ${group} is open already, or is being closed. Close it first.`);
    const opened: Open = { host: new GroupHost(this.#shared(), group), node: null };
    this.#open.set(group, opened);
    try {
      const opener = this.#journal.opener(group, () => this.#left(group));
      const node = await openRaft(opened.host, { ...options, ...this.#common(group), group }, opener);
      opened.node = node as never;
      this.#joined(group, node);
      return node;
    } catch (error) {
      this.#open.delete(group);
      throw error;
    }
  }

  #shared(): Shared {
    return {
      host: this.#host,
      clock: this.#alarm,
      disk: this.#disk,
      control: this.#control,
      bulk: this.#bulk,
      epoch: (group) => this.#journal.epoch(group),
    };
  }

  /** The options that all groups share, and what they owe to each other. */
  #common(group: string): Partial<CoreOptions> & { readonly commandBytesMax: number } {
    const { quiesceAfterMs: afterMs, ...settings } = this.#settings;
    const { electionTimeoutMs, heartbeatIntervalMs, clockDriftMax, commandBytesMax } = settings;
    const quiescence = { afterMs, group };
    return { electionTimeoutMs, heartbeatIntervalMs, clockDriftMax, commandBytesMax, quiescence };
  }

  #joined<C, R, Q, A>(group: string, node: RaftNode<C, R, Q, A>): void {
    const meet = ({ voters, learners }: Pick<RaftStatus, "voters" | "learners">): void => {
      const peers = [...new Set([...voters, ...learners])].filter((id) => id !== this.#host.id);
      this.#meet(group, peers);
      for (const id of peers) if (!this.#pacemaker.isAlive(id)) node.peerChanged(id, false);
    };
    node.on("members", meet);
    meet(node.status());
  }

  #meet(group: string, peers: readonly NodeId[]): void {
    const { came, went } = this.#roster.set(group, peers);
    for (const id of came) this.#pacemaker.watch(id, this.#host.clock.now());
    for (const id of went) this.#pacemaker.unwatch(id);
    if (came.length > 0) this.#driver.touch();
  }

  #left(group: string): void {
    this.#open.delete(group);
    this.#meet(group, []);
  }

  isOpen(group: string): boolean {
    return this.#open.get(group)?.node != null;
  }

  get stored(): readonly string[] {
    return this.#journal.groups;
  }

  async close(group: string): Promise<void> {
    await this.#open.get(group)?.node?.[Symbol.asyncDispose]();
  }

  async destroy(group: string): Promise<void> {
    const opened = this.#open.get(group);
    if (this.#destroying.has(group) || (opened && opened.node === null))
      throw new OptionError(`Group ${group} is being opened or destroyed. Wait for that.`);
    this.#destroying.add(group);
    try {
      await this.close(group);
      await this.#journal.destroy(group);
      this.#host.reach("raft-groups:after-destroy");
      await this.removeSnapshots(group);
    } finally {
      this.#destroying.delete(group);
    }
  }

  /** The group's records are void already: what is left when this is interrupted is removed at the next start. */
  async removeSnapshots(group: string): Promise<void> {
    const snapshots = `raft/${group}/snapshots`;
    const names = await this.#disk.list(snapshots);
    for (const name of names) await this.#disk.remove(`${snapshots}/${name}`);
    if (names.length > 0) await this.#disk.syncFolder(snapshots);
    this.#journal.forget(group);
  }

  #nodes(): RaftNode<never, unknown, never, unknown>[] {
    return [...this.#open.values()].flatMap(({ node }) => (node === null ? [] : [node]));
  }

  status(): RaftGroupsStatus {
    const status = { open: 0, leading: 0, quiet: 0 };
    for (const { node } of this.#open.values()) {
      if (node === null) continue;
      const { role, isQuiet } = node.inspect();
      status.open++;
      if (role === "leader") status.leading++;
      if (isQuiet) status.quiet++;
    }
    const peers = [...this.#pacemaker.peers].map(([id, { isAlive }]) => {
      return { id, isAlive, groups: this.#roster.groupsWith(id).size };
    });
    return { ...status, peers };
  }

  metrics(): Readonly<Record<string, number>> {
    const { open, leading, quiet, peers } = this.status();
    const { counters: control } = this.#control;
    const { counters: bulk } = this.#bulk;
    const journal = this.#journal.metrics();
    return {
      groups: open,
      groups_leading: leading,
      groups_quiet: quiet,
      peers: peers.length,
      peers_lost: peers.filter(({ isAlive }) => !isAlive).length,
      timers: this.#alarm.size,
      batches_sent_total: control.batchesSent + bulk.batchesSent,
      messages_sent_total: control.messagesSent + bulk.messagesSent,
      batches_received_total: control.batchesReceived + bulk.batchesReceived,
      messages_received_total: control.messagesReceived + bulk.messagesReceived,
      unknown_group_total: control.unknown + bulk.unknown,
      journal_kept_bytes: journal.keptBytes ?? 0,
      journal_segments: journal.segments ?? 0,
      journal_syncs_total: journal.syncs ?? 0,
      journal_bytes_total: journal.bytes ?? 0,
      journal_moved_total: journal.moved ?? 0,
      journal_moved_bytes_total: journal.movedBytes ?? 0,
    };
  }

  readonly #onFailed = (): void => {
    const { reason } = this.#host.failed;
    this.#own.abort(reason);
    for (const { host } of this.#open.values()) host.abort(reason);
  };

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#nodes().map((node) => node[Symbol.asyncDispose]()));
    this.#host.failed.removeEventListener("abort", this.#onFailed);
    this.#driver[Symbol.dispose]();
    this.#control[Symbol.dispose]();
    this.#bulk[Symbol.dispose]();
    this.#alarm[Symbol.dispose]();
    await this.#journal[Symbol.asyncDispose]();
  }
}
