import type { NodeId } from "@coterie/host";
import type { Raft } from "../raft.ts";
import type { GroupOptions } from "./options.ts";

/** How the groups of a host are doing. */
export interface RaftGroupsStatus {
  /** Groups that are open. */
  readonly open: number;
  /** Those that this host leads. */
  readonly leading: number;
  /** Those that are quiet: their members neither speak nor wait. */
  readonly quiet: number;
  /** Hosts that share groups with this one. */
  readonly peers: readonly { readonly id: NodeId; readonly isAlive: boolean; readonly groups: number }[];
}

/** Many Raft groups on one host. */
export interface RaftGroups extends AsyncDisposable {
  /**
   * Starts this host's member of a group, as `createRaft` does. Calls made together share their writes. Disposing of the
   * member closes it. Throws `OptionError` (also when the group is open already), `GroupStateError`, `StoppedError`, and
   * what the disk throws.
   */
  open<Command, Result, Query = never, Answer = never>(
    group: string,
    options: GroupOptions<Command, Result, Query, Answer>,
  ): Promise<Raft<Command, Result, Query, Answer>>;
  /** Whether the group is open. */
  isOpen(group: string): boolean;
  /** Groups that this host's journal holds something of, open or not, in no order. */
  readonly stored: readonly string[];
  /** Stops this host's member of a group. What it has stored stays, and it may be opened again. Nothing if it is not open. */
  close(group: string): Promise<void>;
  /**
   * Closes a group and deletes what this host has stored of it. Durable when it resolves. A member that has forgotten its
   * votes must not come back under its id: remove this host from the group first, or destroy the group everywhere.
   */
  destroy(group: string): Promise<void>;
  status(): RaftGroupsStatus;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}
