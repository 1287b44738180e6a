import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec } from "../transport.ts";

/**
 * A codec for plain JSON values, for a first try without a proto file: one string field that holds the value's
 * JSON. Several times slower and longer than what ts-proto generates, and nothing checks what arrives.
 */
export function jsonCodec<Message>(): Codec<Message> {
  return {
    encode: (message, writer = new BinaryWriter()) => writer.uint32(10).string(JSON.stringify(message)),
    decode(input, length) {
      const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
      const end = length === undefined ? reader.len : reader.pos + length;
      let json = "null";
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === 10) json = reader.string();
        else reader.skip(tag & 7);
      }
      return JSON.parse(json) as Message;
    },
  };
}
