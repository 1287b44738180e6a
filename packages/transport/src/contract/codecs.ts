// The messages of the contract's cases, written by hand so that the contract needs nothing generated.
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec } from "../transport.ts";

/** A message of one string. */
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

/** A message of one bytes field. */
export const bytes: Codec<Uint8Array> = {
  encode: (message, writer = new BinaryWriter()) => writer.uint32(10).bytes(message),
  decode(input) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    if (reader.uint32() !== 10) throw new Error("not bytes");
    return reader.bytes();
  },
};

/** Parcels within parcels: each holds its bytes, in a message of its own, and after them all that follow it. */
export const parcels: Codec<Uint8Array[]> = {
  encode(message, writer = new BinaryWriter()) {
    const [first, ...rest] = message;
    if (first === undefined) return writer;
    writer.uint32(10).fork().uint32(10).bytes(first).uint32(18).string("x".repeat(200)).join();
    return parcels.encode(rest, writer.uint32(18).fork()).join();
  },
  decode(input, length) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    const message: Uint8Array[] = [];
    while (reader.pos < end) {
      const tag = reader.uint32();
      const size = reader.uint32();
      if (tag === 18) message.push(...parcels.decode(reader, size));
      else {
        const innerEnd = reader.pos + size;
        if (reader.uint32() !== 10) throw new Error("not a parcel");
        message.push(reader.bytes());
        // Skips what it does not know, as a reader of an earlier version would.
        while (reader.pos < innerEnd) reader.skip(reader.uint32() & 7);
      }
    }
    return message;
  },
};
