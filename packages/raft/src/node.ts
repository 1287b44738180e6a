import { type Channel, type Driver, drive, type Host, type NodeId, type Wait } from "@coterie/host";
import { encodeCommand, type LoggedCommand, type Outcome, type Replica } from "@coterie/state-machine";
import { Applier } from "./applier.ts";
import type { FetchEffect, OwnEffect } from "./core/effects.ts";
import { defaultCoreOptions } from "./core/options.ts";
import { type Inspection, RaftCore } from "./core/raft.ts";
import type { Durable } from "./durable.ts";
import { NotLeaderError, StoppedError, WitnessError } from "./errors.ts";
import { Events } from "./events.ts";
import type { Configuration, Entry, Member, Message } from "./gen/raft.ts";
import { Handovers } from "./handovers.ts";
import { Membership } from "./membership.ts";
import {
  given,
  type Limits,
  type MembersChange,
  type ProposeOptions,
  type RaftOptions,
  type ReadOptions,
} from "./options.ts";
import { Proposer } from "./proposer.ts";
import type { Raft, RaftEvents, RaftStatus } from "./raft.ts";
import { Readers } from "./readers.ts";
import { Session } from "./session.ts";
import { SnapshotPolicy } from "./snapshot-policy.ts";
import { Snapshots } from "./snapshots.ts";

/** One member, whatever its host shares with others. */
export class RaftNode<Command, Result, Query, Answer> implements Raft<Command, Result, Query, Answer> {
  readonly #host: Host;
  readonly #options: RaftOptions<Command, Result, Query, Answer>;
  readonly #limits: Limits;
  readonly #replica: Replica<Command, Result, Query, Answer>;
  readonly #durable: Durable;
  readonly #core: RaftCore;
  readonly #driver: Driver;
  readonly #applier: Applier;
  readonly #snapshots: Snapshots;
  readonly #policy: SnapshotPolicy;
  readonly #events: Events<RaftEvents> = new Events();
  readonly #proposer: Proposer<Result>;
  readonly #readers: Readers;
  readonly #membership: Membership;
  readonly #handovers: Handovers;
  readonly #counters = { reads: 0, elections: 0, restored: 0 };
  #closed = false;

