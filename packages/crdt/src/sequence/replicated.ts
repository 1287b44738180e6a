import type { ApplyReport, EncodeOptions, Engine } from "./engine.ts";
import type { Version } from "./version.ts";

/**
 * How a sequence reaches its replicas, whatever it holds: text, rich text, lists. Whoever applies the same updates, in
 * whatever order, repeated or not, is in the same state.
 */
export interface Replicated {
  readonly replica: string;
  /** Own operations since the last call, to send to all others; undefined when there are none. */
  takeUpdate(): Uint8Array | undefined;
  /** What a replica at `version` lacks. O(what it lacks). */
  updateSince(version: Version): Uint8Array;
  /**
   * Applies updates, all or none. Those that lack their causes are held and reported. Throws CorruptBytesError,
   * InvalidUpdateError, ReplicaReusedError, LimitExceededError or PendingFullError, and changes nothing then.
   */
  apply(updates: Uint8Array | readonly Uint8Array[]): ApplyReport;
  /** What this replica has seen. */
  version(): Version;
  /** Bytes of updates that wait for their causes. */
  readonly pendingBytes: number;
  /** The whole of it for storage. Equal states have equal bytes. */
  encode(options?: EncodeOptions): Uint8Array;
}

/** Hands what concerns replication on to the engine; what applying changes is for each type to tell. */
export abstract class EngineReplica implements Replicated {
  protected readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get replica(): string {
    return this.engine.sequence.replicas.id(this.engine.self);
  }

  get length(): number {
    return this.engine.sequence.length;
  }

  get pendingBytes(): number {
    return this.engine.pendingBytes;
  }

  takeUpdate(): Uint8Array | undefined {
    return this.engine.takeUpdate();
  }

  updateSince(version: Version): Uint8Array {
    return this.engine.updateSince(version);
  }

  apply(updates: Uint8Array | readonly Uint8Array[]): ApplyReport {
    return this.engine.apply(updates);
  }

  version(): Version {
    return this.engine.version();
  }

  encode(options: EncodeOptions = {}): Uint8Array {
    return this.engine.encode(options);
  }
}
