import { checkVersion } from "../arguments.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, UnknownVersionError } from "../errors.ts";
import { checkReplicaId } from "./replicas.ts";

/** What a replica has seen: for each replica id the number of its operations. Replicas never seen are left out. */
export type Version = ReadonlyMap<string, number>;

const VERSION = 0xc3;

/** Refuses a version that has seen more than there is here, where `next` tells a replica's next number. */
export function checkKnown(version: Version, next: (replica: string) => number): void {
  for (const [replica, count] of version)
    if (count > next(replica)) throw new UnknownVersionError(replica, next(replica), count);
}

/** Encodes a version, to ask a peer for what is missing. The same version always has the same bytes. Throws InvalidArgumentError. */
export function encodeVersion(version: Version): Uint8Array {
  checkVersion(version);
  const writer = new Writer();
  writer.byte(VERSION);
  const entries = [...version].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  writer.uint(entries.length);
  for (const [replica, count] of entries) {
    writer.text(replica);
    writer.uint(count);
  }
  return writer.sealed();
}

/** Decodes a version. Throws CorruptBytesError when the bytes are not one. */
export function decodeVersion(bytes: Uint8Array): Version {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== VERSION) throw new CorruptBytesError("they do not hold a version");
  const version = new Map<string, number>();
  let before = "";
  for (let left = reader.count(3); left > 0; left--) {
    const replica = reader.text();
    checkReplicaId(replica);
    if (replica <= before) throw new CorruptBytesError("the replica ids are not in order");
    before = replica;
    version.set(replica, reader.uint());
  }
  reader.finish();
  return version;
}
