/**
 * A frame is what travels: the records of one turn of the sender's event loop for one peer and lane.
 *
 *     frame  = magic version record*
 *     magic  = 0xC7
 *     version = 0x01
 *     record = channel (uint32, little-endian) length (31 bits, little-endian, and lent) payload (length bytes)
 *
 * The channel is the FNV-1a hash of its name: it needs no agreement between the two ends, so a frame can be read
 * whatever was lost before it. The fixed width of the length lets the payload be encoded in place behind it.
 *
 * The highest bit of the length says that `bytes` fields of this record were not copied into the frame but follow it
 * as parts of the same ZeroMQ message, in their order. Such a payload ends with a table that says where they belong:
 *
 *     table = position (uint32, little-endian, from the payload's start, behind the field's length)* count (uint32)
 */
export const magic = 0xc7;
export const version = 0x01;
export const frameHeader: Uint8Array = Uint8Array.of(magic, version);
export const frameHeaderBytes = 2;
export const recordHeaderBytes = 8;
export const lentFlag = 0x8000_0000;

/** 32 bits of FNV-1a over the name's UTF-8 bytes. 0 belongs to the link itself and is never a channel's. */
export function channelId(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0 || 1;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
