import { crc32 } from "node:zlib";

// A snapshot file: header, frames, footer. The checksum runs through the whole file: each frame carries its value
// so far, so it vouches for the frame itself and for everything before it, in this order; the footer's vouches for
// the whole. All numbers are little-endian.

const magic = 0x70616e73; // "snap"
const version = 1;

/** magic (4), version (4), sequence (8), length of the metadata (4); then the metadata and a checksum (4) */
export const fixedHeaderBytes = 20;
/** length (4), checksum so far (4); then the content */
export const frameHeaderBytes = 8;
/** end sign (4), length of the body (8), checksum of all (4) */
export const footerBytes = 16;
/** Longest content of a frame: what a reader must hold in memory. */
export const frameContentMax: number = 256 * 1024;
/** Longest metadata. */
export const metadataBytesMax: number = 64 * 1024;
/** Stands where a frame's length would. */
export const endSign: number = 0xffff_ffff;

function putSafe(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function getSafe(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A header, and the checksum that the first frame goes on from. */
export function encodeHeader(sequence: number, metadata: Uint8Array): { bytes: Uint8Array; sum: number } {
  const bytes = new Uint8Array(fixedHeaderBytes + metadata.length + 4);
  const view = viewOf(bytes);
  view.setUint32(0, magic, true);
  view.setUint32(4, version, true);
  putSafe(view, 8, sequence);
  view.setUint32(16, metadata.length, true);
  bytes.set(metadata, fixedHeaderBytes);
  const sum = crc32(bytes.subarray(0, bytes.length - 4));
  view.setUint32(bytes.length - 4, sum, true);
  return { bytes, sum };
}

/** Length of the whole header; a word on what is wrong when these are not the first bytes of one. */
export function headerLength(bytes: Uint8Array): number | string {
  if (bytes.length < fixedHeaderBytes) return "the file is too short for a header";
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== magic) return "the file does not begin like a snapshot";
  if (view.getUint32(4, true) !== version)
    return `version ${view.getUint32(4, true)} of the format is unknown`;
  const metadata = view.getUint32(16, true);
  if (metadata > metadataBytesMax) return `the metadata claims ${metadata} bytes`;
  return fixedHeaderBytes + metadata + 4;
}

/** What a whole header says; a word on what is wrong when it is damaged. */
export function decodeHeader(
  bytes: Uint8Array,
): { sequence: number; metadata: Uint8Array; sum: number } | string {
  const sum = crc32(bytes.subarray(0, bytes.length - 4));
  const view = viewOf(bytes);
  if (view.getUint32(bytes.length - 4, true) !== sum) return "the checksum of the header is wrong";
  return { sequence: getSafe(view, 8), metadata: bytes.slice(fixedHeaderBytes, bytes.length - 4), sum };
}

/** Completes a frame whose content is in place behind room for its header. Returns the checksum so far. */
export function sealFrame(frame: Uint8Array, sum: number): number {
  const view = viewOf(frame);
  view.setUint32(0, frame.length - frameHeaderBytes, true);
  const next = frameSum(frame, sum);
  view.setUint32(4, next, true);
  return next;
}

/** The checksum up to the end of a frame, from the checksum before it. */
export function frameSum(frame: Uint8Array, sum: number): number {
  return crc32(frame.subarray(frameHeaderBytes), crc32(frame.subarray(0, 4), sum));
}

export function encodeFooter(bodyBytes: number, sum: number): Uint8Array {
  const bytes = new Uint8Array(footerBytes);
  const view = viewOf(bytes);
  view.setUint32(0, endSign, true);
  putSafe(view, 4, bodyBytes);
  view.setUint32(12, crc32(bytes.subarray(0, 12), sum), true);
  return bytes;
}

/** Whether these are the footer of a body of this length and checksum. */
export function isFooter(bytes: Uint8Array, bodyBytes: number, sum: number): boolean {
  return Buffer.compare(bytes, encodeFooter(bodyBytes, sum)) === 0;
}
