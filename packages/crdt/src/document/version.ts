import { checkVersion, told } from "../arguments.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError, InvalidArgumentError, InvalidUpdateError } from "../errors.ts";
import { checkReplicaId } from "../sequence/replicas.ts";
import type { Version } from "../sequence/version.ts";

/**
 * The replica that everything belongs to which was there when history was forgotten. In reports it stands for the
 * forgetting itself.
 */
export const BASE = "~";

/** Most replicas that a version can name, and most bytes of an id: what version vectors hold. */
export const REPLICAS_MAX = 65_536;
const REPLICA_ID_BYTES_MAX = 255;
const utf8 = new TextEncoder();

/** What a replica of a document has seen, and what it has forgotten. */
export interface DocumentVersion {
  readonly epoch: number;
  readonly mark: number;
  /** By replica id the number of its operations. */
  readonly seen: Version;
}

const VERSION = 0xc8;
const FORMAT = 1;

/** A version as bytes, to ask a peer for what is missing. Equal versions have equal bytes. Throws InvalidArgumentError. */
export function encodeDocumentVersion(version: DocumentVersion): Uint8Array {
  checkDocumentVersion(version);
  const { epoch, mark, seen } = version;
  const writer = new Writer();
  writer.byte(VERSION);
  writer.byte(FORMAT);
  writer.uint(epoch);
  writer.uint(mark);
  writeVersion(writer, seen);
  return writer.sealed();
}

/** Throws CorruptBytesError or InvalidUpdateError when the bytes are not a version. */
export function decodeDocumentVersion(bytes: Uint8Array): DocumentVersion {
  const reader = Reader.sealed(bytes);
  if (reader.byte() !== VERSION || reader.byte() !== FORMAT)
    throw new CorruptBytesError("they do not hold the version of a document");
  const [epoch, mark, seen] = [reader.uint(), reader.uint(), readVersion(reader)];
  reader.finish();
  return { epoch, mark, seen };
}

/** Refuses what is no version of a document. */
export function checkDocumentVersion(version: DocumentVersion): void {
  if (version === null || typeof version !== "object" || !("seen" in version))
    throw new InvalidArgumentError(
      `A version of a document is what its version() gives, or decodeDocumentVersion(bytes); not ${told(version)}.`,
    );
  checkVersion(version.seen);
}

/** What was seen in either of two versions. */
export function joinOf(a: Version, b: Version): Map<string, number> {
  const joined = new Map(a);
  for (const [replica, count] of b) joined.set(replica, Math.max(count, joined.get(replica) ?? 0));
  return joined;
}

export function writeVersion(writer: Writer, version: Version): void {
  const entries = [...version].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  writer.uint(entries.length);
  for (const [replica, count] of entries) {
    writer.text(replica);
    writer.uint(count);
  }
}

export function readVersion(reader: Reader): Map<string, number> {
  const version = new Map<string, number>();
  let before = "";
  const size = reader.count(3);
  if (size > REPLICAS_MAX) throw new CorruptBytesError(`a version names more than ${REPLICAS_MAX} replicas`);
  for (let left = size; left > 0; left--) {
    const replica = readReplica(reader);
    if (replica <= before) throw new CorruptBytesError("the replica ids are not in order");
    before = replica;
    const count = reader.uint();
    if (count === 0) throw new CorruptBytesError("a replica that has done nothing is named");
    version.set(replica, count);
  }
  return version;
}

export function readReplica(reader: Reader): string {
  const replica = reader.text();
  try {
    checkDocumentReplica(replica);
  } catch (cause) {
    throw new InvalidUpdateError("a replica id in it is not allowed", { cause });
  }
  return replica;
}

/** Refuses an id that a replica of a document cannot have: causal contexts bound ids by bytes. */
export function checkDocumentReplica(replica: string): void {
  checkReplicaId(replica);
  if (replica === BASE || utf8.encode(replica).length > REPLICA_ID_BYTES_MAX)
    throw new InvalidArgumentError(
      `A replica id of a document is not ${BASE} and has at most ${REPLICA_ID_BYTES_MAX} bytes of UTF-8.`,
    );
}
