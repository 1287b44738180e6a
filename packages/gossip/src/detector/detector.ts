import type { NodeId } from "@coterie/host";
import type { Message } from "../gen/membership.ts";

/** What a message asks or answers. */
export type Kind = NonNullable<Message["kind"]>;

/** What a detector may see of the membership, and do. */
export interface Watch {
  /** How many others there are to watch. */
  readonly inService: number;
  /** The next member to watch; each comes once before any comes twice. */
  next(): NodeId | undefined;
  /** Members that may be asked to look at another one. */
  helpers(count: number, except: NodeId): readonly NodeId[];
  /** The members in service that follow this one when all are put in a circle by their hashes. */
  successors(count: number): readonly NodeId[];
  isInService(id: NodeId): boolean;
  /** Numbers what is asked, for the answer to name. Never used twice. */
  sequence(): number;
  send(to: NodeId, kind: Kind): void;
  /** The verdict: the member does not answer. What follows (suspicion, death) is the membership's. */
  suspect(id: NodeId, now: number): void;
}

/**
 * Finds out who does not answer. Pure, as a core is: what it wants to say goes through its `Watch`. Messages that are
 * no business of a detector do not reach it; nor do answers to questions of others, which `Relays` pass on.
 */
export interface FailureDetector {
  /** When `advance` must next be called; Infinity when nothing is due. */
  readonly deadline: number;
  advance(now: number): void;
  acknowledged(from: NodeId, sequence: number, now: number): void;
  /** A helper is well, and got no answer either. */
  notAcknowledged(from: NodeId, sequence: number, now: number): void;
  /** This process did not run for that long: nobody's silence counts for that time. */
  postpone(ms: number): void;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}
