/** A safety property of Raft does not hold on this node: a bug, or a disk that lost what it had synced. */
export class InvariantError extends Error {
  readonly code = "RAFT_INVARIANT";
  override readonly name = "InvariantError";
  constructor(what: string) {
    super(`Raft invariant broken: ${what}. This node has stopped; keep its folder and replace the node.`);
  }
}

/** An option or argument is out of range. The call had no effect. */
export class OptionError extends Error {
  readonly code = "RAFT_OPTION";
  override readonly name = "OptionError";
  readonly mayCommit = false;
}

/** A proposal or read could not be answered in time. */
export class TimeoutError extends Error {
  readonly code = "RAFT_TIMEOUT";
  override readonly name = "TimeoutError";
  /** Whether the proposal may still be committed later. Always false for reads. */
  readonly mayCommit: boolean;
  /** Who led, as far as this node knew. */
  readonly leader: string | null;
  constructor(what: string, timeoutMs: number, leader: string | null, mayCommit: boolean) {
    const outcome = mayCommit
      ? "It may still be committed: propose through a session to retry safely."
      : "It has no effect: retry it.";
    const led =
      leader === null ? "No leader was known: is a majority of the voters up?" : `The leader was ${leader}.`;
    super(`${what} was not answered within ${timeoutMs} ms. ${led} ${outcome}`);
    this.mayCommit = mayCommit;
    this.leader = leader;
  }
}

/** This member cannot tell that it is fresh enough, and no leader has told it in time. The read had no effect. */
export class StaleError extends Error {
  readonly code = "RAFT_STALE";
  override readonly name = "StaleError";
  readonly mayCommit = false;
  /** How stale this member may be, in milliseconds; Infinity when it has not heard of a leader at all. */
  readonly stalenessMs: number;
  /** Who leads, as far as this member knows. */
  readonly leader: string | null;
  constructor(stalenessMs: number, maxStalenessMs: number, leader: string | null) {
    const may = Number.isFinite(stalenessMs) ? `${Math.ceil(stalenessMs)} ms` : "any time";
    super(
      `This member may be ${may} behind, and the read allows ${maxStalenessMs} ms. Wait longer, allow more, or ask another member${leader === null ? "" : `, for instance the leader, ${leader}`}.`,
    );
    this.stalenessMs = stalenessMs;
    this.leader = leader;
  }
}

/** Too much is waiting to be committed on this node. The proposal had no effect. */
export class BusyError extends Error {
  readonly code = "RAFT_BUSY";
  override readonly name = "BusyError";
  readonly mayCommit = false;
  constructor(what: string) {
    super(`${what} Wait for answers to earlier proposals and retry.`);
  }
}

/** A command is larger than the group accepts. The proposal had no effect. */
export class CommandTooLargeError extends Error {
  readonly code = "RAFT_COMMAND_TOO_LARGE";
  override readonly name = "CommandTooLargeError";
  readonly mayCommit = false;
  constructor(bytes: number, bytesMax: number) {
    super(
      `A command of ${bytes} bytes is over the limit of ${bytesMax}. Split it, or raise commandBytesMax on all nodes.`,
    );
  }
}

/**
 * A snapshot replaced the part of the log where the proposal may have been: nobody here can say whether it was
 * committed.
 */
export class OutcomeUnknownError extends Error {
  readonly code = "RAFT_OUTCOME_UNKNOWN";
  override readonly name = "OutcomeUnknownError";
  readonly mayCommit = true;
  constructor() {
    super(
      "The node fell behind and was caught up by a snapshot; whether the proposal is in it is unknown. Propose through a session to retry safely.",
    );
  }
}

/** The node was closed, or has failed, before the answer was known. */
export class StoppedError extends Error {
  readonly code = "RAFT_STOPPED";
  override readonly name = "StoppedError";
  readonly mayCommit: boolean;
  constructor(mayCommit: boolean, options?: ErrorOptions) {
    super("The Raft node has stopped.", options);
    this.mayCommit = mayCommit;
  }
}

/** The journal or the snapshots of a group do not fit together or belong to another group. */
export class GroupStateError extends Error {
  readonly code = "RAFT_GROUP_STATE";
  override readonly name = "GroupStateError";
}

/**
 * Members of one group were given different first members (`voters`, `witness`, `commitQuorum`): they would count
 * different votes. The node has stopped; among groups that share a host, this group's member alone has.
 */
