import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec } from "../transport.ts";

/** A codec for messages that are bytes already, such as the updates of a replicated document: one bytes field. */
export const bytesCodec: Codec<Uint8Array> = {
  encode: (message, writer = new BinaryWriter()) => writer.uint32(10).bytes(message),
  decode(input, length) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    let bytes = new Uint8Array(0);
    while (reader.pos < end) {
      const tag = reader.uint32();
      // A copy: what is read lies in a buffer that the road uses again.
      if (tag === 10) bytes = reader.bytes().slice();
      else reader.skip(tag & 7);
    }
    return bytes;
  },
};
