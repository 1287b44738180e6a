import type { Disk } from "../disk.ts";
import { FileNotFoundError, JournalCorruptError } from "../errors.ts";
import { frameBytes, kindMark, readRecord, recordHeaderBytes, segmentHeaderBytes } from "./format.ts";
import { endOf, type Segment } from "./segment.ts";

/** Less is not worth a call to the disk. */
const readBytesMin = 4_096;

/** Records read back from a journal, one after the other. */
export interface Excerpt {
  /** Views of one buffer that is the reader's own. */
  readonly records: readonly Uint8Array[];
  /** Where the next record begins: read on from here. */
  readonly next: number;
}

/**
 * The records of one segment from `position` on, which must be where a record begins: at least one, then as many as
 * fit in `bytesMax`, none from `end` on. Each is verified. `undefined` when the segment has been trimmed meanwhile.
 */
export async function readExcerpt(
  disk: Disk,
  segment: Segment,
  identity: number,
  position: number,
  end: number,
  bytesMax: number,
): Promise<Excerpt | undefined> {
  const first = position === segment.base ? segmentHeaderBytes : position - segment.base;
  const last = Math.min(end, endOf(segment)) - segment.base;
  try {
    await using file = await disk.open(segment.path);
    for (let wanted = Math.max(bytesMax, readBytesMin); ; wanted *= 8) {
      const bytes = await file.read(first, Math.min(wanted, last - first));
      const excerpt = recordsOf(bytes, segment, identity, first, last);
      // A record that is longer than what was asked for.
      if (excerpt !== undefined) return excerpt;
    }
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}

/** The whole records in `bytes`, which begin at offset `first`; `undefined` when even the first is cut off. */
function recordsOf(
  bytes: Uint8Array,
  segment: Segment,
  identity: number,
  first: number,
  last: number,
): Excerpt | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: Uint8Array[] = [];
  let used = 0;
  while (first + used < last) {
    const offset = first + used;
    const header = readRecord(bytes, view, used, segment.base + offset, segment.bytes - offset, identity);
    if (header === "missing" && offset + bytes.length - used < last) {
      if (used === 0) return undefined;
      break;
    }
    if (typeof header !== "object") {
      // Only where no record fits any more does a segment end before its last byte.
      if (last === segment.bytes && isEmpty(bytes, used)) return { records, next: endOf(segment) };
      throw new JournalCorruptError(
        segment.path,
        offset,
        "no good record begins here, where one was durable",
      );
    }
    const content = used + recordHeaderBytes;
    if (header.kind !== kindMark) records.push(bytes.subarray(content, content + header.length));
    used += frameBytes(header.length);
  }
  const next = segment.base + first + used;
  return { records, next };
}

function isEmpty(bytes: Uint8Array, from: number): boolean {
  return bytes.subarray(from).every((byte) => byte === 0);
}
