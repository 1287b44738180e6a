import type { Findings } from "./anomaly.ts";
import { DependencyGraph } from "./graph.ts";
import { type ExternalRead, findLostUpdates, judgeValue, writersByKey } from "./reads.ts";
import { name, quote } from "./story.ts";
import {
  type Key,
  type ListAppendStep,
  type Transaction,
  type Value,
  type Write,
  type Writes,
  writesOf,
} from "./transaction.ts";

type List = readonly Value[];

/**
 * Infers who came before whom from lists that are only ever appended to (Alvaro and Kingsbury 2020):
 * as every element is unique, one read of a key tells the order of all appends that it saw.
 */
export function analyzeListAppend(
  transactions: readonly Transaction<ListAppendStep>[],
  findings: Findings,
): DependencyGraph {
  const writes = writesOf(transactions, "append");
  const committed = transactions.filter((transaction) => transaction.fate === "committed");
  const reads = committed.flatMap((transaction) => externalReads(transaction, findings));
  const sound = reads.filter((read) => judgeList(read, writes, transactions, findings));

  const graph = new DependencyGraph(transactions.length);
  for (const { index } of committed) graph.admit(index);
  // Whose write was seen has committed, whatever its client knew.
  for (const { key, version } of reads) {
    for (const value of version) {
      const write = writes.get(key)?.get(value);
      if (write && transactions[write.transaction]!.fate === "unknown") graph.admit(write.transaction);
    }
  }

  const happened = (write: Write): boolean => graph.has(write.transaction);
  const writers = writersByKey(writes, happened);
  findLostUpdates(
    sound.map((read) => ({ ...read, version: JSON.stringify([read.version.length, read.version.at(-1)]) })),
    (key) => writers.get(key) ?? new Set(),
    findings,
  );
  for (const [key, ofKey] of Map.groupBy(sound, (read) => read.key)) {
    const order = versionOrder(key, ofKey, findings);
    if (order) new KeyOrder(graph, key, order, writes, transactions).addEdges(ofKey, findings);
  }
  return graph;
}

/**
 * What a transaction's reads found of others: each list without the elements that the transaction itself had
 * appended before. Disagreement with its own earlier reads and appends is an internal anomaly.
 */
function externalReads(transaction: Transaction<ListAppendStep>, findings: Findings): ExternalRead<List>[] {
  const known = new Map<Key, { others: List | undefined; own: Value[] }>();
  const reads: ExternalRead<List>[] = [];
  for (const step of transaction.steps) {
    const key = step[1];
    const state = known.get(key) ?? { others: undefined, own: [] };
    known.set(key, state);
    if (step[0] === "append") {
      state.own.push(step[2]);
      continue;
    }
    const list = step[2] ?? [];
    const others = list.slice(0, Math.max(0, list.length - state.own.length));
    const endsWithOwn = equal(list.slice(others.length), state.own);
    if (!endsWithOwn || (state.others && !equal(state.others, others))) {
      findings.add("internal", [transaction.index], () => {
        const expected = state.others ? quote([...state.others, ...state.own]) : `… ${quote(state.own)}`;
        return `internal: ${name(transaction.index)} read ${quote(key)} as ${quote(list)}, but by its own earlier steps it must be ${expected}`;
      });
    }
    if (!endsWithOwn || (state.others && equal(state.others, others))) continue;
    state.others = others;
    reads.push({ transaction: transaction.index, key, version: others });
  }
  return reads;
}

/** True when a list can be built upon: every element was appended by somebody, and once. */
function judgeList(
  read: ExternalRead<List>,
  writes: Writes,
  transactions: readonly Transaction<unknown>[],
  findings: Findings,
): boolean {
  const { transaction, key, version } = read;
  if (new Set(version).size < version.length) {
    findings.add(
      "duplicate-elements",
      [transaction],
      () =>
        `duplicate-elements: ${name(transaction)} read ${quote(key)} as ${quote(version)}, with an element twice`,
    );
    return false;
  }
  let written = true;
  for (const [i, value] of version.entries()) {
    const clean = judgeValue(read, value, i === version.length - 1, writes, transactions, findings);
    if (!clean && !(writes.get(key)?.has(value) ?? false)) written = false;
  }
  return written;
}

