import type { NodeId } from "@coterie/host";
import type {
  Children,
  Digest,
  Entry,
  Leaf,
  Standing as StandingRecord,
  SyncAnswer,
  SyncRequest,
} from "../gen/replica.ts";
import { compareEntries, compareTimes, entryBytes, type Time } from "./entry.ts";
import { fanout } from "./merkle.ts";
import type { Replica } from "./replica.ts";

export interface SessionLimits {
  /** A request takes entries until it has this many bytes, and one at least. */
  readonly messageBytesMax: number;
}

/** Digests a request asks about: the answer to each may be sixteen more. */
const digestsMax = 64;
const wantsMax = 256;

/** What the first answer showed, and what must stay so for the rest of the session to mean anything. */
interface Terms {
  readonly peer: StandingRecord;
  /** This node has not seen all that the peer has forgotten: it yields, where it pulls. */
  readonly behind: boolean;
}

/**
 * The side of an exchange that began it: walks down the trees of digests from the root where they differ, compares the
 * versions in each leaf that differs, and moves values alone. The other side keeps no state. One request is under way
 * at a time; each is bounded in bytes, and a lost one ends the session.
 */
export class Session {
  readonly peer: NodeId;
  readonly number: number;
  readonly #replica: Replica;
  readonly #limits: SessionLimits;
  readonly #push: boolean;
  readonly #pull: boolean;
  /** This node's revision, and what it had forgotten, when the session began. */
  readonly #revision: number;
  readonly #forgotten: number;
  /** Nodes of the tree that are still to be compared, deepest last. */
  #frontier: number[] = [0];
  readonly #wants: string[] = [];
  readonly #gives: string[] = [];
  /** Entries in the last request. */
  #gave = 0;
  #step = 0;
  #terms: Terms | undefined;
  /** Whether the peer, when it sent its last answer, had seen all that this node has forgotten until now. */
  #peerTrusted = false;
  /** Something that the peer has could not be taken; or the other way round. */
  #unable = false;
  #peerUnable = false;

  constructor(
    parts: { peer: NodeId; number: number; replica: Replica; push: boolean; pull: boolean },
    limits: SessionLimits,
  ) {
    this.peer = parts.peer;
    this.number = parts.number;
    this.#replica = parts.replica;
    this.#push = parts.push;
    this.#pull = parts.pull;
    this.#limits = limits;
    this.#revision = parts.replica.standing.revision;
    this.#forgotten = parts.replica.standing.forgotten;
    parts.replica.noteTaken();
  }

