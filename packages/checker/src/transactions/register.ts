import type { Findings } from "./anomaly.ts";
import { stronglyConnected } from "./components.ts";
import { DependencyGraph } from "./graph.ts";
import { type ExternalRead, findLostUpdates, judgeValue, writersByKey } from "./reads.ts";
import { forEachPrecedence } from "./realtime.ts";
import { name, quote } from "./story.ts";
import {
  type Key,
  type RegisterStep,
  type Transaction,
  type Value,
  type Writes,
  writesOf,
} from "./transaction.ts";

/** A version of a register: a value, or null before the first write. */
type Version = Value | null;

/**
 * Infers who came before whom from registers that are overwritten (Alvaro and Kingsbury 2020). As
 * every value is unique, a read names its writer; the order of versions is only known in part: null comes first,
 * and what a transaction read comes before what it then wrote. With `linearizableKeys`, a write that was over
 * before another began comes before it too.
 */
export function analyzeRegisters(
  transactions: readonly Transaction<RegisterStep>[],
  linearizableKeys: boolean,
  findings: Findings,
): DependencyGraph {
  const writes = writesOf(transactions, "w");
  const committed = transactions.filter((transaction) => transaction.fate === "committed");
  const reads = committed
    .flatMap((transaction) => externalReads(transaction, findings))
    .filter(
      (read) => read.version === null || judgeValue(read, read.version, true, writes, transactions, findings),
    );

  const graph = new DependencyGraph(transactions.length);
  for (const { index } of committed) graph.admit(index);
  for (const { key, version } of reads) {
    if (version !== null) graph.admit(writes.get(key)!.get(version)!.transaction);
  }

  const writers = writersByKey(writes, (write) => graph.has(write.transaction));
  findLostUpdates(
    reads.map((read) => ({ ...read, version: JSON.stringify(read.version) })),
    (key) => writers.get(key) ?? new Set(),
    findings,
  );
  for (const [key, ofKey] of Map.groupBy(reads, (read) => read.key)) {
    const versions = new Versions(key, writes, graph);
    versions.orderByReads(ofKey);
    if (linearizableKeys) versions.orderByTime(transactions);
    if (!versions.hasCycle(findings)) versions.addEdges(ofKey);
    else versions.addReadEdges(ofKey);
  }
  return graph;
}

/** What a transaction's reads found of others. Disagreement with its own earlier steps is an internal anomaly. */
function externalReads(transaction: Transaction<RegisterStep>, findings: Findings): ExternalRead<Version>[] {
  const known = new Map<Key, { version: Version; own: boolean }>();
  const reads: ExternalRead<Version>[] = [];
  for (const step of transaction.steps) {
    const key = step[1];
    if (step[0] === "w") {
      known.set(key, { version: step[2], own: true });
      continue;
    }
    const version = step[2] ?? null;
    const before = known.get(key);
    if (before && before.version !== version) {
      findings.add(
        "internal",
        [transaction.index],
        () =>
          `internal: ${name(transaction.index)} read ${quote(key)} as ${quote(version)}, but by its own earlier steps it must be ${quote(before.version)}`,
      );
    }
    if (before?.own || before?.version === version) continue;
    known.set(key, { version, own: false });
    reads.push({ transaction: transaction.index, key, version });
  }
  return reads;
}

/** The versions of one key and what is known of their order. */
class Versions {
  readonly #key: Key;
  readonly #graph: DependencyGraph;
  /** Who wrote each version as its last word on the key. Null stands for the state before the first write. */
  readonly #writer = new Map<Version, number | undefined>([[null, undefined]]);
  readonly #lastOf = new Map<number, Value>();
  readonly #after = new Map<Version, Set<Value>>();

  constructor(key: Key, writes: Writes, graph: DependencyGraph) {
    this.#key = key;
    this.#graph = graph;
    for (const [value, { transaction, final }] of writes.get(key) ?? []) {
      if (!final || !graph.has(transaction)) continue;
      this.#writer.set(value, transaction);
      this.#lastOf.set(transaction, value);
      this.#order(null, value);
    }
  }

  /** What a transaction read comes before what it wrote. */
  orderByReads(reads: readonly ExternalRead<Version>[]): void {
    for (const { transaction, version } of reads) {
      const written = this.#lastOf.get(transaction);
      if (written !== undefined) this.#order(version, written);
    }
  }

  /** Of two writes that did not overlap, the earlier one made the earlier version. */
  orderByTime(transactions: readonly Transaction<unknown>[]): void {
    const writing = [...this.#lastOf.keys()].map((index) => transactions[index]!);
    forEachPrecedence(writing, (a, b) => this.#order(this.#lastOf.get(a)!, this.#lastOf.get(b)!));
  }

  /** True when the order bites its own tail: then nothing can be concluded from it. */
  hasCycle(findings: Findings): boolean {
    const versions = [...this.#writer.keys()];
    const numbers = new Map(versions.map((version, i) => [version, i]));
    const successors = (node: number): number[] =>
      [...(this.#after.get(versions[node]!) ?? [])].map((value) => numbers.get(value)!);
    const knots = stronglyConnected(versions.length, successors);
    for (const knot of knots) {
      const values = knot.map((node) => versions[node]!);
      const transactions = values.map((value) => this.#writer.get(value)!);
      findings.add(
        "cyclic-versions",
        transactions,
        () =>
          `cyclic-versions: ${transactions.map(name).join(", ")} wrote the versions ${values.map(quote).join(", ")} of ${quote(this.#key)}, each of which comes before the others`,
      );
    }
    return knots.length > 0;
  }

  /** Adds who read from whom, who overwrote whom, and who missed whose write. */
  addEdges(reads: readonly ExternalRead<Version>[]): void {
    this.addReadEdges(reads);
    const readers = Map.groupBy(reads, (read) => read.version);
    for (const [version, later] of this.#after)
      this.#addOverwrites(version, later, readers.get(version) ?? []);
  }

  /** Adds who read from whom. */
  addReadEdges(reads: readonly ExternalRead<Version>[]): void {
    for (const { transaction, version } of reads) {
      const writer = this.#writer.get(version);
      if (writer === undefined || version === null) continue;
      this.#graph.add({ from: writer, to: transaction, kind: "wr", key: this.#key, after: version });
    }
  }

  #addOverwrites(
    before: Version,
    later: ReadonlySet<Value>,
    readers: readonly ExternalRead<Version>[],
  ): void {
    const key = this.#key;
    const junction = this.#graph.junction();
    const writer = this.#writer.get(before);
    if (writer !== undefined) this.#graph.add({ from: writer, to: junction, kind: "ww", key, before });
    for (const { transaction } of readers) {
      this.#graph.add({
        from: transaction,
        to: junction,
        kind: "rw",
        key,
        before,
        overwrote: this.#lastOf.has(transaction),
      });
    }
    for (const value of later) {
      this.#graph.add({ from: junction, to: this.#writer.get(value)!, kind: "ww", key, after: value });
    }
  }

  #order(before: Version, after: Value): void {
    if (!this.#writer.has(before) || before === after) return;
    const later = this.#after.get(before);
    if (later) later.add(after);
    else this.#after.set(before, new Set([after]));
  }
}
