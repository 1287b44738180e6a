/** A library's document, as the measurements need it. Indexes count UTF-16 units, which the traces do not exceed. */
export interface BenchDocument {
  insert(index: number, text: string): void;
  remove(index: number, count: number): void;
  text(): string;
  /** What was edited here since the last call, as bytes to send. */
  takeUpdate(): Uint8Array;
  apply(update: Uint8Array): void;
  applyAll(updates: readonly Uint8Array[]): void;
  encode(): Uint8Array;
}

export interface Driver {
  /** An empty document for writer number `agent`. With `sending`, updates can be taken from it. */
  create(agent: number, sending: boolean): BenchDocument;
  load(bytes: Uint8Array): BenchDocument;
}

/** Imports an installed peer by name. */
// biome-ignore lint/suspicious/noExplicitAny: peers are foreign packages, and their types are not installed here.
export type Load = (name: string) => Promise<any>;
