import type { NodeId } from "@coterie/host";
import { isNodeId } from "@coterie/transport";
import type { UserEvent } from "../gen/membership.ts";
import { BroadcastQueue } from "../membership/broadcasts.ts";
import { isBelievable } from "../membership/incarnation.ts";

/** Name and payload of an event together. */
export const eventBytesMax = 512;
/** Events that wait to be told on. */
const queueMax = 4_096;
/** Origins that are remembered. */
const originsMax = 20_000;
/** Late events of one origin that are still told apart from repeated ones. */
const windowSize = 256;
/** Longer queries are none. */
export const queryTimeoutMsMax = 600_000;

/** What was heard of one origin. */
interface Heard {
  greatest: number;
  /** Numbers heard, none of them much below the greatest. */
  readonly numbers: Set<number>;
}

/** Events of the application, told on like news, each delivered at most once by each member. */
export class UserEvents {
  readonly #queue = new BroadcastQueue<UserEvent>(queueMax);
  readonly #heard = new Map<NodeId, Heard>();
  readonly #own: NodeId;
  #number: number;
  readonly counts = { received: 0, repeated: 0, refused: 0 };

  /** `first` numbers this node's first event; greater than all of its earlier lives. */
  constructor(own: NodeId, first: number) {
    this.#own = own;
    this.#number = first;
  }

  get hasNews(): boolean {
    return this.#queue.size > 0;
  }

  take(bytesMax: number, timesMax: number): { readonly items: UserEvent[]; readonly bytes: number } {
    return this.#queue.take(bytesMax, timesMax);
  }

  /** Begins to tell an event of this node. */
  say(name: string, payload: Uint8Array, queryTimeoutMs: number): UserEvent {
    const event = { origin: this.#own, number: ++this.#number, name, payload, queryTimeoutMs };
    this.#isNew(event);
    this.#tell(event);
    return event;
  }

  /** Whether it is to be delivered: it was not heard before, and is one. It is told on then. */
  hear(event: UserEvent): boolean {
    const { name, payload, queryTimeoutMs, origin, number } = event;
    const isEvent =
      name.length > 0 &&
      Buffer.byteLength(name) + payload.length <= eventBytesMax &&
      queryTimeoutMs <= queryTimeoutMsMax &&
      isNodeId(origin) &&
      isBelievable(number, this.#heard.get(origin)?.greatest ?? 0);
    if (!isEvent) {
      this.counts.refused++;
      return false;
    }
    if (origin === this.#own || !this.#isNew(event)) {
      this.counts.repeated++;
      return false;
    }
    this.counts.received++;
    this.#tell(event);
    return true;
  }

  /** What is far below the greatest number was heard, or is too old to matter. */
  #isNew({ origin, number }: UserEvent): boolean {
    let heard = this.#heard.get(origin);
    if (heard === undefined) {
      heard = { greatest: number, numbers: new Set() };
      this.#heard.set(origin, heard);
      const [oldest] = this.#heard.keys();
      if (this.#heard.size > originsMax && oldest !== undefined) this.#heard.delete(oldest);
    }
    if (heard.numbers.has(number) || number <= heard.greatest - windowSize) return false;
    heard.numbers.add(number);
    heard.greatest = Math.max(heard.greatest, number);
    if (heard.numbers.size > 2 * windowSize)
      for (const one of heard.numbers) if (one <= heard.greatest - windowSize) heard.numbers.delete(one);
    return true;
  }

  #tell(event: UserEvent): void {
    const bytes = event.origin.length + Buffer.byteLength(event.name) + event.payload.length + 30;
    this.#queue.add(`${event.origin}/${event.number}`, event, bytes);
  }
}
