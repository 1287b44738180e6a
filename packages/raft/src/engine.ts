import { type Channel, type Driver, drive, type Host, type NodeId } from "@coterie/host";
import type { Outcome, Replica } from "@coterie/state-machine";
import { Applier } from "./applier.ts";
import type { FetchEffect, OwnEffect } from "./core/effects.ts";
import { defaultCoreOptions } from "./core/options.ts";
import { RaftCore } from "./core/raft.ts";
import type { Durable } from "./durable.ts";
import { FirstMembersError, StoppedError } from "./errors.ts";
import { Events } from "./events.ts";
import type { Configuration, Entry, Member, Message } from "./gen/raft.ts";
import { Handovers } from "./handovers.ts";
import { Membership } from "./membership.ts";
import { given, type Limits, type RaftOptions } from "./options.ts";
import { Proposer } from "./proposer.ts";
import type { RaftEvents } from "./raft.ts";
import { Readers } from "./readers.ts";
import { SnapshotPolicy } from "./snapshot-policy.ts";
import { Snapshots } from "./snapshots.ts";

/** What runs of a member: the core on its driver, and everybody who carries out what it wants or waits for it. */
export class Engine<Command, Result, Query, Answer> {
  readonly core: RaftCore;
  readonly applier: Applier;
  readonly events: Events<RaftEvents> = new Events();
  readonly proposer: Proposer<Result>;
  readonly readers: Readers;
  readonly membership: Membership;
  readonly handovers: Handovers;
  readonly policy: SnapshotPolicy;
  readonly counters = { elections: 0, restored: 0 };
  readonly #host: Host;
  readonly #durable: Durable;
  readonly #replica: Pick<Replica<Command, Result, Query, Answer>, "close">;
  readonly #driver: Driver;
  readonly #snapshots: Snapshots;
  /** How long a member that is closed may take to hand over. */
  readonly #handoverMs: number;
  #isClosed = false;

