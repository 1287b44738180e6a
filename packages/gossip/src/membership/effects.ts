import type { Effect, NodeId } from "@coterie/host";
import type { MemberRecord, Message, UserEvent } from "../gen/membership.ts";

/** What happened to a member, as the application is told. */
export type Change = "joined" | "suspected" | "failed" | "left" | "updated";

/** What the core asks of its node beyond sending. */
export type OwnEffect =
  | { readonly type: "member"; readonly change: Change; readonly record: MemberRecord }
  /** A member listens there. */
  | { readonly type: "connect"; readonly id: NodeId; readonly address: string }
  /** A member is remembered no longer. */
  | { readonly type: "forget"; readonly id: NodeId }
  /** Find out who listens there, and hand it to `greet`. */
  | { readonly type: "contact"; readonly address: string }
  /** Another node runs under this node's name, at that address. */
  | { readonly type: "conflict"; readonly address: string }
  /** An event of the application, or a query that wants an answer. */
  | { readonly type: "event"; readonly event: UserEvent }
  /** An answer to a query of this node. */
  | { readonly type: "answer"; readonly from: NodeId; readonly number: number; readonly payload: Uint8Array };

export type MembershipEffect = Effect<Message, never, OwnEffect>;
