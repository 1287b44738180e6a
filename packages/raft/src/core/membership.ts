import type { NodeId } from "@coterie/host";
import { Configuration, type Entry, EntryKind, type Member } from "../gen/raft.ts";
import { becomeFollower } from "./election.ts";
import { askToCampaign, successor } from "./handover.ts";
import { Progress } from "./progress.ts";
import type { Quorum } from "./quorum.ts";
import { appendOwn } from "./replication.ts";
import type { State } from "./state.ts";

/** A configuration and where in the log it stands, with its ids at hand. */
export class Members implements Quorum {
  readonly index: number;
  readonly configuration: Configuration;
  readonly voters: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly commitQuorum: number | undefined;
  readonly outgoingCommitQuorum: number | undefined;
  /** Everyone who receives the log. */
  readonly all: readonly NodeId[];
  readonly #witnesses: ReadonlySet<NodeId>;
  /** Of voters that may lead; who is not in it has none, which is 0. */
  readonly #priorities: ReadonlyMap<NodeId, number>;
  /** The priorities that there are, highest first. */
  readonly #ranks: readonly number[];

  constructor(index: number, configuration: Configuration) {
    const ids = (members: readonly Member[]): NodeId[] => members.map(({ id }) => id);
    this.index = index;
    this.configuration = configuration;
    this.voters = ids(configuration.voters);
    this.outgoing = ids(configuration.outgoing);
    this.learners = ids(configuration.learners);
    this.commitQuorum = configuration.commitQuorum;
    this.outgoingCommitQuorum = configuration.outgoingCommitQuorum;
    this.all = [...new Set([...this.voters, ...this.outgoing, ...this.learners])];
    const voting = [...configuration.outgoing, ...configuration.voters];
    this.#witnesses = new Set(ids(voting.filter(({ witness }) => witness)));
    const leading = voting.filter(({ witness }) => !witness);
    this.#priorities = new Map(leading.map(({ id, priority }) => [id, priority ?? 0]));
    this.#ranks = [...new Set(this.#priorities.values())].sort((a, b) => b - a);
  }

  get isJoint(): boolean {
    return this.outgoing.length > 0;
  }

  isVoter(id: NodeId): boolean {
    return this.voters.includes(id) || this.outgoing.includes(id);
  }

  /** Who votes without holding commands, if anybody does. */
  get witness(): NodeId | null {
    return this.voters.find((id) => this.isWitness(id)) ?? null;
  }

  isWitness(id: NodeId): boolean {
    return this.#witnesses.has(id);
  }

  /** Whoever has a higher one should lead rather. */
  priority(id: NodeId): number {
    return this.#priorities.get(id) ?? 0;
  }

  /** How many priorities there are above a member's own. */
  prioritiesAbove(id: NodeId): number {
    const rank = this.#ranks.indexOf(this.priority(id));
    return rank < 0 ? this.#ranks.length : rank;
  }
}

/**
 * The configurations that matter: the latest that is applied, and those behind it in the log. The last one holds (§6:
 * "a server always uses the latest configuration in its log, regardless of whether the entry is committed").
 */
export class MembersHistory {
  #history: Members[];

  constructor(base: Members) {
    this.#history = [base];
  }

  get current(): Members {
    return this.#history.at(-1)!;
  }

  /** The configuration that held when everything up to `index` was applied. */
  at(index: number): Members {
    return this.#history.findLast((members) => members.index <= index) ?? this.#history[0]!;
  }

  add(members: Members): void {
    this.#history.push(members);
  }

