import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec } from "@coterie/transport";

/** Messages as JSON: for examples and experiments that need no schema. */
export function jsonCodec<Message>(): Codec<Message> {
  return {
    encode: (message, writer = new BinaryWriter()) => writer.string(JSON.stringify(message)),
    decode(input) {
      const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
      return JSON.parse(reader.string()) as Message;
    },
  };
}
