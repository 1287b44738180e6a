import { json, type StateMachine } from "@coterie/state-machine";

/** Sets a register; with `from`, only if it holds that (null: nothing yet). */
export interface Command {
  readonly key: string;
  readonly value: number;
  readonly from?: number | null;
}

/** The smallest state machine whose histories a linearizability checker can judge. Answers whether a command took effect. */
export class Registers implements StateMachine<Command, boolean, string, number | null> {
  readonly commands = json<Command>();
  readonly results = json<boolean>();
  readonly #values: Map<string, number> = new Map();

  apply({ key, value, from }: Command): boolean {
    if (from !== undefined && this.query(key) !== from) return false;
    this.#values.set(key, value);
    return true;
  }

  query(key: string): number | null {
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
