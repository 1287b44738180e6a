import type { NodeId } from "@coterie/host";

/** Something that happened in a world, as reports tell it. */
export interface TraceEntry {
  readonly atMs: number;
  readonly what:
    | "sent" // a message, `message`, to `peer`
    | "delivered" // a message, from `peer`
    | "lost" // a message to `peer`, on the way
    | "disk" // an operation on a file ended
    | "started"
    | "crashed"
    | "paused"
    | "resumed"
    | "failed" // the node gave itself up
    | "reached" // a named point
    | "invoked" // a client's operation, at this node
    | "answered"
    | "fault" // of the network, the disk or the clock; begins
    | "lifted" // ends
    | "note";
  readonly node?: NodeId | undefined;
  readonly peer?: NodeId | undefined;
  /** Number of the message: sent, delivered and lost ones belong together by it. */
  readonly message?: number | undefined;
  readonly text?: string | undefined;
  /** For faults that last: until when, so that diagrams can shade them. */
  readonly untilMs?: number | undefined;
}

/** Records what happens in a world, up to a limit; past it the oldest half is forgotten. */
export class Trace {
  #entries: TraceEntry[] = [];
  readonly #limit: number;
  readonly #now: () => number;
  /** How many entries were forgotten for want of room. */
  forgotten = 0;

  constructor(now: () => number, limit = 400_000) {
    this.#now = now;
    this.#limit = limit;
  }

  get entries(): readonly TraceEntry[] {
    return this.#entries;
  }

  add(entry: Omit<TraceEntry, "atMs">): void {
    if (this.#entries.length >= this.#limit) {
      this.#entries = this.#entries.slice(this.#limit / 2);
      this.forgotten += this.#limit / 2;
    }
    this.#entries.push({ atMs: this.#now(), ...entry });
  }

  sent(message: number, node: NodeId, peer: NodeId, text: (() => string) | undefined): void {
    this.add({ what: "sent", node, peer, message, text: text?.() });
  }

  delivered(message: number, peer: NodeId, node: NodeId): void {
    this.add({ what: "delivered", node, peer, message });
  }

  lost(message: number, node: NodeId, peer: NodeId, text: string): void {
    this.add({ what: "lost", node, peer, message, text });
  }

  disk(node: NodeId, operation: string, path: string): void {
    this.add({ what: "disk", node, text: `${operation} ${path}` });
  }
}

/** A short reading of any message: JSON, with bytes by their length, cut at 160 characters. */
export function describeMessage(channel: string, message: unknown): string {
  const text = JSON.stringify(message, (_, value: unknown) =>
    value instanceof Uint8Array ? `<${value.length} bytes>` : value,
  );
  const reading = `${channel} ${text}`;
  return reading.length > 160 ? `${reading.slice(0, 157)}...` : reading;
}
