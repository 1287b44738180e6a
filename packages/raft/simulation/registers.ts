import { json, type StateMachine } from "@coterie/state-machine";

/** Sets a register; with `expect`, only if it holds that value. */
export interface Command {
  readonly key: string;
  readonly set: number;
  readonly expect?: number;
}

/** What a register holds; null before it is set. For a command: whether it took effect. */
export type Seen = number | boolean | null;

/** The smallest state machine whose histories a linearizability checker can judge. */
export class Registers implements StateMachine<Command, Seen, string, Seen> {
  readonly commands = json<Command>();
  readonly results = json<Seen>();
  readonly #values: Map<string, number> = new Map();

  apply({ key, set, expect }: Command): Seen {
    if (expect !== undefined && this.#values.get(key) !== expect) return false;
    this.#values.set(key, set);
    return true;
  }

  query(key: string): Seen {
    return this.#values.get(key) ?? null;
  }

  snapshot(): Iterable<Uint8Array> {
    return [new TextEncoder().encode(JSON.stringify([...this.#values]))];
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    this.#values.clear();
    for (const [key, value] of JSON.parse(text) as [string, number][]) this.#values.set(key, value);
  }
}
