import type { Codec } from "@coterie/transport";
import { MalformedMessageError } from "../errors.ts";
import { MapMessage as Wire } from "../gen/map.ts";
import type { Entry } from "../gen/replica.ts";
import type { MapMessage } from "./core.ts";

export interface EntryLimits {
  readonly keyLengthMax: number;
  readonly valueBytesMax: number;
}

const wallMsMax = 2 ** 48 - 1;
const logicalMax = 0xffff;
/** A node id of 64 characters and its epoch fit. */
const writerMax = 96;

/** Messages of a map as bytes. What no node of ours sends is refused, and counted by the transport. */
export function mapCodec(limits: EntryLimits): Codec<MapMessage> {
  return {
    encode(message, writer) {
      if (message.$case !== "rumors") return Wire.encode({ kind: message }, writer);
      const value = { entries: [...message.value.rumors], known: [...message.value.known] };
      return Wire.encode({ kind: { $case: "rumors", value } }, writer);
    },
    decode(input, length) {
      const { kind } = Wire.decode(input, length);
      switch (kind?.$case) {
        case "rumors":
          checkAll(kind.value.entries, limits);
          return { $case: "rumors", value: { rumors: kind.value.entries, known: kind.value.known } };
        case "request":
          checkAll(kind.value.give, limits);
          return kind;
        case "answer":
          checkAll(kind.value.entries, limits);
          for (const { versions } of kind.value.leaves) for (const version of versions) checkTime(version);
          return kind;
        default:
          throw new MalformedMessageError("it is empty");
      }
    },
  };
}

function checkAll(entries: Entry[], { keyLengthMax, valueBytesMax }: EntryLimits): void {
  for (const entry of entries) {
    checkTime(entry);
    if (entry.key === "" || entry.key.length > keyLengthMax)
      throw new MalformedMessageError("a key is empty or too long");
    if (entry.writer.length > writerMax) throw new MalformedMessageError("a writer's name is too long");
    if (entry.value.length > valueBytesMax || (entry.deleted && entry.value.length > 0))
      throw new MalformedMessageError(`a value of ${entry.value.length} bytes is too long`);
    // A copy: the slice would keep the whole frame it came in.
    entry.value = entry.value.slice();
  }
}

function checkTime({ wallMs, logical }: { readonly wallMs: number; readonly logical: number }): void {
  if (wallMs > wallMsMax || logical > logicalMax) throw new MalformedMessageError("a time is out of range");
}