  request(now: number): SyncRequest {
    const { tree } = this.#replica;
    const compare = this.#frontier
      .slice(-digestsMax)
      .map((node): Digest => ({ node, high: tree.high(node), low: tree.low(node) }));
    const give = this.#takeGives(now);
    this.#gave = give.length;
    return { ...this.#blank(), compare, give, want: this.#wants.slice(0, wantsMax) };
  }

  /** Tells the peer that it has everything now; `undefined` when it need not know, or has not. */
  farewell(): SyncRequest | undefined {
    const { standing } = this.#replica;
    const terms = this.#terms!;
    if (!this.#push || this.#peerUnable || !this.#peerTrusted) return undefined;
    if (standing.forgotten !== this.#forgotten) return undefined;
    if (terms.peer.heardStore === standing.store && terms.peer.heardRevision >= this.#revision)
      return undefined;
    return { ...this.#blank(), done: this.#revision, doneTo: terms.peer.revision };
  }

  /** `again`: ask on. `done`: nothing is left. `off`: the answer is not for this session, or it can no longer end well. */
  answer(answer: SyncAnswer, now: number): "again" | "done" | "off" | "stale" {
    if (answer.session !== this.number || answer.step !== this.#step || !answer.standing) return "stale";
    if (!this.#agree(answer.standing)) return "off";
    this.#peerTrusted = this.#replica.standing.trusts(answer.standing);
    this.#step++;
    // A peer whose tree is another one, or that does not mean it, must not be asked the same for ever.
    if (!this.#settle(answer, now)) return "off";
    if (this.#frontier.length + this.#wants.length + this.#gives.length > 0) return "again";
    this.#conclude();
    return "done";
  }

  /** The peer must have forgotten no more than when the terms were made. */
  #agree(peer: StandingRecord): boolean {
    const { standing } = this.#replica;
    if (this.#terms !== undefined)
      return this.#terms.peer.store === peer.store && this.#terms.peer.forgotten === peer.forgotten;
    this.#terms = {
      peer,
      behind: !standing.isTrustedBy(this.peer, peer),
    };
    return true;
  }

  /** Answers whether it brought the exchange any further. */
  #settle(answer: SyncAnswer, now: number): boolean {
    const asked = new Set(this.#frontier.slice(-digestsMax));
    const settled = new Set<number>();
    for (const entry of answer.entries)
      if (this.#replica.merge(entry, this.#peerTrusted, now, false) === "unable") this.#unable = true;
    if (answer.unable) this.#peerUnable = true;
    const served = this.#wants.splice(0, Math.min(answer.wantsServed, wantsMax)).length;
    for (const node of answer.same) if (asked.has(node)) settled.add(node);
    const deeper: number[] = [];
    for (const children of answer.children)
      if (asked.has(children.node) && children.digests.length === 2 * fanout) {
        settled.add(children.node);
        this.#descend(children, deeper);
      }
    for (const leaf of answer.leaves)
      if (asked.has(leaf.node)) {
        settled.add(leaf.node);
        this.#compareLeaf(leaf, now);
      }
    this.#frontier = [...this.#frontier.filter((node) => !settled.has(node)), ...deeper];
    return settled.size + served + this.#gave > 0;
  }

  #descend({ node, digests }: Children, deeper: number[]): void {
    const { tree } = this.#replica;
    if (tree.isLeaf(node)) return;
    const first = tree.firstChild(node);
    for (let i = 0; i < fanout; i++)
      if (!tree.equals(first + i, digests[2 * i]!, digests[2 * i + 1]!)) deeper.push(first + i);
  }

  #compareLeaf({ node, versions }: Leaf, now: number): void {
    const replica = this.#replica;
    const there = new Set<string>();
    for (const version of versions) {
      there.add(version.key);
      if (version.deleted && this.#wouldBeRefused(version.key)) this.#giveUp(version.key);
      const verdict = replica.judge(version, this.#peerTrusted, now);
      if (verdict === "wanted" && this.#pull) this.#wants.push(version.key);
      if (verdict === "older" && this.#push) this.#gives.push(version.key);
    }
    for (const key of [...replica.keysOf(node)]) {
      if (there.has(key)) continue;
      if (this.#wouldBeRefused(key)) this.#giveUp(key);
      else if (this.#push) this.#gives.push(key);
    }
  }

  #giveUp(key: string): void {
    if (this.#pull) this.#replica.yield(key);
  }

  /** A value that the peer lacks, older than what it has forgotten, from a node that has not seen what. */
  #wouldBeRefused(key: string): boolean {
    const { peer, behind } = this.#terms!;
    const entry = this.#replica.get(key);
    if (!behind || entry === undefined || entry.deleted) return false;
    return compareTimes(entry, horizonOf(peer)) <= 0;
  }

  #conclude(): void {
    const { peer, behind } = this.#terms!;
    // Others may have brought to a leaf that was compared already what the peer would have had dropped.
    if (behind && this.#replica.tookUpTo(horizonOf(peer))) return;
    if (this.#pull && !this.#unable) this.#replica.heard(this.peer, peer, peer.revision);
  }

  #takeGives(now: number): Entry[] {
    const taken: Entry[] = [];
    let bytes = 0;
    while (this.#gives.length > 0) {
      const entry = this.#replica.told(this.#gives.at(-1)!, now);
      bytes += entry ? entryBytes(entry) : 0;
      if (bytes > this.#limits.messageBytesMax && taken.length > 0) break;
      this.#gives.pop();
      if (entry) taken.push(entry);
    }
    return taken;
  }

  #blank(): SyncRequest {
    return {
      session: this.number,
      step: this.#step,
      standing: this.#replica.standing.tell(this.peer),
      push: this.#push,
      pull: this.#pull,
      compare: [],
      give: [],
      want: [],
      done: 0,
      doneTo: 0,
    };
  }
}

function horizonOf(peer: StandingRecord): Time {
  return { wallMs: peer.horizonWallMs, logical: peer.horizonLogical };
}

/** Answers a request from what the replica holds now; nothing is remembered of it. */
export function answerTo(
  request: SyncRequest,
  from: NodeId,
  parts: { readonly replica: Replica; readonly limits: SessionLimits },
  now: number,
): SyncAnswer {
  const { replica, limits } = parts;
  const trusted = request.standing !== undefined && replica.standing.trusts(request.standing);
  const entries: Entry[] = [];
  let unable = false;
  for (const given of request.push ? request.give : []) {
    const merged = replica.merge(given, trusted, now);
    if (merged === "unable") unable = true;
    // What beats it goes back at once: a certificate that it woke, for instance.
    if (merged !== "older" || !request.pull) continue;
    const better = replica.told(given.key, now);
    if (better && compareEntries(better, given) > 0) entries.push(better);
  }
  let bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  let wantsServed = 0;
  for (const key of request.want.slice(0, wantsMax)) {
    const entry = request.pull ? replica.told(key, now) : undefined;
    bytes += entry ? entryBytes(entry) : 0;
    if (bytes > limits.messageBytesMax && wantsServed > 0) break;
    wantsServed++;
    if (entry) entries.push(entry);
  }
  return {
    session: request.session,
    step: request.step,
    ...compareNodes(request.compare, replica, limits.messageBytesMax - bytes, entries.length > 0),
    entries,
    wantsServed,
    unable,
    // Last: merging may have changed it.
    standing: replica.standing.tell(from),
  };
}

/** As many of the nodes as there is room for, and one at least unless there is something else to send. */
function compareNodes(
  compare: readonly Digest[],
  replica: Replica,
  room: number,
  mayBeNone: boolean,
): Pick<SyncAnswer, "children" | "leaves" | "same"> {
  const { tree } = replica;
  const children: Children[] = [];
  const leaves: Leaf[] = [];
  const same: number[] = [];
  let left = room;
  for (const { node, high, low } of compare.slice(0, digestsMax)) {
    if (node >= tree.size) continue;
    if (tree.equals(node, high, low)) {
      same.push(node);
      continue;
    }
    const none = children.length + leaves.length === 0 && !mayBeNone;
    if (!tree.isLeaf(node)) {
      left -= fanout * 8;
      if (left < 0 && !none) continue;
      const first = tree.firstChild(node);
      const digests: number[] = [];
      for (let i = first; i < first + fanout; i++) digests.push(tree.high(i), tree.low(i));
      children.push({ node, digests });
    } else {
      const versions = replica.versionsOf(node);
      const bytes = versions.reduce((sum, { key }) => sum + key.length * 3 + 32, 0);
      if (left < bytes && !none) continue;
      left -= bytes;
      leaves.push({ node, versions });
    }
  }
  return { children, leaves, same };
}
