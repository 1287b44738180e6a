import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec, Method } from "@coterie/transport";

const empty = new Uint8Array(0);

/** A message of one bytes field. */
export const payload: Codec<Uint8Array> = {
  encode: (message, writer = new BinaryWriter()) => writer.uint32(10).bytes(message),
  decode(input, length) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    let message: Uint8Array = empty;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 10) message = reader.bytes();
      else reader.skip(tag & 7);
    }
    return message;
  },
};

export const echo: Method<Uint8Array, Uint8Array> = {
  name: "bench/Echo",
  request: payload,
  response: payload,
};

/** What every road writes per turn of its event loop: so many records are there to be sent at a time. */
export const recordsPerTurn = 256;
