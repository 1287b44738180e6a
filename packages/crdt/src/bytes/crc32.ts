/**
 * CRC-32 (ISO-HDLC, the polynomial of zip and Ethernet), four bytes a step. It finds every error burst of up to
 * 32 bits, so every flipped bit. Written here because data packages also run in browsers, where there is no `node:zlib`.
 */
const tables: readonly Uint32Array[] = buildTables();
const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

/** Node.js has it built in; a call into it costs about as much as this many bytes. */
const NATIVE_FROM = 256;
const native: ((bytes: Uint8Array) => number) | undefined =
  globalThis.process?.getBuiltinModule?.("node:zlib")?.crc32;

/** Checksum of `bytes[from, to)`. O(n). */
export function crc32(bytes: Uint8Array, from: number, to: number): number {
  if (to - from >= NATIVE_FROM && native !== undefined) return native(bytes.subarray(from, to));
  let crc = 0xffffffff;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = t3[crc & 0xff]! ^ t2[(crc >>> 8) & 0xff]! ^ t1[(crc >>> 16) & 0xff]! ^ t0[crc >>> 24]!;
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

function buildTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc;
  }
  const all = [first];
  for (let step = 1; step < 4; step++) {
    const before = all[step - 1]!;
    all.push(Uint32Array.from(before, (crc) => (crc >>> 8) ^ first[crc & 0xff]!));
  }
  return all;
}
