import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import type { Version } from "../sequence/version.ts";
import { readVersion, writeVersion } from "./update-format.ts";

/**
 * The replica that everything belongs to which was there when history was forgotten. In reports it stands for the
 * forgetting itself.
 */
export const BASE = "~";

/** How often history was forgotten, and up to where. */
export interface Epoch {
  readonly number: number;
  /** A digest of where history was forgotten, this time and before: replicas that disagree notice. */
  readonly mark: number;
  /** What had been seen when it was forgotten last. */
  readonly base: Version;
}

export const FIRST_EPOCH: Epoch = { number: 0, mark: 0, base: new Map() };

/** The epoch after one, when history is forgotten at a version. */
export function epochAfter(epoch: Epoch, base: Version): Epoch {
  const writer = new Writer();
  writer.uint(epoch.mark);
  writeVersion(writer, base);
  const sealed = writer.sealed();
  const mark = new DataView(sealed.buffer, sealed.byteOffset).getUint32(sealed.length - 4);
  return { number: epoch.number + 1, mark, base };
}

/** What a replica of a document has seen, and what it has forgotten. */
export interface DocumentVersion {
  readonly epoch: number;
  readonly mark: number;
  /** By replica id the number of its operations. */
  readonly seen: Version;
}

const VERSION = 0xc8;
const FORMAT = 1;

/** A version as bytes, to ask a peer for what is missing. Equal versions have equal bytes. */
export function encodeDocumentVersion({ epoch, mark, seen }: DocumentVersion): Uint8Array {
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
