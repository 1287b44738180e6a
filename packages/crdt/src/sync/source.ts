import type { Document } from "../document/document.ts";
import type { Schema } from "../document/schema.ts";
import { decodeDocumentVersion, encodeDocumentVersion } from "../document/version.ts";
import type { Replicated } from "../sequence/replicated.ts";
import { decodeVersion, encodeVersion, type Version } from "../sequence/version.ts";

/** Anything that is brought together by telling each other versions. All is bytes, so any road will do. */
export interface SyncSource {
  /** What is here. */
  version(): Uint8Array;
  /** Own changes since the last call; undefined when there are none. */
  take(): Uint8Array | undefined;
  /** What a peer at a version lacks; undefined when it lacks nothing. Throws when the version is bad or updates cannot help. */
  since(version: Uint8Array): Uint8Array | undefined;
  /** Whether a peer at a version has something that is not here. Throws when the version is bad. */
  lacks(version: Uint8Array): boolean;
  /** Takes a peer's update; throws and changes nothing when it is bad. Returns how many operations were new. */
  apply(update: Uint8Array): number;
  /** Bytes of updates that wait for their causes. */
  readonly pendingBytes: number;
  /** Takes note of a peer's version, and forgets what can be forgotten. */
  readonly observe?: ((peer: string, version: Uint8Array) => void) | undefined;
}

/** A document for anti-entropy. With `forget`, what every member has seen is forgotten as soon as that is known. */
export function documentSource<S extends Schema>(
  document: Document<S>,
  { forget = false }: { readonly forget?: boolean } = {},
): SyncSource {
  const covers = (seen: Version, other: Version): boolean =>
    [...other].every(([replica, count]) => (seen.get(replica) ?? 0) >= count);
  const observe = (peer: string, bytes: Uint8Array): void => {
    document.observe(peer, decodeDocumentVersion(bytes));
    document.forget();
  };
  return {
    version: () => encodeDocumentVersion(document.version()),
    take: () => document.takeUpdate(),
    since(bytes) {
      const [theirs, here] = [decodeDocumentVersion(bytes), document.version()];
      if (theirs.epoch > here.epoch) return undefined;
      if (theirs.epoch === here.epoch && theirs.mark === here.mark && covers(theirs.seen, here.seen))
        return undefined;
      return document.updateSince(theirs);
    },
    lacks(bytes) {
      const [theirs, here] = [decodeDocumentVersion(bytes), document.version()];
      return theirs.epoch > here.epoch || !covers(here.seen, theirs.seen);
    },
    apply: (update) => document.apply(update).applied,
    get pendingBytes() {
      return document.pendingBytes;
    },
    observe: forget ? observe : undefined,
  };
}

/** A text or list for anti-entropy. */
export function sequenceSource(sequence: Replicated): SyncSource {
  const ahead = (version: Version, of: Version): boolean =>
    [...version].some(([replica, count]) => count > (of.get(replica) ?? 0));
  return {
    version: () => encodeVersion(sequence.version()),
    take: () => sequence.takeUpdate(),
    since(bytes) {
      const theirs = decodeVersion(bytes);
      return ahead(sequence.version(), theirs) ? sequence.updateSince(theirs) : undefined;
    },
    lacks: (bytes) => ahead(decodeVersion(bytes), sequence.version()),
    apply: (update) => sequence.apply(update).applied,
    get pendingBytes() {
      return sequence.pendingBytes;
    },
  };
}