  constructor(
    host: Host,
    options: RaftOptions<Command, Result, Query, Answer>,
    chosen: Limits,
    replica: Replica<Command, Result, Query, Answer>,
    durable: Durable,
    channel: Channel<Message>,
  ) {
    const { group } = options;
    const { journal, snapshots, recovered } = durable;
    this.#host = host;
    this.#options = options;
    this.#limits = chosen;
    this.#replica = replica;
    this.#durable = durable;
    this.#applier = new Applier(
      {
        clock: host.clock,
        replica,
        applied: this.#onApplied,
        done: this.#onDone,
        failed: (error) => this.#fail(error),
      },
      recovered.snapshot,
    );
    const { id, epoch } = host;
    const isWitness = options.witness === id;
    const coreOptions = { ...defaultCoreOptions, ...given(options), id, epoch, isWitness };
    this.#core = new RaftCore(coreOptions, host.random.fork(`raft/${group}`), recovered, host.clock.now());
    this.#proposer = new Proposer(host.clock, this.#core, chosen);
    this.#handovers = new Handovers(host.clock, this.#core);
    this.#readers = new Readers({
      clock: host.clock,
      core: this.#core,
      applier: this.#applier,
      touch: () => this.#driver.touch(),
      pendingMax: chosen.pendingMax,
      timeoutMs: chosen.timeoutMs,
    });
    this.#membership = new Membership({
      clock: host.clock,
      core: this.#core,
      touch: () => this.#driver.touch(),
      connect: (id, address) => host.transport.connect(id, address),
      heartbeatIntervalMs: coreOptions.heartbeatIntervalMs,
      timeoutMs: chosen.timeoutMs,
    });
    this.#snapshots = new Snapshots(host, group, snapshots, {
      bytesPerSecond: chosen.snapshotBytesPerSecond,
      transfersMax: chosen.snapshotTransfersMax,
      term: () => this.#core.inspection.term,
      commitIndex: () => this.#core.inspection.commitIndex,
      install: (from, meta) => {
        this.#core.install(from, meta, host.clock.now());
        this.#driver.touch();
      },
      transferred: (to, index) => {
        this.#core.transferred(to, index, host.clock.now());
        this.#driver.touch();
      },
    });
    this.#policy = new SnapshotPolicy({
      core: this.#core,
      applier: this.#applier,
      replica,
      store: snapshots,
      snapshots: this.#snapshots,
      limits: chosen,
      taken: (index) => {
        this.#driver.touch();
        this.#events.emit("snapshot", { index });
      },
      failed: (error) => this.#fail(error),
    });
    this.#driver = drive(host, {
      name: "raft",
      core: this.#core,
      channel,
      persist: (records) => journal.persist(records),
      perform: (effect) => this.#perform(effect),
    });
    host.failed.addEventListener("abort", this.#onFailed, { once: true });
    if (host.failed.aborted) this.#onFailed();
  }

  #perform(effect: OwnEffect): void {
    switch (effect.type) {
      case "stored":
        return this.#core.stored(effect, this.#host.clock.now());
      case "fetch":
        return this.#fetch(effect);
      case "apply":
        return this.#applier.apply(effect.entries);
      case "read-ready":
        return this.#applier.whenApplied(effect.index, () => this.#readers.answer(effect.ticket));
      case "transfer":
        return this.#snapshots.send(effect.to, !this.#core.inspection.members.isWitness(effect.to));
      case "restore":
        return this.#restore();
      case "configuration":
        return this.#membersChanged(effect.configuration);
      case "outcome-unknown":
        return this.#proposer.unknown(effect.ids);
      case "handover-failed":
        return this.#handovers.failed(effect.to, effect.reason);
      case "role":
        if (effect.role === "candidate") this.#counters.elections++;
        if (effect.role !== "leader") {
          this.#snapshots.stopSending();
          this.#membership.leadershipLost();
        }
        if (effect.leader !== null) this.#handovers.led(this.#host.id, effect.leader, effect.term);
        return this.#events.emit("role", { role: effect.role, term: effect.term, leader: effect.leader });
    }
  }

  #membersChanged({ voters, outgoing, learners }: Configuration): void {
    for (const { id, address } of [...voters, ...outgoing, ...learners])
      if (id !== this.#host.id && address !== "") this.#connect(id, address);
    this.#events.emit("members", {
      voters: ids(voters),
      learners: ids(learners),
      isJoint: outgoing.length > 0,
    });
  }

  /** The members are committed whether this node can reach them or not. */
  #connect(id: NodeId, address: string): void {
    try {
      this.#host.transport.connect(id, address);
    } catch (error) {
      this.#events.emit("unreachable", { id, address, error: error as Error });
    }
  }

  /** Entries that are no longer in memory come back from the journal. */
  #fetch(effect: FetchEffect): void {
    this.#durable.journal.read(effect.from, effect.to, effect.bytesMax).then(
      (entries) => {
        this.#core.fetched(effect, entries, this.#host.clock.now());
        this.#driver.touch();
      },
      (error: Error) => this.#fail(error),
    );
  }

  readonly #onApplied = (entry: Entry, outcome?: Outcome<unknown>): void => {
    if (outcome === undefined) this.#membership.applied(entry);
    else if (entry.origin === this.#host.id) this.#proposer.answer(entry.id, outcome as Outcome<Result>);
  };

  readonly #onDone = (index: number): void => {
    this.#core.applied(index);
    this.#driver.touch();
    this.#policy.applied();
  };

  #restore(): void {
    const snapshot = this.#durable.snapshots.latest!;
    this.#counters.restored++;
    this.#applier
      .restore(snapshot.meta, () => snapshot.read(0))
      .then(
        (done) => done && this.#events.emit("restored", { index: snapshot.meta.index }),
        (error: Error) => this.#fail(error),
      );
  }

  async propose(command: Command, options: ProposeOptions = {}): Promise<Result> {
    const { once } = options;
    const encoded = this.#options.stateMachine.commands.encode(command);
    const logged: LoggedCommand = once
      ? { kind: "once", ...once, command: encoded }
      : { kind: "plain", command: encoded };
    const outcome = await this.#submit(encodeCommand(logged), options);
    if (outcome.type === "refused") throw outcome.error;
    if (outcome.type !== "result") throw new TypeError(`a command was answered by ${outcome.type}`);
    return outcome.result;
  }

  #submit(data: Uint8Array, options: ProposeOptions): Promise<Outcome<Result>> {
    this.#demandOpen();
    this.#demandState("take commands");
    const outcome = this.#proposer.submit(data, options);
    this.#driver.touch();
    return outcome;
  }

  #demandOpen(): void {
    if (this.#closed) throw new StoppedError(false, { cause: this.#host.failed.reason });
  }

  /** A witness has nothing to answer from. */
  #demandState(what: string): void {
    if (this.#options.witness === this.#host.id) throw new WitnessError(what, this.#core.inspection.leader);
  }

  async read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    this.#demandOpen();
    this.#demandState("read");
    await this.#readers.ready(options);
    this.#counters.reads++;
    return this.#replica.query(query);
  }

  async barrier(wait: Wait = {}): Promise<void> {
    this.#demandOpen();
    await this.#readers.barrier(wait);
  }

  async verifyLeader(wait: Wait = {}): Promise<void> {
    const { role, term } = this.#core.inspection;
    if (role === "leader") await this.barrier(wait);
    const now = this.#core.inspection;
    if (now.role !== "leader" || now.term !== term)
      throw new NotLeaderError("verify its leadership", now.leader);
  }

  changeMembers(wanted: MembersChange, wait: Wait = {}): Promise<void> {
    return this.#membership.become(wanted, wait);
  }

  leaveJoint(wait: Wait = {}): Promise<void> {
    return this.#membership.leave(wait);
  }

  addLearner(id: NodeId, address = "", wait: Wait = {}): Promise<void> {
    return this.#membership.addLearner(id, address, wait);
  }

  addWitness(id: NodeId, address = "", wait: Wait = {}): Promise<void> {
    return this.#membership.addWitness(id, address, wait);
  }

  promote(id: NodeId, wait: Wait = {}): Promise<void> {
    return this.#membership.promote(id, wait);
  }

  remove(id: NodeId, wait: Wait = {}): Promise<void> {
    return this.#membership.remove(id, wait);
  }

  replace(leaving: NodeId, joining: NodeId, address = "", wait: Wait = {}): Promise<void> {
    return this.#membership.replace(leaving, joining, address, wait);
  }

  async openSession(options: ProposeOptions = {}): Promise<Session<Command, Result>> {
    const outcome = await this.#submit(encodeCommand({ kind: "open" }), options);
    if (outcome.type !== "session") throw new TypeError(`opening a session was answered by ${outcome.type}`);
    return new Session(outcome.session, {
      propose: (command, proposeOptions) => this.propose(command, proposeOptions),
      close: async (id) => void (await this.#submit(encodeCommand({ kind: "close", session: id }), {})),
      now: () => this.#host.clock.now(),
      timeoutMs: this.#limits.timeoutMs,
    });
  }

  async transferLeadership(to?: NodeId, wait: Wait = {}): Promise<void> {
    this.#demandOpen();
    wait.signal?.throwIfAborted();
    const done = this.#handovers.begin(to, wait, wait.timeoutMs ?? this.#limits.timeoutMs);
    this.#driver.touch();
    await done;
  }

  forgetLeader(): void {
    this.#core.forgetLeader(this.#host.clock.now());
    this.#driver.touch();
  }

  campaign(): void {
    this.#core.campaign(this.#host.clock.now());
    this.#driver.touch();
  }

  status(): RaftStatus {
    const { id, role, term, leader, commitIndex, log, members } = this.#core.inspection;
    return {
      id,
      group: this.#options.group,
      role,
      term,
      leader,
      voters: members.voters,
      learners: members.learners,
      witness: members.witness,
      membersIndex: members.index,
      commitIndex,
      appliedIndex: this.#applier.position.index,
      lastIndex: log.lastIndex,
      snapshotIndex: this.#policy.index,
    };
  }

  metrics(): Readonly<Record<string, number>> {
    const { role, term, commitIndex, appliedIndex, lastIndex, snapshotIndex } = this.status();
    const { waiting, bytes, total } = this.#proposer.metrics;
    return {
      is_leader: role === "leader" ? 1 : 0,
      term,
      commit_index: commitIndex,
      applied_index: appliedIndex,
      last_index: lastIndex,
      snapshot_index: snapshotIndex,
      sessions: this.#replica.sessions,
      pending_proposals: waiting,
      pending_bytes: bytes,
      pending_reads: this.#readers.size,
      proposals_total: total,
      reads_total: this.#counters.reads,
      elections_total: this.#counters.elections,
      restored_total: this.#counters.restored,
    };
  }

  on<Name extends keyof RaftEvents>(name: Name, listener: (event: RaftEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  inspect(): Inspection {
    return this.#core.inspection;
  }

  /** The host hears of a peer's process again, or no longer. */
  peerChanged(id: NodeId, isAlive: boolean): void {
    this.#core.peerChanged(id, isAlive, this.#host.clock.now());
    this.#driver.touch();
  }

  #fail(error: Error): void {
    if (!this.#closed) this.#host.fail(error);
  }

  readonly #onFailed = (): void => {
    const stopped = (): Error => new StoppedError(true, { cause: this.#host.failed.reason });
    this.#closed = true;
    this.#policy.close();
    this.#proposer.refuseAll(stopped);
    this.#handovers.refuseAll(() => new StoppedError(false, { cause: this.#host.failed.reason }));
    this.#membership.refuseAll(() => new StoppedError(true, { cause: this.#host.failed.reason }));
    this.#readers.refuseAll(() => new StoppedError(false, { cause: this.#host.failed.reason }));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed && this.#host.failed.aborted) return this.#release();
    if (this.#closed) return;
    this.#onFailed();
    await this.#release();
  }

  async #release(): Promise<void> {
    this.#host.failed.removeEventListener("abort", this.#onFailed);
    this.#driver[Symbol.dispose]();
    await Promise.all([this.#applier.close(), this.#snapshots.close()]);
    await this.#durable.journal.close();
  }
}

function ids(members: readonly Member[]): NodeId[] {
  return members.map(({ id }) => id);
}
