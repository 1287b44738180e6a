import type { BytesChannel } from "@coterie/crdt";

/** A message on its way, for the picture. */
export interface Flight {
  readonly from: string;
  readonly bytes: number;
  readonly delayMs: number;
  readonly lost: boolean;
}

/** A road between two replicas of one page, which can be slow, lose messages, or be cut. */
export class Link {
  cut = false;
  delayMs = 40;
  /** From 0 to 1. */
  loss = 0;
  readonly #receivers = new Map<string, (from: string, message: Uint8Array) => void>();
  readonly #onFlight: (flight: Flight) => void;

  constructor(onFlight: (flight: Flight) => void) {
    this.#onFlight = onFlight;
  }

  /** One end of the link: a channel as a host's transport opens it. */
  end(own: string, name: string): BytesChannel {
    return {
      send: (to, message) => this.#send(`${own}/${name}`, `${to}/${name}`, message),
      receive: (receiver) => {
        this.#receivers.set(`${own}/${name}`, receiver);
      },
    };
  }

  #send(from: string, to: string, message: Uint8Array): boolean {
    if (this.cut) return false;
    const lost = Math.random() < this.loss;
    this.#onFlight({ from: from.split("/")[0]!, bytes: message.length, delayMs: this.delayMs, lost });
    if (!lost)
      setTimeout(() => {
        // Cut while it was on its way.
        if (!this.cut) this.#receivers.get(to)?.(from.split("/")[0]!, message);
      }, this.delayMs);
    return true;
  }
}
