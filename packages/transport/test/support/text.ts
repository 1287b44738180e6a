import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec, Method } from "@coterie/transport";

/** A message of one string. Anything that is not one is refused. */
export const text: Codec<string> = {
  encode: (message, writer = new BinaryWriter()) => writer.uint32(10).string(message),
  decode(input, length) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    let message = "";
    while (reader.pos < end) {
      if (reader.uint32() !== 10) throw new Error("not a text");
      message = reader.string();
    }
    return message;
  },
};

export function textMethod(name: string): Method<string, string> {
  return { name, request: text, response: text };
}
