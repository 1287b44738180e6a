import type { NodeId, Wait } from "@coterie/host";
import type { Role } from "./core/effects.ts";
import type { Inspection } from "./core/raft.ts";
import type { MembersChange, ProposeOptions, ReadOptions } from "./options.ts";
import type { Session } from "./session.ts";

/** How a member is doing. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly group: string;
  readonly role: Role;
  readonly term: number;
  /** Who leads, as far as this member knows. */
  readonly leader: NodeId | null;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** The voter that holds no state, if there is one. */
  readonly witness: NodeId | null;
  /** How many voters make an entry committed. */
  readonly commitQuorum: number;
  /** Where in the log the members stand. Changes with every change of members. */
  readonly membersIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  /** The last index that the latest snapshot covers, or up to which a state machine on disk was synced. */
  readonly snapshotIndex: number;
}

export interface RaftEvents {
  /** Role, term or leader of this member has changed. */
  role: { readonly role: Role; readonly term: number; readonly leader: NodeId | null };
  /** The members have changed, or are about to (`isJoint`), as this member's log has it. */
  members: {
    readonly voters: readonly NodeId[];
    readonly learners: readonly NodeId[];
    readonly isJoint: boolean;
  };
  /** A member's address cannot be connected to from here. */
  unreachable: { readonly id: NodeId; readonly address: string; readonly error: Error };
  /**
   * Another member was given other first members than this one. This one stops with `FirstMembersError` (`stops`), or goes
   * on: those that agree with it may be enough.
   */
  disagreement: {
    readonly member: NodeId;
    readonly here: string;
    readonly there: string;
    readonly stops: boolean;
  };
  /** A snapshot of this member's state is durable, or its state machine on disk was synced. */
  snapshot: { readonly index: number };
  /** This member's state was replaced by a leader's snapshot. */
  restored: { readonly index: number };
}

/** One member of a Raft group. */
export interface Raft<Command, Result, Query, Answer> extends AsyncDisposable {
  /**
   * Replicates a command and resolves with what the state machine answered, here, once a majority has it on disk.
   * Any member may be asked. Happens at most once; through a session exactly once, retries included.
   *
   * Throws `TimeoutError` (whose `mayCommit` tells whether it may still happen), `BusyError`, `CommandTooLargeError`,
   * `OutcomeUnknownError`, `WitnessError`, `OptionError`, `StoppedError`, the signal's reason, or what the codec of the
   * commands throws.
   */
  propose(command: Command, options?: ProposeOptions): Promise<Result>;
  /**
   * Reads the state machine of this member. Throws `TimeoutError`, `StaleError`, `BusyError`, `WitnessError`, `OptionError`,
   * `StoppedError`, or the signal's reason.
   */
  read(query: Query, options?: ReadOptions): Promise<Answer>;
  /**
   * Resolves once this member has applied everything that was committed, anywhere, when it was called. Throws
   * `TimeoutError`, `StoppedError`, or the signal's reason.
   */
  barrier(wait?: Wait): Promise<void>;
  /**
   * Resolves if this member led all the while, confirmed by a majority after the call. Throws `NotLeaderError` and what
   * `barrier` throws.
   */
  verifyLeader(wait?: Wait): Promise<void>;
  /** Opens a session: its commands happen exactly once. Throws what `propose` throws. */
  openSession(options?: ProposeOptions): Promise<Session<Command, Result>>;
  /**
   * Hands the leadership to another voter, by default the one that is furthest, and resolves once this member has
   * learnt of a new leader. Ends as soon as nothing can come of it: there is no other voter, the one that is named leads
   * already, or the successor is silent, refuses, or loses. Throws `NotLeaderError`,
   * `MembersChangeError`, `TransferFailedError`, `OptionError`, `TimeoutError`, `StoppedError`, or the signal's reason.
   */
  transferLeadership(to?: NodeId, wait?: Wait): Promise<void>;
  /**
   * Says that the leader is known to be gone. This member then votes for the next one who asks, instead of being loyal for
   * an election timeout; with `leaseReads`, only once no lease can count on it any longer. Does nothing at the leader.
   */
  forgetLeader(): void;
  /** Asks for an election now, for whoever knows that there is no leader. Disturbs nobody who still hears one. */
  campaign(): void;
  /**
   * Changes the members, at the leader; resolves once the change is committed. One voter more or less is one step,
   * anything else goes through joint consensus by itself. Throws `NotLeaderError`, `MembersChangeError`, `OptionError`,
   * `TimeoutError`, `StoppedError`, or the signal's reason.
   */
  changeMembers(wanted: MembersChange, wait?: Wait): Promise<void>;
  /** At the leader: ends a joint configuration that was to be left explicitly. Throws what `changeMembers` throws. */
  leaveJoint(wait?: Wait): Promise<void>;
  /** Adds a member that receives the log and does not count. `address` is where it listens. */
  addLearner(id: NodeId, address?: string, wait?: Wait): Promise<void>;
  /** Adds a voter that holds no state. A group has one at most. */
  addWitness(id: NodeId, address?: string, wait?: Wait): Promise<void>;
  /** Makes a voter of a learner, once it has caught up. */
  promote(id: NodeId, wait?: Wait): Promise<void>;
  /** Removes a member, voter or learner. A leader that removes itself hands over. */
  remove(id: NodeId, wait?: Wait): Promise<void>;
  /** Puts one member in the place of another: it learns first, then both change places in one step. */
  replace(leaving: NodeId, joining: NodeId, address?: string, wait?: Wait): Promise<void>;
  status(): RaftStatus;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
  /** Returns a function that takes the listener off again. */
  on<Name extends keyof RaftEvents>(name: Name, listener: (event: RaftEvents[Name]) => void): () => void;
  /** A look inside, for invariant checks. */
  inspect(): Inspection;
}