  constructor(
    host: Host,
    options: RaftOptions<Command, Result, Query, Answer>,
    limits: Limits,
    replica: Replica<Command, Result, Query, Answer>,
    durable: Durable,
    channel: Channel<Message>,
  ) {
    const { group } = options;
    const { id, epoch, clock } = host;
    const { journal, snapshots: stored, recovered } = durable;
    this.#host = host;
    this.#durable = durable;
    this.#replica = replica;
    this.applier = new Applier(
      {
        clock,
        replica,
        applied: this.#onApplied,
        done: this.#onDone,
        failed: (error) => this.#fail(error),
      },
      recovered.applied,
    );
    const isWitness = options.witness === id;
    const coreOptions = { ...defaultCoreOptions, ...given(options), id, epoch, isWitness };
    this.core = new RaftCore(coreOptions, host.random.fork(`raft/${group}`), recovered, clock.now());
    this.#handoverMs = coreOptions.electionTimeoutMs;
    this.proposer = new Proposer(clock, this.core, limits);
    this.handovers = new Handovers(clock, this.core);
    this.readers = new Readers({
      clock,
      core: this.core,
      applier: this.applier,
      touch: () => this.touch(),
      pendingMax: limits.pendingMax,
      timeoutMs: limits.timeoutMs,
    });
    this.membership = new Membership({
      clock,
      core: this.core,
      touch: () => this.touch(),
      connect: (peer, address) => host.transport.connect(peer, address),
      heartbeatIntervalMs: coreOptions.heartbeatIntervalMs,
      timeoutMs: limits.timeoutMs,
    });
    this.#snapshots = new Snapshots(host, group, stored, {
      bytesPerSecond: limits.snapshotBytesPerSecond,
      transfersMax: limits.snapshotTransfersMax,
      base: () => this.core.inspection.log.base.index,
      latest: () => this.policy.latest,
      served: () => this.policy.release(),
      capture: replica.isOnDisk ? () => this.policy.capture() : undefined,
      term: () => this.core.inspection.term,
      commitIndex: () => this.core.inspection.commitIndex,
      install: (from, meta) => {
        this.core.install(from, meta, clock.now());
        this.touch();
      },
      transferred: (to, index) => {
        this.core.transferred(to, index, clock.now());
        this.touch();
      },
    });
    this.policy = new SnapshotPolicy({
      host,
      journal,
      core: this.core,
      applier: this.applier,
      replica,
      store: stored,
      snapshots: this.#snapshots,
      limits,
      taken: (index) => {
        this.touch();
        this.events.emit("snapshot", { index });
      },
      failed: (error) => this.#fail(error),
    });
    this.#driver = drive(host, {
      name: "raft",
      core: this.core,
      channel,
      persist: (records) => journal.persist(records),
      perform: (effect) => this.#perform(effect),
    });
    host.failed.addEventListener("abort", this.#stop, { once: true });
    if (host.failed.aborted) this.#stop();
  }

  /** The core was fed directly: what it wants now is carried out at the end of this turn. */
  touch(): void {
    this.#driver.touch();
  }

  #perform(effect: OwnEffect): void {
    switch (effect.type) {
      case "stored":
        return this.core.stored(effect, this.#host.clock.now());
      case "fetch":
        return this.#fetch(effect);
      case "apply":
        return this.applier.apply(effect.entries);
      case "read-ready":
        return this.applier.whenApplied(effect.index, () => this.readers.answer(effect.ticket));
      case "transfer":
        return this.#snapshots.send(effect.to, !this.core.inspection.members.isWitness(effect.to));
      case "restore":
        return this.#restore();
      case "configuration":
        return this.#membersChanged(effect.configuration);
      case "outcome-unknown":
        return this.proposer.unknown(effect.ids);
      case "handover-failed":
        return this.handovers.failed(effect.to, effect.reason);
      case "disagreement":
        return this.#disagree(effect);
      case "role":
        return this.#roleChanged(effect);
    }
  }

  #roleChanged({ role, term, leader }: Extract<OwnEffect, { type: "role" }>): void {
    if (role === "candidate") this.counters.elections++;
    if (role !== "leader") {
      this.#snapshots.stopSending();
      this.membership.leadershipLost();
    }
    if (leader !== null) this.handovers.led(this.#host.id, leader, term);
    this.events.emit("role", { role, term, leader });
  }

  #disagree({ with: member, here, there, stops }: Extract<OwnEffect, { type: "disagreement" }>): void {
    this.events.emit("disagreement", { member, here, there, stops });
    if (stops) this.#fail(new FirstMembersError(member, here, there));
  }

  #membersChanged({ voters, outgoing, learners }: Configuration): void {
    for (const { id, address } of [...voters, ...outgoing, ...learners])
      if (id !== this.#host.id && address !== "") this.#connect(id, address);
    this.events.emit("members", {
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
      this.events.emit("unreachable", { id, address, error: error as Error });
    }
  }

  /** Entries that are no longer in memory come back from the journal. */
  #fetch(effect: FetchEffect): void {
    this.#durable.journal.read(effect.from, effect.to, effect.bytesMax).then(
      (entries) => {
        this.core.fetched(effect, entries, this.#host.clock.now());
        this.touch();
      },
      (error: Error) => this.#fail(error),
    );
  }

  #restore(): void {
    const snapshot = this.#durable.snapshots.latest!;
    this.counters.restored++;
    this.applier
      .restore(snapshot.meta, () => snapshot.read(0))
      .then(
        (done) => {
          if (!done) return;
          this.policy.release();
          this.events.emit("restored", { index: snapshot.meta.index });
        },
        (error: Error) => this.#fail(error),
      );
  }

  readonly #onApplied = (entry: Entry, outcome?: Outcome<unknown>): void => {
    if (outcome === undefined) this.membership.applied(entry);
    else if (entry.origin === this.#host.id) this.proposer.answer(entry.id, outcome as Outcome<Result>);
  };

  readonly #onDone = (index: number): void => {
    this.core.applied(index);
    this.touch();
    this.policy.applied();
  };

  #fail(error: Error): void {
    if (!this.#isClosed) this.#host.fail(error);
  }

  /** Throws `StoppedError`. */
  demandOpen(): void {
    if (this.#isClosed) throw this.#stopped(false);
  }

  #stopped(mayCommit: boolean): Error {
    return new StoppedError(mayCommit, { cause: this.#host.failed.reason });
  }

  readonly #stop = (): void => {
    this.#isClosed = true;
    void this.policy.close();
    this.proposer.refuseAll(() => this.#stopped(true));
    this.handovers.refuseAll(() => this.#stopped(false));
    this.membership.refuseAll(() => this.#stopped(true));
    this.readers.refuseAll(() => this.#stopped(false));
  };

  /**
   * A leader that leaves in good order is not missed, and takes nothing along: what it has acknowledged together with a
   * witness is nowhere else until it has told its successor.
   */
  async #handOver(): Promise<void> {
    if (this.core.inspection.role !== "leader") return;
    try {
      const led = this.handovers.begin(undefined, {}, this.#handoverMs);
      this.touch();
      await led;
    } catch {
      // Where nobody can take over, the group does what it does when its leader dies.
    }
  }

  /** Once is enough, but after a failure of the host there is still something to give back. */
  async close(): Promise<void> {
    if (this.#isClosed && !this.#host.failed.aborted) return;
    if (!this.#isClosed) {
      this.#stop();
      await this.#handOver();
    }
    this.#host.failed.removeEventListener("abort", this.#stop);
    this.#driver[Symbol.dispose]();
    await Promise.all([this.policy.close(), this.applier.close(), this.#snapshots.close()]);
    await this.#replica.close();
    await this.#durable.journal.close();
  }
}

function ids(members: readonly Member[]): NodeId[] {
  return members.map(({ id }) => id);
}
