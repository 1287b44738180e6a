import { CorruptBytesError } from "../errors.ts";
import { outline } from "../sequence/document-outline.ts";
import { bodyOf, type Compression, type SequenceLimits } from "../sequence/engine.ts";
import type { Version } from "../sequence/version.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text before the sequence behind it is needed. */
export interface Shown {
  readonly text: string;
  readonly version: Version;
  /** What it was read from: a copy, as the caller may go on to use the bytes for something else. */
  readonly bytes: Uint8Array;
}

/**
 * The text that a document shows, when it can be known, and the document be checked, without replaying its operations;
 * else undefined. Throws when the document is bad.
 */
export function shownText(
  bytes: Uint8Array,
  tag: number,
  limits: SequenceLimits,
  compression: Compression | undefined,
): Shown | undefined {
  const { body, history } = bodyOf(bytes, tag, compression);
  if (history) return undefined;
  const known = outline(body, limits);
  if (known === undefined) return undefined;
  const text = decoded(body.raw(body.left));
  // Whether operations cut a surrogate pair in two shows in the replay alone.
  if (/[\ud800-\udfff]/.test(text)) return undefined;
  if (text.length !== known.length)
    throw new CorruptBytesError("the text is not as long as its operations make it");
  return { text, version: known.version, bytes: bytes.slice() };
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new CorruptBytesError("a text is not valid UTF-8", { cause });
  }
}
