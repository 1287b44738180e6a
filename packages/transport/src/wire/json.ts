import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { UnencodableMessageError } from "../errors.ts";
import type { Codec } from "../transport.ts";

/**
 * A codec for plain JSON values, for a first try without a proto file: one string field that holds the value's
 * JSON. Several times slower and longer than what ts-proto generates, and nothing checks what arrives.
 * What JSON does not have is refused with an `UnencodableMessageError`: `undefined`, functions, circles, BigInts.
 */
export function jsonCodec<Message>(): Codec<Message> {
  return {
    encode(message, writer = new BinaryWriter()) {
      const json = jsonOf(message);
      return writer.uint32(10).string(json);
    },
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

function jsonOf(message: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(message);
  } catch (cause) {
    throw new UnencodableMessageError(String(cause), { cause });
  }
  if (json === undefined) throw new UnencodableMessageError(`${typeof message} is not JSON`);
  return json;
}
