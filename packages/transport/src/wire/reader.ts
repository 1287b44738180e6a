import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** V8 keeps typed arrays up to this length among its own objects, where they cost no more than these. */
const copiedBytesMax = 64;

/**
 * Reads the records of a frame. It tells whether what it gave out still lies in the frame, so that a frame that
 * nobody needs any more can be given back at once; and it finds the fields that were lent, so that whoever reads
 * them by `bytes` sees no difference.
 */
export class FrameReader extends BinaryReader {
  /** Whether something that was read is a view of the frame. */
  shared = false;
  /** What the record lends that is being read, by the position behind each field's length. */
  lent: ReadonlyMap<number, Uint8Array> | undefined;
  readonly #frame: Uint8Array;

  constructor(frame: Uint8Array) {
    super(frame);
    this.#frame = frame;
  }

  override bytes(): Uint8Array {
    const length = this.uint32();
    const start = this.pos;
    const part = this.lent?.get(start);
    if (part !== undefined) {
      if (part.length !== length) throw new RangeError(`${length} bytes were announced, ${part.length} came`);
      return part;
    }
    const frame = this.#frame;
    if (length > frame.length - start) throw new RangeError("bytes that reach beyond the frame");
    this.pos += length;
    if (length > copiedBytesMax) {
      this.shared = true;
      return frame.subarray(start, start + length);
    }
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = frame[start + i]!;
    return copy;
  }

  override skip(wireType: WireType, fieldNo?: number, recursionLimit?: number): Uint8Array {
    if (this.lent !== undefined && wireType === WireType.LengthDelimited) return this.bytes();
    // Generated code may keep what it does not know.
    this.shared = true;
    return super.skip(wireType, fieldNo, recursionLimit);
  }
}
