import { json, type LogPosition, type StateMachine } from "@coterie/state-machine";

/** Sets a register; with `from`, only if it holds that (null: nothing yet). */
export interface Command {
  readonly key: string;
  readonly value: number;
  readonly from?: number | null;
}

export interface History {
  readonly index: number;
  readonly digest: number;
}

/**
 * The smallest state machine whose histories a linearizability checker can judge. Answers whether a command took effect.
 * Knows what it has applied: a command that was left out, or came twice, shows.
 */
export class Registers implements StateMachine<Command, boolean, string, number | null> {
  readonly commands = json<Command>();
  readonly results = json<boolean>();
  /** The index of the last command, and what tells it and all before it from any others. */
  history: History = { index: 0, digest: 0 };
  protected readonly values: Map<string, number> = new Map();

  apply({ key, value, from }: Command, { index }: LogPosition): boolean {
    const digest = (Math.imul(this.history.digest, 31) + Math.imul(index, 7919) + value) | 0;
    this.history = { index, digest };
    if (from !== undefined && this.query(key) !== from) return false;
    this.set(key, value);
    return true;
  }

  protected set(key: string, value: number): void {
    this.values.set(key, value);
  }

  query(key: string): number | null {
    return this.values.get(key) ?? null;
  }

  snapshot(): Iterable<Uint8Array> {
    return [new TextEncoder().encode(JSON.stringify([this.history, ...this.values]))];
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    const [history, ...values] = JSON.parse(text) as [History, ...[string, number][]];
    this.history = history;
    this.values.clear();
    for (const [key, value] of values) this.values.set(key, value);
  }
}
