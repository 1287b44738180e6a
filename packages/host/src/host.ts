import type { Disk } from "@coterie/storage";
import type { Clock, NodeId, Transport } from "@coterie/transport";
import type { Random } from "./random.ts";

/**
 * Everything a protocol may ask of its machine. The real host is ZeroMQ, files and the monotonic clock; a
 * simulated host is virtual time, a faulty network and a faulty disk from one seed. Protocols cannot tell.
 */
export interface Host extends AsyncDisposable {
  readonly id: NodeId;
  /** Counts the starts of this node on its disk: greater than in any earlier life of it, at most 2^21. */
  readonly epoch: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly disk: Disk;
  /**
   * Aborted, with the error as its reason, once the node must not go on: a failed sync, a broken invariant, a
   * corrupt journal. Everything on the host stops; an app should exit.
   */
  readonly failed: AbortSignal;
  /** Stops the node for good. The first error is the one reported. */
  fail(error: Error): void;
  /**
   * Names a place where a crash would matter, such as `raft:after-persist`. The real host does nothing; a
   * simulation can crash the node exactly here.
   */
  reach(point: string): void;
}
