import { type ReplicaId, replicasMax } from "../replica.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Writes a table of sorted, distinct ids. */
export function writeIds(writer: Writer, ids: readonly ReplicaId[]): void {
  writer.integer(ids.length);
  for (const id of ids) writer.id(id);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a table of ids; refuses one that is out of order, so that a set of ids has one encoding. */
export function readIds(reader: Reader): ReplicaId[] {
  const count = reader.count(2);
  if (count > replicasMax) reader.fail(`More than ${replicasMax} replicas`);
  const ids: ReplicaId[] = [];
  for (let i = 0; i < count; i++) {
    const id = readId(reader);
    if (i > 0 && !(ids[i - 1]! < id)) reader.fail("Replica ids out of order");
    ids.push(id);
  }
  return ids;
}

function readId(reader: Reader): ReplicaId {
  const bytes = reader.raw(reader.byte());
  if (bytes.length === 0) return reader.fail("An empty replica id");
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    return reader.fail("A replica id is not UTF-8", cause);
  }
}