export class FirstMembersError extends Error {
  readonly code = "RAFT_FIRST_MEMBERS";
  override readonly name = "FirstMembersError";
  /** Who said otherwise. */
  readonly member: string;
  /** What this member was given, or has learned. */
  readonly here: string;
  /** What the other one says that the group began with. */
  readonly there: string;
  constructor(member: string, here: string, there: string) {
    super(
      `Here the group began with ${here}, at ${member} with ${there}. Give all first members the same voters, witness and commitQuorum, and an empty list of voters to whoever is added to a group that exists; empty the folder of the member that was wrong before it starts again.`,
    );
    this.member = member;
    this.here = here;
    this.there = there;
  }
}

/** Only a leader can do this, and this member is none. */
export class NotLeaderError extends Error {
  readonly code = "RAFT_NOT_LEADER";
  override readonly name = "NotLeaderError";
  readonly mayCommit = false;
  /** Who leads, as far as this member knows. */
  readonly leader: string | null;
  constructor(what: string, leader: string | null) {
    super(
      `Only the leader can ${what}. ${leader === null ? "No leader is known now." : `The leader is ${leader}: ask it.`}`,
    );
    this.leader = leader;
  }
}

const refusals = {
  "in-progress":
    "Another change of members is under way, or this leader has not committed anything yet. Try again soon.",
  changed: "The members have changed since you looked. Look again and decide anew.",
  "no-such-configuration": "A group needs at least one voter, and every member once.",
  witnesses: "A group has one witness at most, among its voters and beside one who can lead.",
  quorum:
    "No more voters can make an entry committed than there are, and in a group with a witness a majority must. Say `commitQuorum` with the change.",
  "other-kind":
    "A full member cannot become a witness, nor a witness a full member. Remove it and add a new node.",
  "is-witness": "It is a witness: it holds no commands, and cannot lead.",
  "is-voter": "It is a voter already.",
  "no-voter": "It is no voter of the group.",
  "no-learner": "It is no learner of the group. Add it first.",
  behind: "It has not caught up in time. It stays a learner; promote it later.",
  "leadership-lost":
    "This member lost the leadership meanwhile; the next leader completes or drops the change. Look at the members and decide anew.",
} as const;

/** The members were not changed, or nobody here can tell (`mayCommit`). */
export class MembersChangeError extends Error {
  readonly code = "RAFT_MEMBERS_CHANGE";
  override readonly name = "MembersChangeError";
  readonly reason: keyof typeof refusals;
  readonly mayCommit: boolean;
  constructor(reason: keyof typeof refusals, id?: string) {
    super(`${id === undefined ? "" : `${id}: `}${refusals[reason]}`);
    this.reason = reason;
    this.mayCommit = reason === "leadership-lost";
  }
}

/** This member is a witness: it votes, and holds no state that it could read or answer from. The call had no effect. */
export class WitnessError extends Error {
  readonly code = "RAFT_WITNESS";
  override readonly name = "WitnessError";
  readonly mayCommit = false;
  /** Who leads, as far as this member knows. */
  readonly leader: string | null;
  constructor(what: string, leader: string | null) {
    super(
      `A witness cannot ${what}: it holds no state. Ask another member${leader === null ? "" : `, for instance the leader, ${leader}`}.`,
    );
    this.leader = leader;
  }
}

const failures = {
  unreachable: "does not answer",
  refused: "cannot campaign",
  "no-voter": "can lead no longer",
  superseded: "is not wanted any more: another successor was named",
  timeout: "has not won an election in time",
  kept: "has lost the election",
  leads: "leads already",
  nobody: "there is nobody to hand over to",
} as const;

/** The leadership was not handed over. Nothing is lost: this member led on, or leads again. */
export class TransferFailedError extends Error {
  readonly code = "RAFT_TRANSFER_FAILED";
  override readonly name = "TransferFailedError";
  readonly mayCommit = false;
  readonly reason: keyof typeof failures;
  /** To whom; null when there is nobody. */
  constructor(to: string | null, reason: keyof typeof failures) {
    super(
      to === null
        ? `The leadership was not handed over: ${failures[reason]}. Add a voter that can lead first.`
        : `The leadership was not handed over: ${to} ${failures[reason]}. Try again, or name another successor.`,
    );
    this.reason = reason;
  }
}
