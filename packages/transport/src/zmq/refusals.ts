import { channel } from "node:diagnostics_channel";
import type { NodeId } from "../transport.ts";

const refusals = channel("coterie:transport:refused");
const reportedMax = 10_000;

/** What is published on the diagnostics channel `coterie:transport:refused`. */
export interface Refusal {
  /** The node that refused. */
  readonly node: NodeId;
  readonly reason: "key" | "unproven" | "fenced" | "misdirected" | "malformed";
  /** The public key, or the id and address that were claimed. */
  readonly who: string;
}

/** Reports who was refused and why, once for each: a peer that tries for ever must not fill a log. */
export class Refusals {
  readonly #node: NodeId;
  readonly #reported = new Set<string>();

  constructor(node: NodeId) {
    this.#node = node;
  }

  report(reason: Refusal["reason"], who: string): void {
    const name = `${reason} ${who}`;
    if (this.#reported.has(name) || this.#reported.size >= reportedMax) return;
    this.#reported.add(name);
    if (refusals.hasSubscribers) refusals.publish({ node: this.#node, reason, who } satisfies Refusal);
  }
}
