import { crc32 } from "node:zlib";

/** Longer ones are left to native code, which is faster on each byte, and takes longer to be called. */
const tableBytesMax = 256;

/** Sarwate's table, and seven that carry it on: eight bytes a step. */
const tables = makeTables();

function makeTables(): Uint32Array {
  const made = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    made[byte] = sum;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256]!;
    made[at] = made[before & 0xff]! ^ (before >>> 8);
  }
  return made;
}

/**
 * CRC-32 of the bytes from `from` up to, and without, `to`, starting from `seed`: what `zlib.crc32` answers for them.
 * Most records are short, and a view of each for native code would be garbage at once.
 */
export function checksum(bytes: Uint8Array, from: number, to: number, seed: number): number {
  if (to - from > tableBytesMax) return crc32(bytes.subarray(from, to), seed);
  let sum = ~seed;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    sum =
      tables[1792 + (sum & 0xff)]! ^
      tables[1536 + ((sum >>> 8) & 0xff)]! ^
      tables[1280 + ((sum >>> 16) & 0xff)]! ^
      tables[1024 + (sum >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < to; at++) sum = tables[(sum ^ bytes[at]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}
