import { readIds, writeIds } from "../bytes/ids.ts";
import { kind } from "../bytes/kind.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { Dot, ReplicaId } from "../replica.ts";
import { type VersionVector, versionVector } from "../vector/version-vector.ts";
import { type MatrixStamp, matrixMembersMax, stampFrom, stampOf } from "./matrix-clock.ts";

/* kind | members | ids that any row counts | index of the owner among the members | rows of counters, 0 for none | check */

/** The canonical encoding of a matrix stamp. O(members x ids). */
export function encodeMatrixStamp(stamp: MatrixStamp): Uint8Array {
  const rows = stampOf(stamp).members.map((member) => stamp.row(member));
  const ids = [...new Set(rows.flatMap((row) => row.ids))].sort((a, b) => (a < b ? -1 : 1));
  const writer = new Writer(kind.matrix);
  writeIds(writer, stamp.members);
  writeIds(writer, ids);
  writer.integer(stamp.members.indexOf(stamp.owner));
  for (const row of rows) for (const id of ids) writer.integer(row.get(id));
  return writer.finish();
}

/** Decodes what `encodeMatrixStamp` made; throws `MalformedBytesError` for anything else. */
export function decodeMatrixStamp(bytes: Uint8Array): MatrixStamp {
  const reader = new Reader(bytes, kind.matrix);
  const members = readIds(reader);
  const ids = readIds(reader);
  const owner = members[reader.integer()];
  if (owner === undefined || members.length > matrixMembersMax) {
    return reader.fail(`Not a matrix of at most ${matrixMembersMax} members and its owner`);
  }
  const rows = new Map(members.map((member): [ReplicaId, VersionVector] => [member, readRow(reader, ids)]));
  reader.finish();
  const counted = new Set([...rows.values()].flatMap((row) => row.ids));
  if (counted.size < ids.length) reader.fail("An id that no row counts");
  return stampFrom(owner, rows);
}

function readRow(reader: Reader, ids: readonly ReplicaId[]): VersionVector {
  return versionVector(ids.map((id): Dot => ({ id, counter: reader.integer() })));
}