  /** The log was cut before `index`. Answers whether another configuration holds now. */
  truncate(index: number): boolean {
    const { current } = this;
    while (this.#history.length > 1 && this.current.index >= index) this.#history.pop();
    return this.current !== current;
  }

  /** Everything up to `index` is applied: older configurations are of no use. */
  forgetBefore(index: number): void {
    while (this.#history.length > 1 && this.#history[1]!.index <= index) this.#history.shift();
  }

  reset(base: Members): void {
    this.#history = [base];
  }
}

/** A configuration entry is in the log: it holds from now on. */
export function adopt(s: State, entry: Entry): void {
  if (entry.kind !== EntryKind.CONFIGURATION) return;
  s.history.add(new Members(entry.index, Configuration.decode(entry.data)));
  membersChanged(s);
}

/** Tells the node, and lets a leader's view of its followers agree with the members. */
export function membersChanged(s: State): void {
  const { configuration, all } = s.members;
  s.ask({ type: "configuration", configuration });
  if (s.role !== "leader") return;
  for (const id of s.progress.keys()) if (!all.includes(id)) s.progress.delete(id);
  for (const id of all) {
    if (id !== s.id && !s.progress.has(id)) s.progress.set(id, new Progress(id, s.log.lastIndex + 1, s.now));
  }
}

/** Why a change was refused. */
export type ChangeRefusal =
  | "not-leader"
  | "in-progress"
  | "no-such-configuration"
  | "witnesses"
  | "quorum"
  | "other-kind"
  | "changed"
  | "unchanged";

/** What a group should become. Whoever was a voter and is in neither list is removed. */
export interface WantedMembers {
  readonly voters: readonly Member[];
  readonly learners: readonly Member[];
  /** How many voters make an entry committed; 0: a majority. As it is, when not given. */
  readonly commitQuorum?: number | undefined;
  /** The index of the configuration that the caller has seen: another one is not changed. */
  readonly expect?: number | undefined;
  /** The change goes through a joint configuration, which holds until `leaveJoint`. */
  readonly explicitLeave?: boolean | undefined;
}

/**
 * Begins a change. One voter more or less is one entry (thesis §4.1); anything else goes through a joint configuration
 * (§6), which the leader leaves by itself once it is committed. Answers where the change stands in the log.
 */
export function changeMembers(s: State, wanted: WantedMembers): number | ChangeRefusal {
  if (s.role !== "leader") return "not-leader";
  // Before an entry of its own term is committed, a leader may not know of the change that is under way.
  if (s.members.isJoint || s.members.index > s.commit || s.commit < s.termStart) return "in-progress";
  if (wanted.expect !== undefined && wanted.expect !== s.members.index) return "changed";
  const named = [...wanted.voters, ...wanted.learners].map(({ id }) => id);
  const each = new Set(named).size === named.length && !named.includes("");
  if (wanted.voters.length === 0 || !each) return "no-such-configuration";
  const { commitQuorum = s.members.commitQuorum ?? 0 } = wanted;
  const refusal = refuseWitnesses(s.members, wanted) ?? refuseQuorum(wanted.voters, commitQuorum);
  if (refusal) return refusal;
  const { configuration } = s.members;
  const target: Configuration = {
    voters: sorted(wanted.voters),
    outgoing: [],
    learners: sorted(wanted.learners),
    ...(commitQuorum > 0 ? { commitQuorum } : {}),
    firstMembers: configuration.firstMembers,
  };
  if (same(configuration, target)) return "unchanged";
  const { explicitLeave = false } = wanted;
  if (!explicitLeave && isOneStep(s.members, target)) return append(s, target);
  const { voters: outgoing, commitQuorum: outgoingCommitQuorum } = configuration;
  return append(s, {
    ...target,
    outgoing,
    ...(outgoingCommitQuorum ? { outgoingCommitQuorum } : {}),
    ...(explicitLeave ? { explicitLeave } : {}),
  });
}

/**
 * Whether any quorum before the change meets any after it, so that it needs no joint configuration: majorities of sets
 * that differ by one voter do (thesis §4.1), other quorums need not.
 */
function isOneStep(before: Members, { voters, commitQuorum }: Configuration): boolean {
  const difference = differenceOf(before.voters, voters);
  const majorities = before.commitQuorum === undefined && commitQuorum === undefined;
  return difference === 0 ? before.commitQuorum === commitQuorum : difference === 1 && majorities;
}

/** Leaves a joint configuration that is committed and holds until this is asked for. */
export function leaveJoint(s: State): number | ChangeRefusal {
  if (s.role !== "leader") return "not-leader";
  if (!s.members.isJoint) return "unchanged";
  return s.members.index > s.commit || s.commit < s.termStart ? "in-progress" : leave(s);
}

function leave(s: State): number {
  const { voters, learners, commitQuorum, firstMembers } = s.members.configuration;
  return append(s, {
    voters,
    outgoing: [],
    learners,
    ...(commitQuorum ? { commitQuorum } : {}),
    firstMembers,
  });
}

/**
 * One witness at most, beside somebody who can lead. Two could leave an entry that a majority holds with nobody who knows
 * its content but one. And nobody changes kind: the log of a witness lacks what a full member must have.
 */
function refuseWitnesses(members: Members, { voters, learners }: WantedMembers): ChangeRefusal | undefined {
  const witnesses = voters.filter(({ witness }) => witness);
  if (witnesses.length > 1 || witnesses.length === voters.length || learners.some(({ witness }) => witness))
    return "witnesses";
  const turned = [...voters, ...learners].some(
    ({ id, witness = false }) => members.all.includes(id) && members.isWitness(id) !== witness,
  );
  return turned ? "other-kind" : undefined;
}

/** A witness knows where the log stands and nothing else: who counts on it counts on a majority around it. */
function refuseQuorum(voters: readonly Member[], commitQuorum: number): ChangeRefusal | undefined {
  if (commitQuorum === 0) return undefined;
  return commitQuorum > voters.length || voters.some(({ witness }) => witness) ? "quorum" : undefined;
}

function append(s: State, configuration: Configuration): number {
  appendOwn(s, EntryKind.CONFIGURATION, "", 0, Configuration.encode(configuration).finish());
  adopt(s, s.log.entry(s.log.lastIndex)!);
  return s.log.lastIndex;
}

/** Something was committed. A joint configuration is left, and a leader that is no voter any more hands over. */
export function afterCommit(s: State): void {
  if (s.role !== "leader" || s.members.index > s.commit) return;
  if (s.members.isJoint) {
    if (!s.members.configuration.explicitLeave) leave(s);
  } else if (!s.members.isVoter(s.id)) {
    const next = successor(s, undefined);
    if (next !== null) askToCampaign(s, next);
    becomeFollower(s, s.term, null);
  }
}

function sorted(members: readonly Member[]): Member[] {
  return members.map(plain).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What is the default is not written down. */
function plain({ id, address, priority = 0, witness = false }: Member): Member {
  return { id, address, ...(priority > 0 ? { priority } : {}), ...(witness ? { witness } : {}) };
}

function same(one: Configuration, other: Configuration): boolean {
  const bytes = (configuration: Configuration): string => Configuration.encode(configuration).finish().join();
  return bytes(one) === bytes(other);
}

/** How many voters are in one set and not in the other. */
function differenceOf(before: readonly NodeId[], after: readonly Member[]): number {
  const added = after.filter(({ id }) => !before.includes(id)).length;
  const removed = before.filter((id) => !after.some((member) => member.id === id)).length;
  return Math.max(added + removed, 0);
}
