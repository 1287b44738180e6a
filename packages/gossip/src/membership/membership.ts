import type { NodeId, Wait } from "@coterie/host";
import type { Answer, QueryOptions } from "../events/queries.ts";

/** What the application is told of a member. */
export interface Member {
  readonly id: NodeId;
  /** Where it listens. */
  readonly address: string;
  /**
   * `suspect`: it does not answer, and may still contradict; count on it as before. `failed`: it did not. `left`: it
   * said goodbye.
   */
  readonly state: "alive" | "suspect" | "failed" | "left";
  /** What it says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Grows with everything it says of itself, through all its lives. */
  readonly incarnation: number;
}

/** By name, what listeners are told. */
export interface MembershipEvents {
  /** A member is there, for the first time or again. */
  readonly joined: Member;
  /** A member does not answer. It is failed unless it contradicts in time: then it is `updated`. */
  readonly suspected: Member;
  readonly failed: Member;
  readonly left: Member;
  /** A member says something else of itself, has moved, or is not suspected any more. */
  readonly updated: Member;
  /** Another node runs under this node's name: one of the two must go. */
  readonly conflict: { readonly address: string };
  /** An event of the application, from any member, this one too. */
  readonly event: ClusterEvent;
}

/** What `broadcast` told all members. */
export interface ClusterEvent {
  readonly from: NodeId;
  readonly name: string;
  readonly payload: Uint8Array;
}

/** What happened to a member, as `for await` gives it. */
export interface MemberChange {
  readonly type: "joined" | "suspected" | "failed" | "left" | "updated";
  readonly member: Member;
}

/** This node's view of who is a member, and its part in it. */
export interface Membership extends AsyncDisposable, AsyncIterable<MemberChange> {
  /** This node itself. */
  readonly self: Member;
  /** Everybody that this node knows of, itself too. O(n). */
  members(): readonly Member[];
  /** Those to count on: alive or suspected, itself too, without those that are held back for flapping. O(n). */
  alive(): readonly Member[];
  member(id: NodeId): Member | undefined;
  /** Resolves once this node has found another member, or had no seeds to ask. Throws `TimeoutError`, `StoppedError`. */
  ready(wait?: Wait): Promise<void>;
  /** Tells all members something else about this node. Throws `OptionError` beyond 512 bytes. */
  update(metadata: Readonly<Record<string, string>>): void;
  /**
   * Tells all members something, at most once each; most likely all that are reachable. It rides along with other
   * packets, so name and payload have 512 bytes together. Throws `OptionError`, `StoppedError`.
   */
  broadcast(name: string, payload?: Uint8Array): void;
  /**
   * Asks all members and gathers what they answer until the time is over. Throws `OptionError`, `StoppedError`, or the
   * signal's reason.
   */
  query(name: string, payload?: Uint8Array, options?: QueryOptions): AsyncIterable<Answer>;
  /** Answers queries of that name, other members' and this one's; `undefined` is no answer. Returns how to stop. */
  answer(name: string, answer: (query: ClusterEvent) => Uint8Array | undefined): () => void;
  /** Equal at two nodes that hold the same members for alive or suspected: 16 hex digits. O(n). */
  fingerprint(): string;
  /** Returns how to stop listening. */
  on<Name extends keyof MembershipEvents>(
    name: Name,
    listener: (event: MembershipEvents[Name]) => void,
  ): () => void;
  /** Says goodbye and stops: nobody will call it a failure. After 5,000 ms, or the `Wait`'s, it stops all the same. */
  leave(wait?: Wait): Promise<void>;
  /** Named counters and gauges. */
  metrics(): Readonly<Record<string, number>>;
}
