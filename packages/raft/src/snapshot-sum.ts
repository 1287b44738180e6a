import { crc32 } from "node:zlib";
import type { SnapshotSum } from "./gen/raft.ts";

/** Length and checksum of a snapshot's bytes, as they come. */
export class RunningSum implements SnapshotSum {
  bytes = 0;
  crc32 = 0;

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.crc32 = crc32(chunk, this.crc32);
  }
}

export async function sumOf(chunks: AsyncIterable<Uint8Array>): Promise<SnapshotSum> {
  const sum = new RunningSum();
  for await (const chunk of chunks) sum.add(chunk);
  return sum;
}

export function isSameSum(a: SnapshotSum, b: SnapshotSum): boolean {
  return a.bytes === b.bytes && a.crc32 === b.crc32;
}
