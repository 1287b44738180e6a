import { randomBytes, timingSafeEqual } from "node:crypto";
import { LinkKind, LinkMessage } from "../gen/link.ts";
import type { Counters } from "../metrics.ts";
import type { Identity } from "../wire/identity.ts";
import type { Source, Sources } from "./sources.ts";

/** Marks a frame as what links say to each other; records stand under another magic. */
export const linkMagic = 0xc8;

export function linkFrame(kind: LinkKind, nonce = "", token = "", node = ""): Buffer {
  const message = LinkMessage.encode({ kind, nonce, token, node }).finish();
  return Buffer.concat([Uint8Array.of(linkMagic), message]);
}

/** 128 bits that nobody can guess, in characters that a routing id may have. */
export function secret(): string {
  return randomBytes(16).toString("base64url");
}

/** A link of this node that can be asked to prove itself. */
export interface Provable {
  /** Says the token over the link. What waited for the proof may then leave. */
  prove(token: string): void;
}

/**
 * Binds node ids to keys. ZeroMQ's CURVE tells a client that the server has the pinned key, and nothing in the other
 * direction but that some admitted key connected. So a link is asked back over the connection in the other
 * direction, which is pinned to the key of the node that the link claims to come from:
 *
 *     A -> B   over A's link, pinned to B's key:  HELLO, from a routing id with a nonce that only B gets to see
 *     B -> A   over B's link, pinned to A's key:  CHALLENGE, that nonce and a token that only A gets to see
 *     A -> B   over A's link:                     PROOF, the token
 *
 * Another admitted node can claim A's id, but never sees the token; it can send a challenge, but does not know the
 * nonce; nor can it take A's route over, for that takes the routing id and with it the nonce.
 */
export class Proof {
  readonly #sources: Sources;
  readonly #links: ReadonlyMap<string, Provable>;
  readonly #counters: Counters;
  readonly #ask: (identity: Identity, challenge: Buffer) => void;

  /** `links` are this node's own, by nonce; `ask` sends a frame to where an identity claims to be. */
  constructor(
    sources: Sources,
    links: ReadonlyMap<string, Provable>,
    counters: Counters,
    ask: (identity: Identity, challenge: Buffer) => void,
  ) {
    this.#sources = sources;
    this.#links = links;
    this.#counters = counters;
    this.#ask = ask;
  }

  receive(source: Source, frame: Uint8Array): void {
    let message: LinkMessage;
    try {
      message = LinkMessage.decode(frame.subarray(1));
    } catch {
      this.#counters.malformed++;
      return;
    }
    if (message.kind === LinkKind.HELLO) this.#challenge(source);
    else if (message.kind === LinkKind.CHALLENGE) this.#answer(message);
    else if (message.kind === LinkKind.PROOF) this.#check(source, message.token);
    else this.#counters.malformed++;
  }

  #challenge(source: Source): void {
    const { identity } = source;
    if (identity?.nonce === undefined || (source.refused !== undefined && source.refused !== "unproven"))
      return;
    source.token = secret();
    this.#ask(identity, linkFrame(LinkKind.CHALLENGE, identity.nonce, source.token));
  }

  #answer({ nonce, token }: LinkMessage): void {
    const link = this.#links.get(nonce);
    // Somebody else's link claims to be this node's.
    if (link === undefined) this.#counters.strangeChallenges++;
    else link.prove(token);
  }

  #check(source: Source, token: string): void {
    const { token: wanted } = source;
    const said = Buffer.from(token);
    if (
      wanted === undefined ||
      said.length !== wanted.length ||
      !timingSafeEqual(said, Buffer.from(wanted))
    ) {
      this.#counters.unproven++;
      return;
    }
    source.token = undefined;
    this.#sources.prove(source);
  }
}
