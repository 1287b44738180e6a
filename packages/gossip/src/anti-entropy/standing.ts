import type { NodeId } from "@coterie/host";
import type { Heard, ReplicaRecord, Standing as StandingRecord } from "../gen/replica.ts";
import { compareTimes, type Time } from "./entry.ts";

/** A state of a peer that this node has taken in whole. */
interface HeardState {
  readonly store: string;
  readonly revision: number;
}

const never: Time = { wallMs: 0, logical: 0 };
const unheard: HeardState = { store: "", revision: 0 };

/**
 * Who may bring what. A node that has forgotten death certificates cannot tell an old value it lacks from one that was
 * deleted. It therefore remembers one point in time, its horizon (the latest stamp of what it forgot), and at which of
 * its own revisions it last forgot; and it takes values older than its horizon from those peers alone that have taken in
 * its whole state since. A peer that has not is behind. It catches up by yielding: it takes in the whole state, drops
 * what is older than the horizon and not there, and adopts the horizon. No clock of another node is trusted for this,
 * and no duration: how long certificates are kept decides only who has to yield.
 *
 * Revisions count on from the node's epoch, so that what a crash undid is never taken for what came instead.
 */
export class Standing {
  readonly store: string;
  /** The first revision of this life. */
  readonly began: number;
  readonly #heardMax: number;
  readonly #heard: Map<NodeId, HeardState> = new Map();
  #revision: number;
  #forgotten = 0;
  #horizon: Time = never;

  /** `epoch` counts the starts of this node. */
  constructor(store: string, epoch: number, heardMax: number) {
    this.store = store;
    this.#heardMax = heardMax;
    this.began = epoch * 2 ** 32;
    this.#revision = this.began;
  }

  get revision(): number {
    return this.#revision;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  /** No older value that is lacking here can be told from a deleted one. */
  get horizon(): Time {
    return this.#horizon;
  }

  learned(): void {
    this.#revision++;
  }

  /** Something up to `stamp` cannot be told from what never was, from now on. */
  forget(stamp: Time): void {
    if (compareTimes(stamp, this.#horizon) > 0)
      this.#horizon = { wallMs: stamp.wallMs, logical: stamp.logical };
    this.#forgotten = ++this.#revision;
  }

  /** Takes over the horizon of a peer whose whole state was taken in. */
  adopt(horizon: Time): boolean {
    if (compareTimes(horizon, this.#horizon) <= 0) return false;
    this.forget(horizon);
    return true;
  }

  /** Whether it is younger than anything that was forgotten. */
  isBeyondHorizon(stamp: Time): boolean {
    return this.#forgotten === 0 || compareTimes(stamp, this.#horizon) > 0;
  }

  /** Has the peer that sent this taken in this node's whole state since something was forgotten here? */
  trusts(peer: StandingRecord): boolean {
    if (this.#forgotten === 0) return true;
    return peer.heardStore === this.store && peer.heardRevision >= this.#forgotten;
  }

  /** The other way round: would the peer trust this node? */
  isTrustedBy(id: NodeId, peer: StandingRecord): boolean {
    if (peer.forgotten === 0) return true;
    const { store, revision } = this.#heard.get(id) ?? unheard;
    return store === peer.store && revision >= peer.forgotten;
  }

  /** The peer's whole state, as of that revision, is here. Answers whether that is new. */
  hear(id: NodeId, store: string, revision: number): boolean {
    const before = this.#heard.get(id);
    const advanced = before === undefined || before.store !== store || before.revision < revision;
    // The latest last: the peer that was silent longest is forgotten first, and has to yield once more then.
    this.#heard.delete(id);
    this.#heard.set(id, advanced ? { store, revision } : before);
    if (this.#heard.size > this.#heardMax)
      for (const oldest of this.#heard.keys()) {
        this.#heard.delete(oldest);
        break;
      }
    return advanced;
  }

  /** As a peer is told. */
  tell(id: NodeId): StandingRecord {
    const { store, revision } = this.#heard.get(id) ?? unheard;
    return {
      store: this.store,
      revision: this.#revision,
      forgotten: this.#forgotten,
      horizonWallMs: this.#horizon.wallMs,
      horizonLogical: this.#horizon.logical,
      heardStore: store,
      heardRevision: revision,
    };
  }

  restoreForgotten(revision: number, horizon: Time): void {
    this.#forgotten = revision;
    this.#horizon = horizon;
  }

  restoreHeard({ peer, store, revision }: Heard): void {
    this.hear(peer, store, revision);
  }

  /** What a new journal begins with. */
  *records(): Iterable<ReplicaRecord> {
    yield { record: { $case: "store", value: this.store } };
    yield this.forgottenRecord();
    for (const [peer, { store, revision }] of this.#heard)
      yield { record: { $case: "heard", value: { peer, store, revision } } };
  }

  forgottenRecord(): ReplicaRecord {
    const { wallMs, logical } = this.#horizon;
    const value = { revision: this.#forgotten, horizonWallMs: wallMs, horizonLogical: logical };
    return { record: { $case: "forgotten", value } };
  }
}
