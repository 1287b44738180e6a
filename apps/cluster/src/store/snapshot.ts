import { SnapshotError } from "../errors.ts";
import { Entry, SnapshotHeader } from "../gen/store.ts";

/*
 * A snapshot is a sequence of frames, each a length (uint32, little endian) and a message: the header, then the
 * entries. Chunks are cut anywhere.
 */
const lengthBytes = 4;
const chunkBytes = 262_144;

function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(lengthBytes + message.length);
  new DataView(framed.buffer).setUint32(0, message.length, true);
  framed.set(message, lengthBytes);
  return framed;
}

/** Writes entries as a snapshot, lazily, in chunks of about a quarter of a mebibyte. */
export function* writeSnapshot(revision: number, entries: readonly Entry[]): Generator<Uint8Array> {
  let pending = [frame(SnapshotHeader.encode({ revision, entries: entries.length }).finish())];
  let bytes = 0;
  for (const entry of entries) {
    const framed = frame(Entry.encode(entry).finish());
    pending.push(framed);
    bytes += framed.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(pending);
    pending = [];
    bytes = 0;
  }
  yield Buffer.concat(pending);
}

/** The messages of a snapshot. Each has its bytes to itself. */
async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let needed = lengthBytes;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    if (held < needed) continue;
    const buffer = Buffer.concat(parts);
    let at = 0;
    for (needed = lengthBytes; at + needed <= held; needed = lengthBytes) {
      needed += buffer.readUInt32LE(at);
      if (at + needed > held) break;
      yield new Uint8Array(buffer.subarray(at + lengthBytes, at + needed));
      at += needed;
    }
    parts = [buffer.subarray(at)];
    held -= at;
  }
  if (held > 0) throw new SnapshotError(`The snapshot ends ${needed - held} bytes too early.`);
}

/** Reads what `writeSnapshot` wrote. Throws `SnapshotError`. */
export async function readSnapshot(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly revision: number; readonly entries: readonly Entry[] }> {
  let header: SnapshotHeader | undefined;
  const entries: Entry[] = [];
  for await (const message of frames(chunks)) {
    if (header) entries.push(Entry.decode(message));
    else header = SnapshotHeader.decode(message);
  }
  if (header?.entries !== entries.length)
    throw new SnapshotError(
      `The snapshot has ${entries.length} entries and says ${header?.entries ?? "nothing"}.`,
    );
  return { revision: header.revision, entries };
}
