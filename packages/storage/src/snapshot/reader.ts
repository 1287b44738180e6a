import type { Disk, DiskFile } from "../disk.ts";
import { SnapshotCorruptError } from "../errors.ts";
import {
  decodeHeader,
  endSign,
  fixedHeaderBytes,
  footerBytes,
  frameContentMax,
  frameHeaderBytes,
  frameSum,
  headerLength,
  isFooter,
} from "./format.ts";

/** A committed snapshot, as its header tells. */
export interface Snapshot {
  /** Counts the snapshots of a store; a newer one has a higher number. */
  readonly sequence: number;
  /** What was given to `begin`. */
  readonly metadata: Uint8Array;
}

interface Header extends Snapshot {
  readonly length: number;
  readonly sum: number;
}

async function readHeader(file: DiskFile, sequence: number): Promise<Header> {
  const damaged = (what: string) => new SnapshotCorruptError(file.path, sequence, 0, what);
  const length = headerLength(await file.read(0, fixedHeaderBytes));
  if (typeof length === "string") throw damaged(length);
  const bytes = await file.read(0, length);
  if (bytes.length < length) throw damaged("the header is cut off");
  const header = decodeHeader(bytes);
  if (typeof header === "string") throw damaged(header);
  if (header.sequence !== sequence) throw damaged(`it is snapshot ${header.sequence} under another name`);
  return { ...header, length };
}

export async function readSnapshot(disk: Disk, path: string, sequence: number): Promise<Snapshot> {
  await using file = await disk.open(path);
  const { metadata } = await readHeader(file, sequence);
  return { sequence, metadata };
}

/** The body, in the pieces it was stored in; each has been verified when it is given out. */
export async function* readBody(
  disk: Disk,
  path: string,
  sequence: number,
): AsyncGenerator<Uint8Array, void> {
  await using file = await disk.open(path);
  let { length: at, sum } = await readHeader(file, sequence);
  const damaged = (what: string) => new SnapshotCorruptError(path, sequence, at, what);
  for (let bodyBytes = 0; ; ) {
    const bytes = await file.read(at, frameHeaderBytes + frameContentMax);
    if (bytes.length < frameHeaderBytes) throw damaged("the file is cut off");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = view.getUint32(0, true);
    if (length === endSign) {
      // Only the footer may be left: a longer rest would be bytes that nobody committed.
      if (bytes.length !== footerBytes || !isFooter(bytes, bodyBytes, sum))
        throw damaged("the footer is wrong");
      return;
    }
    if (length > frameContentMax || length === 0) throw damaged(`a piece claims ${length} bytes`);
    if (bytes.length < frameHeaderBytes + length) throw damaged("the file is cut off");
    const frame = bytes.subarray(0, frameHeaderBytes + length);
    sum = frameSum(frame, sum);
    if (view.getUint32(4, true) !== sum) throw damaged("the checksum of a piece is wrong");
    at += frame.length;
    bodyBytes += length;
    yield frame.subarray(frameHeaderBytes);
  }
}
