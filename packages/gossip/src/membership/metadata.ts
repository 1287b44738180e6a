import { OptionError } from "../errors.ts";
import { Tags } from "../gen/membership.ts";
import { metadataBytesMax } from "./precedence.ts";

/** Metadata as they travel. The same for equal metadata. Throws `OptionError` beyond what a packet carries. */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): Uint8Array {
  const tags = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, value] of tags)
    if (typeof value !== "string") throw new OptionError(`metadata.${name} must be a text, not ${value}`);
  const bytes = Tags.encode({ tags: tags.map(([name, value]) => ({ name, value })) }).finish();
  if (bytes.length > metadataBytesMax)
    throw new OptionError(`metadata must have ${metadataBytesMax} bytes at most, not ${bytes.length}`);
  return bytes;
}

/** What another member says of itself; nothing, when it cannot be read. */
export function decodeMetadata(bytes: Uint8Array): Readonly<Record<string, string>> {
  if (bytes.length === 0) return none;
  try {
    const { tags } = Tags.decode(bytes);
    return Object.freeze(Object.fromEntries(tags.map(({ name, value }) => [name, value])));
  } catch {
    return none;
  }
}

const none: Readonly<Record<string, string>> = Object.freeze({});
