import type { Clock, NodeId, Wait } from "@coterie/host";
import { checkName, checkNodeIds, checkWait } from "./arguments.ts";
import { type ChangeRefusal, Members, type WantedMembers } from "./core/membership.ts";
import type { RaftCore } from "./core/raft.ts";
import { MembersChangeError, NotLeaderError, TimeoutError } from "./errors.ts";
import { Configuration, type Entry, EntryKind, type Member } from "./gen/raft.ts";
import { checkCommitQuorum, checkPriorities, type MembersChange } from "./options.ts";
import { Waiting } from "./waiting.ts";

/** A learner may become a voter once it is at most so many entries behind. */
const lagMax = 64;

export interface MembershipParts {
  readonly clock: Clock;
  readonly core: RaftCore;
  readonly touch: () => void;
  /** Throws for an address that cannot be. */
  readonly connect: (id: NodeId, address: string) => void;
  readonly heartbeatIntervalMs: number;
  /** How long to wait when the caller does not say. */
  readonly timeoutMs: number;
}

/** Changes of the members, at the leader: one at a time, each resolved once it is committed and joint no more. */
export class Membership {
  readonly #parts: MembershipParts;
  readonly #waiting: Waiting<void>;
  #next = 1;
  /** The changes that are waited for: a number for each, and where its first entry stands. In order. */
  #pending: { readonly number: number; readonly index: number }[] = [];
  #stopped: (() => Error) | null = null;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#waiting = new Waiting(parts.clock);
  }

  get current(): Members {
    return this.#parts.core.inspection.members;
  }

  /** Makes the group consist of these, and nobody else. */
  async become(wanted: MembersChange, wait: Wait): Promise<void> {
    const { voters, learners = [], addresses = {}, witness, priorities = {}, expect, leave } = wanted;
    const commitQuorum = wanted.commitQuorum === "majority" ? 0 : wanted.commitQuorum;
    checkNodeIds("voters", voters);
    checkNodeIds("learners", learners);
    checkPriorities(priorities);
    if (commitQuorum !== 0) checkCommitQuorum(commitQuorum);
    const { configuration } = this.current;
    const known = new Map(
      [...configuration.voters, ...configuration.learners].map((member) => [member.id, member]),
    );
    const member = (id: NodeId): Member => ({
      id,
      address: addresses[id] ?? known.get(id)?.address ?? "",
      priority: priorities[id] ?? known.get(id)?.priority,
      witness: witness === undefined ? known.get(id)?.witness : id === witness,
    });
    return this.change(
      {
        voters: voters.map(member),
        learners: learners.map(member),
        commitQuorum,
        expect,
        explicitLeave: leave === "explicit",
      },
      wait,
    );
  }

  async change(wanted: WantedMembers, wait: Wait): Promise<void> {
    if (this.#stopped) throw this.#stopped();
    checkWait(wait);
    wait.signal?.throwIfAborted();
    const { core, clock, connect } = this.#parts;
    const { id: self } = core.inspection;
    // An address that cannot be must not get into the log: every member would meet it.
    for (const { id, address } of [...wanted.voters, ...wanted.learners])
      if (address !== "" && id !== self) connect(id, address);
    return this.#committed(core.changeMembers(wanted, clock.now()), wait);
  }

  /** Ends a joint configuration that was to be left explicitly. */
  async leave(wait: Wait): Promise<void> {
    if (this.#stopped) throw this.#stopped();
    checkWait(wait);
    wait.signal?.throwIfAborted();
    return this.#committed(this.#parts.core.leaveJoint(this.#parts.clock.now()), wait);
  }

  async #committed(answer: number | ChangeRefusal, wait: Wait): Promise<void> {
    const { touch } = this.#parts;
    const { leader } = this.#parts.core.inspection;
    if (answer === "unchanged") return;
    if (answer === "not-leader") throw new NotLeaderError("change members", leader);
    if (typeof answer === "string") throw new MembersChangeError(answer);
    const number = this.#next++;
    this.#pending.push({ number, index: answer });
    touch();
    const timeoutMs = wait.timeoutMs ?? this.#parts.timeoutMs;
    const timedOut = (): Error => new TimeoutError("A change of members", timeoutMs, leader, true);
    await this.#waiting.wait(number, wait, timeoutMs, { timedOut, aborted: () => {} });
  }

  /** A learner receives the log and counts for nothing. */
  async addLearner(id: NodeId, address: string, wait: Wait): Promise<void> {
    checkName("A member's id", id);
    const { configuration, index } = this.current;
    if (this.current.voters.includes(id)) throw new MembersChangeError("is-voter", id);
    const learners = [...without(configuration.learners, id), { id, address }];
    return this.change({ voters: configuration.voters, learners, expect: index }, wait);
  }

  /** A witness needs to catch up with nothing but where the log stands: it is a voter at once. */
  async addWitness(id: NodeId, address: string, wait: Wait): Promise<void> {
    checkName("A member's id", id);
    const { configuration, index } = this.current;
    if (this.current.isVoter(id)) throw new MembersChangeError("is-voter", id);
    const voters = [...configuration.voters, { id, address, witness: true }];
    return this.change({ voters, learners: configuration.learners, expect: index }, wait);
  }

  /** Makes a voter of a learner, once it has caught up. */
  async promote(id: NodeId, wait: Wait): Promise<void> {
    checkName("A member's id", id);
    checkWait(wait);
    const deadline = this.#parts.clock.now() + (wait.timeoutMs ?? this.#parts.timeoutMs);
    await this.#caughtUp(id, wait.signal, deadline);
    const { configuration, index } = this.current;
    const learner = configuration.learners.find((member) => member.id === id);
    if (learner === undefined) throw new MembersChangeError("no-learner", id);
    const voters = [...configuration.voters, learner];
    const timeoutMs = Math.max(0, deadline - this.#parts.clock.now());
    await this.change(
      { voters, learners: without(configuration.learners, id), expect: index },
      { ...wait, timeoutMs },
    );
  }

  remove(id: NodeId, wait: Wait): Promise<void> {
    const { configuration, index } = this.current;
    const voters = without(configuration.voters, id);
    return this.change({ voters, learners: without(configuration.learners, id), expect: index }, wait);
  }

  /** Puts one member in the place of another: it learns first, then both change places in one joint step. */
  async replace(leaving: NodeId, joining: NodeId, address: string, wait: Wait): Promise<void> {
    checkName("A member's id", joining);
    checkWait(wait);
    const { clock } = this.#parts;
    const deadline = clock.now() + (wait.timeoutMs ?? this.#parts.timeoutMs);
    const left = (): Wait => ({ ...wait, timeoutMs: Math.max(0, deadline - clock.now()) });
    if (!this.current.voters.includes(leaving)) throw new MembersChangeError("no-voter", leaving);
    await this.addLearner(joining, address, left());
    await this.#caughtUp(joining, wait.signal, deadline);
    const { configuration, index } = this.current;
    const voters = [...without(configuration.voters, leaving), { id: joining, address }];
    await this.change({ voters, learners: without(configuration.learners, joining), expect: index }, left());
  }

  async #caughtUp(id: NodeId, signal: AbortSignal | undefined, deadline: number): Promise<void> {
    const { clock, core, heartbeatIntervalMs } = this.#parts;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#stopped) throw this.#stopped();
      const { role, leader } = core.inspection;
      if (role !== "leader") throw new NotLeaderError("change members", leader);
      const lag = core.lag(id);
      if (lag === undefined) throw new MembersChangeError("no-learner", id);
      if (lag <= lagMax) return;
      if (clock.now() >= deadline) throw new MembersChangeError("behind", id);
      await new Promise<void>((resolve) => clock.wake(clock.now() + heartbeatIntervalMs, resolve));
    }
  }

  /** A configuration is applied. */
  applied(entry: Entry): void {
    if (entry.kind !== EntryKind.CONFIGURATION || this.#pending.length === 0) return;
    const configuration = Configuration.decode(entry.data);
    // A joint configuration that is left by itself is half of a change; one that waits to be left is a whole one.
    if (new Members(entry.index, configuration).isJoint && !configuration.explicitLeave) return;
    for (const { number, index } of this.#pending)
      if (index <= entry.index) this.#waiting.answer(number, undefined);
    this.#pending = this.#pending.filter(({ index }) => index > entry.index);
  }

  /** This member leads no longer: its successor decides what becomes of a change that is under way. */
  leadershipLost(): void {
    // A leader that has removed itself stops leading once the change is committed.
    const { commitIndex } = this.#parts.core.inspection;
    const done = this.current.index <= commitIndex && !this.current.isJoint;
    for (const { number } of this.#pending) {
      if (done) this.#waiting.answer(number, undefined);
      else this.#waiting.refuse(number, new MembersChangeError("leadership-lost"));
    }
    this.#pending = [];
  }

  refuseAll(error: () => Error): void {
    this.#stopped = error;
    this.#waiting.refuseAll(error);
  }
}

function without(members: readonly Member[], id: NodeId): Member[] {
  return members.filter((member) => member.id !== id);
}
