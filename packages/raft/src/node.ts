import type { Channel, Host, NodeId, Wait } from "@coterie/host";
import { encodeCommand, type LoggedCommand, type Outcome, type Replica } from "@coterie/state-machine";
import { checkOnce } from "./arguments.ts";
import { majority } from "./core/quorum.ts";
import type { Inspection } from "./core/raft.ts";
import type { Durable } from "./durable.ts";
import { Engine } from "./engine.ts";
import { NotLeaderError, WitnessError } from "./errors.ts";
import type { Message } from "./gen/raft.ts";
import type { Limits, MembersChange, ProposeOptions, RaftOptions, ReadOptions } from "./options.ts";
import type { Raft, RaftEvents, RaftStatus } from "./raft.ts";
import { Session } from "./session.ts";

/** One member, whatever its host shares with others: the async face of what runs. */
export class RaftNode<Command, Result, Query, Answer> implements Raft<Command, Result, Query, Answer> {
  readonly #host: Host;
  readonly #options: RaftOptions<Command, Result, Query, Answer>;
  readonly #limits: Limits;
  readonly #replica: Replica<Command, Result, Query, Answer>;
  readonly #engine: Engine<Command, Result, Query, Answer>;
  #reads = 0;

  constructor(
    host: Host,
    options: RaftOptions<Command, Result, Query, Answer>,
    limits: Limits,
    replica: Replica<Command, Result, Query, Answer>,
    durable: Durable,
    channel: Channel<Message>,
  ) {
    this.#host = host;
    this.#options = options;
    this.#limits = limits;
    this.#replica = replica;
    this.#engine = new Engine(host, options, limits, replica, durable, channel);
  }

  async propose(command: Command, options: ProposeOptions = {}): Promise<Result> {
    return this.#propose(this.#options.stateMachine.commands.encode(command), options);
  }

  async #propose(command: Uint8Array, options: ProposeOptions): Promise<Result> {
    const { once } = options;
    if (once) checkOnce(once);
    const logged: LoggedCommand = once ? { kind: "once", ...once, command } : { kind: "plain", command };
    const outcome = await this.#submit(encodeCommand(logged), options);
    if (outcome.type === "refused") throw outcome.error;
    if (outcome.type !== "result") throw new TypeError(`a command was answered by ${outcome.type}`);
    return outcome.result;
  }

  #submit(data: Uint8Array, options: ProposeOptions): Promise<Outcome<Result>> {
    this.#engine.demandOpen();
    this.#demandState("take commands");
    const outcome = this.#engine.proposer.submit(data, options);
    this.#engine.touch();
    return outcome;
  }

  /** A witness has nothing to answer from. */
  #demandState(what: string): void {
    if (this.#options.witness === this.#host.id)
      throw new WitnessError(what, this.#engine.core.inspection.leader);
  }

  async read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    this.#engine.demandOpen();
    this.#demandState("read");
    await this.#engine.readers.ready(options);
    this.#reads++;
    return this.#replica.query(query);
  }

  async barrier(wait: Wait = {}): Promise<void> {
    this.#engine.demandOpen();
    await this.#engine.readers.barrier(wait);
  }

  async verifyLeader(wait: Wait = {}): Promise<void> {
    const { role, term } = this.#engine.core.inspection;
    if (role === "leader") await this.barrier(wait);
    const now = this.#engine.core.inspection;
    if (now.role !== "leader" || now.term !== term)
      throw new NotLeaderError("verify its leadership", now.leader);
  }

  changeMembers(wanted: MembersChange, wait: Wait = {}): Promise<void> {
    return this.#engine.membership.become(wanted, wait);
  }

  leaveJoint(wait: Wait = {}): Promise<void> {
    return this.#engine.membership.leave(wait);
  }

  addLearner(id: NodeId, address = "", wait: Wait = {}): Promise<void> {
    return this.#engine.membership.addLearner(id, address, wait);
  }

  addWitness(id: NodeId, address = "", wait: Wait = {}): Promise<void> {
    return this.#engine.membership.addWitness(id, address, wait);
  }

  promote(id: NodeId, wait: Wait = {}): Promise<void> {
    return this.#engine.membership.promote(id, wait);
  }

  remove(id: NodeId, wait: Wait = {}): Promise<void> {
    return this.#engine.membership.remove(id, wait);
  }

  replace(leaving: NodeId, joining: NodeId, address = "", wait: Wait = {}): Promise<void> {
    return this.#engine.membership.replace(leaving, joining, address, wait);
  }

  async openSession(options: ProposeOptions = {}): Promise<Session<Command, Result>> {
    const outcome = await this.#submit(encodeCommand({ kind: "open" }), options);
    if (outcome.type !== "session") throw new TypeError(`opening a session was answered by ${outcome.type}`);
    return new Session(outcome.session, {
      encode: (command) => this.#options.stateMachine.commands.encode(command),
      propose: (command, proposeOptions) => this.#propose(command, proposeOptions),
      close: async (id) => void (await this.#submit(encodeCommand({ kind: "close", session: id }), {})),
      now: () => this.#host.clock.now(),
      timeoutMs: this.#limits.timeoutMs,
    });
  }

  async transferLeadership(to?: NodeId, wait: Wait = {}): Promise<void> {
    this.#engine.demandOpen();
    wait.signal?.throwIfAborted();
    const done = this.#engine.handovers.begin(to, wait, wait.timeoutMs ?? this.#limits.timeoutMs);
    this.#engine.touch();
    await done;
  }

  forgetLeader(): void {
    this.#engine.core.forgetLeader(this.#host.clock.now());
    this.#engine.touch();
  }

  campaign(): void {
    this.#engine.core.campaign(this.#host.clock.now());
    this.#engine.touch();
  }

  status(): RaftStatus {
    const { id, role, term, leader, commitIndex, log, members } = this.#engine.core.inspection;
    return {
      id,
      group: this.#options.group,
      role,
      term,
      leader,
      voters: members.voters,
      learners: members.learners,
      witness: members.witness,
      commitQuorum: members.commitQuorum ?? majority(members.voters.length),
      membersIndex: members.index,
      commitIndex,
      appliedIndex: this.#engine.applier.position.index,
      lastIndex: log.lastIndex,
      snapshotIndex: this.#engine.policy.index,
    };
  }

  metrics(): Readonly<Record<string, number>> {
    const { role, term, commitIndex, appliedIndex, lastIndex, snapshotIndex } = this.status();
    const { waiting, bytes, total } = this.#engine.proposer.metrics;
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
      pending_reads: this.#engine.readers.size,
      proposals_total: total,
      reads_total: this.#reads,
      elections_total: this.#engine.counters.elections,
      restored_total: this.#engine.counters.restored,
    };
  }

  on<Name extends keyof RaftEvents>(name: Name, listener: (event: RaftEvents[Name]) => void): () => void {
    return this.#engine.events.on(name, listener);
  }

  inspect(): Inspection {
    return this.#engine.core.inspection;
  }

  /** The host hears of a peer's process again, or no longer. */
  peerChanged(id: NodeId, isAlive: boolean): void {
    this.#engine.core.peerChanged(id, isAlive, this.#host.clock.now());
    this.#engine.touch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close();
  }
}
