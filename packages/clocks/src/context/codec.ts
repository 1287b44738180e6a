import { readIds, writeIds } from "../bytes/ids.ts";
import { kind } from "../bytes/kind.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { ReplicaId } from "../replica.ts";
import { fromSets } from "./contexts.ts";
import { gapsMax, type Intervals } from "./intervals.ts";
import { contextOf, idsOf, intervalsOf } from "./replica-sets.ts";
import type { CausalContext, ReadonlyCausalContext } from "./types.ts";

/*
 * kind | ids | for each id: n, n times (gap, length) | check
 *
 * An interval is told from the end of the one before it (0 at first): `gap` counters are left out, at least one
 * between two intervals, then `length + 1` are in. Small numbers for small gaps, and no two spellings of one set.
 */

/** The canonical encoding of a causal context: equal sets of dots give equal bytes. O(intervals). */
export function encodeCausalContext(context: ReadonlyCausalContext): Uint8Array {
  const ids = idsOf(contextOf(context));
  const writer = new Writer(kind.causalContext);
  writeIds(writer, ids);
  for (const id of ids) {
    const set = intervalsOf(context, id);
    writer.integer(set.length / 2);
    let end = 0;
    for (let i = 0; i < set.length; i += 2) {
      writer.integer(set[i]! - end - 1);
      writer.integer(set[i + 1]! - set[i]!);
      end = set[i + 1]!;
    }
  }
  return writer.finish();
}

/** Decodes what `encodeCausalContext` made; throws `MalformedBytesError` for anything else. */
export function decodeCausalContext(bytes: Uint8Array): CausalContext {
  const reader = new Reader(bytes, kind.causalContext);
  const sets = readIds(reader).map((id): [ReplicaId, Intervals] => [id, readIntervals(reader)]);
  reader.finish();
  return fromSets(sets);
}

function readIntervals(reader: Reader): Intervals {
  const count = reader.count(2);
  if (count === 0 || count > gapsMax + 1) reader.fail(`Not a number of intervals from 1 to ${gapsMax + 1}`);
  const set: number[] = [];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const gap = reader.integer();
    if (i > 0 && gap === 0) reader.fail("Adjacent intervals");
    const from = end + gap + 1;
    end = from + reader.integer();
    if (!Number.isSafeInteger(end)) reader.fail("Not a counter of at most 2^53 - 1");
    set.push(from, end);
  }
  return set;
}