/** The longest list read, when all others are prefixes of it. */
function versionOrder(key: Key, reads: readonly ExternalRead<List>[], findings: Findings): List | undefined {
  const longest = reads.reduce((a, b) => (b.version.length > a.version.length ? b : a));
  const odd = reads.find((read) => !equal(read.version, longest.version.slice(0, read.version.length)));
  if (!odd) return longest.version;
  findings.add(
    "incompatible-order",
    [longest.transaction, odd.transaction],
    () =>
      `incompatible-order: ${name(longest.transaction)} read ${quote(key)} as ${quote(longest.version)}, ${name(odd.transaction)} as ${quote(odd.version)}: neither comes from the other by appending`,
  );
  return undefined;
}

/** The order of the appends to one key, and the edges that follow from it. */
class KeyOrder {
  readonly #graph: DependencyGraph;
  readonly #key: Key;
  readonly #transactions: readonly Transaction<unknown>[];
  readonly #order: readonly { value: Value; writer: number }[];
  /** Committed appends that no read saw: they come after all the others, in an order unknown. */
  readonly #unread: readonly { value: Value; writer: number }[];
  readonly #unreadWriters: ReadonlySet<number>;
  readonly #junction: number;

  constructor(
    graph: DependencyGraph,
    key: Key,
    order: List,
    writes: Writes,
    transactions: readonly Transaction<unknown>[],
  ) {
    const ofKey = writes.get(key) ?? new Map<Value, Write>();
    const seen = new Set(order);
    this.#graph = graph;
    this.#key = key;
    this.#transactions = transactions;
    this.#order = order.map((value) => ({ value, writer: ofKey.get(value)!.transaction }));
    this.#unread = [...ofKey]
      .filter(([value, { transaction }]) => graph.has(transaction) && !seen.has(value))
      .map(([value, { transaction }]) => ({ value, writer: transaction }));
    this.#unreadWriters = new Set(this.#unread.map(({ writer }) => writer));
    this.#junction = graph.junction();
  }

  addEdges(reads: readonly ExternalRead<List>[], findings: Findings): void {
    for (const { value, writer } of this.#unread) {
      this.#graph.add({ from: this.#junction, to: writer, kind: "ww", key: this.#key, after: value });
    }
    this.#addWrites(findings);
    for (const { transaction, version } of reads) this.#addRead(transaction, version);
  }

  #addWrites(findings: Findings): void {
    let before: { value: Value; writer: number } | undefined;
    let rolledBack: { value: Value; writer: number } | undefined;
    for (const entry of this.#order) {
      if (this.#transactions[entry.writer]!.fate === "aborted") {
        rolledBack = entry;
        continue;
      }
      if (rolledBack) this.#reportDirtyUpdate(rolledBack, entry, findings);
      rolledBack = undefined;
      if (before) this.#addOverwrite(before, entry.writer, entry.value);
      before = entry;
    }
    if (before) this.#addOverwrite(before, this.#junction);
  }

  #addOverwrite(before: { value: Value; writer: number }, to: number, after?: Value): void {
    this.#graph.add({ from: before.writer, to, kind: "ww", key: this.#key, before: before.value, after });
  }

  #addRead(reader: number, version: List): void {
    const key = this.#key;
    const last = version.at(-1);
    if (last !== undefined) {
      const { writer } = this.#order[version.length - 1]!;
      this.#graph.add({ from: writer, to: reader, kind: "wr", key, after: last });
    }
    // The next version by somebody: what the reader itself wrote next stands for all that comes behind it.
    let place = version.length;
    while (place < this.#order.length && !this.#graph.has(this.#order[place]!.writer)) place++;
    const next = this.#order[place];
    if (next?.writer === reader) return;
    const far = next
      ? { to: next.writer, after: next.value }
      : { to: this.#junction, overwrote: this.#unreadWriters.has(reader) };
    this.#graph.add({ from: reader, kind: "rw", key, before: last ?? null, ...far });
  }

  #reportDirtyUpdate(
    rolledBack: { value: Value; writer: number },
    next: { value: Value; writer: number },
    findings: Findings,
  ): void {
    findings.add(
      "dirty-update",
      [rolledBack.writer, next.writer],
      () =>
        `dirty-update: ${name(rolledBack.writer)} appended ${quote(rolledBack.value)} to ${quote(this.#key)} and was rolled back, yet ${name(next.writer)} appended ${quote(next.value)} behind it`,
    );
  }
}

function equal(a: List, b: List): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
