/**
 * Gives back the memory of bytes that have it to themselves, such as a message of ZeroMQ or a part of one; nothing
 * is left of them. Other bytes stay as they are.
 *
 * Left to itself, the collector marks through the whole heap each time some 40 MB of such messages have arrived,
 * because it is told of their memory but sees only small objects: at 64 KiB a message that is half of what receiving
 * them costs, and every few milliseconds a pause.
 */
export function release(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  const whole = buffer instanceof ArrayBuffer && !buffer.detached && byteLength === buffer.byteLength;
  if (whole) buffer.transfer(0);
}
