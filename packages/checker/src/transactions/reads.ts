import type { Findings } from "./anomaly.ts";
import { name, quote } from "./story.ts";
import type { Key, Transaction, Value, Write, Writes } from "./transaction.ts";

/** A read of what other transactions wrote: the version a committed transaction found. */
export interface ExternalRead<Version> {
  readonly transaction: number;
  readonly key: Key;
  readonly version: Version;
}

/**
 * Judges one value that a committed transaction read from others: was it written at all (garbage), was its
 * writer rolled back (G1a), did its writer write the key again (G1b, only asked of the version itself, not of
 * what stands before it)? True when the value may be built upon.
 */
export function judgeValue(
  read: ExternalRead<unknown>,
  value: Value,
  isVersion: boolean,
  writes: Writes,
  fates: readonly Transaction<unknown>[],
  findings: Findings,
): boolean {
  const { transaction, key } = read;
  const write = writes.get(key)?.get(value);
  const saw = `${name(transaction)} read ${quote(value)} of ${quote(key)}`;
  if (!write) {
    findings.add("garbage-read", [transaction], () => `garbage-read: ${saw}, which nobody wrote`);
    return false;
  }
  const writer = write.transaction;
  if (writer === transaction) {
    findings.add("internal", [transaction], () => `internal: ${saw} before it wrote it itself`);
    return false;
  }
  if (fates[writer]!.fate === "aborted") {
    findings.add(
      "G1a",
      [writer, transaction],
      () => `G1a: ${saw}, which ${name(writer)} wrote, and ${name(writer)} was rolled back`,
    );
    return false;
  }
  if (isVersion && !write.final) {
    findings.add(
      "G1b",
      [writer, transaction],
      () => `G1b: ${saw}, which ${name(writer)} wrote and overwrote before it committed`,
    );
  }
  return true;
}

/** Finds transactions that read the same version of a key and both wrote the key. */
export function findLostUpdates(
  reads: readonly ExternalRead<string>[],
  writers: (key: Key) => ReadonlySet<number>,
  findings: Findings,
): void {
  const readers = new Map<string, { key: Key; transactions: Set<number> }>();
  for (const { key, version, transaction } of reads) {
    if (!writers(key).has(transaction)) continue;
    const place = JSON.stringify([key, version]);
    const group = readers.get(place) ?? { key, transactions: new Set() };
    readers.set(place, group);
    group.transactions.add(transaction);
  }
  for (const { key, transactions } of readers.values()) {
    if (transactions.size < 2) continue;
    const all = [...transactions];
    findings.add(
      "lost-update",
      all,
      () =>
        `lost-update: ${all.map(name).join(", ")} read the same version of ${quote(key)} and each wrote it: none saw another's update`,
    );
  }
}

/** The transactions whose writes to a key are known to have happened, by key. */
export function writersByKey(writes: Writes, happened: (write: Write) => boolean): Map<Key, Set<number>> {
  const writers = new Map<Key, Set<number>>();
  for (const [key, values] of writes) {
    writers.set(key, new Set([...values.values()].filter(happened).map((write) => write.transaction)));
  }
  return writers;
}
