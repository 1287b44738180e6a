import type { Host, NodeId, Random } from "@coterie/host";
import { type Invariant, type RegisterCall, registers, type Suite } from "@coterie/simulation";
import { createRaftGroups, type Raft, type RaftGroups } from "../src/index.ts";
import { raftInvariants } from "./invariants.ts";
import { type Command, Registers } from "./registers.ts";
import type { Inspectable } from "./watch.ts";

type Member = Raft<Command, boolean, string, number | null>;

/** A group's member is closed and opened again, without a restart of the process. */
interface ReopenCall {
  readonly op: "reopen";
  readonly group: string;
}

export type Call = RegisterCall | ReopenCall;

/** One register in each, and one group that nobody ever asks anything. */
const names = ["k1", "k2", "k3", "idle"];

/** One call in so many closes a group and opens it again. */
const reopenEvery = 20;

/** Several groups on one host. */
export class Node {
  readonly groups: RaftGroups;
  readonly members: Map<string, Member> = new Map();
  /** Those that are being closed as well: they hand over, and vote until then. */
  readonly seen: Map<string, Member> = new Map();
  readonly #voters: readonly NodeId[];

  constructor(groups: RaftGroups, voters: readonly NodeId[]) {
    this.groups = groups;
    this.#voters = voters;
  }

  static async start(host: Host, voters: readonly NodeId[]): Promise<Node> {
    const groups = await createRaftGroups(host, {
      electionTimeoutMs: 500,
      heartbeatIntervalMs: 50,
      quiesceAfterMs: 150,
      // Small, so that groups are moved out of the way of others all the while.
      commandBytesMax: 1_024,
      journalSegmentBytes: 16_384,
      journalBytesMax: 30_000,
    });
    const node = new Node(groups, voters);
    // The node is known before its groups are open: what the first of them does meanwhile must be seen, too.
    for (const group of names) node.open(group).catch((error: Error) => host.fail(error));
    return node;
  }

  async open(group: string): Promise<void> {
    const member = await this.groups.open<Command, boolean, string, number | null>(group, {
      voters: this.#voters,
      stateMachine: new Registers(),
      snapshotEntries: 40,
      trailingEntries: 10,
      messageBytesMax: 1_000,
      inFlightMessagesMax: 4,
    });
    this.members.set(group, member);
    this.seen.set(group, member);
  }

  /** Nothing while it is being done already. */
  async reopen(group: string): Promise<void> {
    if (!this.members.delete(group)) return;
    await this.groups.close(group);
    this.seen.delete(group);
    await this.open(group);
  }

  member(group: string): Member {
    const member = this.members.get(group);
    if (member === undefined) throw new Closed();
    return member;
  }
}

class Closed extends Error {
  readonly mayCommit = false;
}

/** Whose processes a node's host holds for gone. */
function lostBy({ groups }: Node): NodeId[] {
  return groups.status().peers.flatMap(({ id, isAlive }) => (isAlive ? [] : [id]));
}

/** Nobody is quiet who might be needed: what a group's rest is allowed to rest on. */
function rightlyQuiet(node: Node, id: NodeId): string | undefined {
  for (const [group, member] of node.members) {
    const { isQuiet, role, leader, members, log, matchIndex } = member.inspect();
    if (!isQuiet) continue;
    const lost = lostBy(node);
    if (leader !== null && lost.includes(leader))
      return `${id} rests in ${group} for ${leader}, which is gone`;
    const behind = members.all.find(
      (peer) => peer !== id && !lost.includes(peer) && matchIndex(peer) < log.lastIndex,
    );
    if (role === "leader" && behind !== undefined)
      return `${id} rests as leader of ${group} though ${behind} lacks entries`;
  }
  return undefined;
}

/** What holds for one group holds for each. */
function groupInvariants(): readonly Invariant<Node>[] {
  return [{ name: "rest: nobody is quiet who may be needed", check: rightlyQuiet }, ...eachGroup()];
}

function eachGroup(): readonly Invariant<Node>[] {
  return names.flatMap((group) =>
    raftInvariants().map(({ name, check }: Invariant<Inspectable>) => ({
      name: `${group}: ${name}`,
      check(node: Node, id: NodeId) {
        const member = node.seen.get(group);
        return member && check(member, id);
      },
    })),
  );
}

const calls = registers<Node>({
  get: (node, key, wait) => node.member(key).read(key, wait),
  put: (node, key, value, wait) => node.member(key).propose(padded({ key, value }), wait),
  cas: (node, key, from, value, wait) => node.member(key).propose(padded({ key, value, from }), wait),
  hadNoEffect: (error) => (error as { mayCommit?: boolean }).mayCommit === false,
});

/** Makes the journal grow. */
function padded(command: Command): Command {
  return { ...command, padding: "-".repeat(600) } as Command;
}

/** Groups that share a host, go quiet, wake up, and get out of each other's way in the journal, under everything. */
export const suite: Suite<Node, Call> = {
  name: "raft-groups",
  nodes: [3, 5],
  node: Node.start,
  // A group may be led by a node that is not healed: a follower that lacks much gets four entries for each round trip of
  // that node's links, which may take seven seconds.
  livenessMs: 120_000,
  invariants: groupInvariants,
  workload: {
    ...calls,
    draw: (random, about) =>
      random.between(1, reopenEvery) === 1 ? reopen(random) : calls.draw(random, about),
    perform: (node, call, wait) =>
      call.op === "reopen" ? node.reopen(call.group) : calls.perform(node, call, wait),
    judge: (history) => calls.judge?.(history.filter(({ input }) => input.op !== "reopen") as never),
  },
  converged: (nodes) =>
    names.every((group) => agree(nodes, group)) &&
    nodes.every(areLed) &&
    nodes.every((node) => rests(node, nodes)),
};

function reopen(random: Random): ReopenCall {
  return { op: "reopen", group: names[random.between(0, names.length - 1)]! };
}

function agree(nodes: readonly Node[], group: string): boolean {
  const applied = nodes.map(({ members }) => members.get(group)?.status().appliedIndex);
  return applied[0] !== undefined && applied[0] > 0 && new Set(applied).size === 1;
}

/** Nobody follows a leader whose process is gone. */
function areLed(node: Node): boolean {
  const lost = lostBy(node);
  return [...node.members.values()].every((member) => {
    const { leader } = member.status();
    return leader !== null && !lost.includes(leader);
  });
}

/** All groups are quiet, unless somebody is alive who is not healed: whoever lags behind keeps them awake. */
function rests({ groups }: Node, healed: readonly Node[]): boolean {
  const ids = healed.flatMap(({ members }) => [...members.values()].map((member) => member.status().id));
  const { open, quiet, peers } = groups.status();
  if (peers.some(({ id, isAlive }) => isAlive && !ids.includes(id))) return true;
  return open === names.length && quiet === open;
}
