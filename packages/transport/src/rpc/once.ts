import type { NodeId } from "../transport.ts";
import type { Envelope } from "./envelope.ts";

/** Remembers which calls were carried out, and what was answered; the oldest are forgotten first. */
export class Once {
  readonly #max: number;
  readonly #answers = new Map<string, Envelope | "underway">();

  constructor(max: number) {
    this.#max = max;
  }

  /** `new` when the call is to be carried out now, else what became of it. */
  begin(from: NodeId, request: Envelope): Envelope | "underway" | "new" {
    const key = keyOf(from, request);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    if (this.#answers.size >= this.#max) {
      const oldest = this.#answers.keys().next().value;
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    this.#answers.set(key, "underway");
    return "new";
  }

  keep(from: NodeId, request: Envelope, answer: Envelope): void {
    const key = keyOf(from, request);
    if (this.#answers.has(key)) this.#answers.set(key, answer);
  }
}

function keyOf(from: NodeId, { life, id }: Envelope): string {
  return `${from} ${life} ${id}`;
}
