import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Codec } from "../transport.ts";

/** The kinds of `proto/rpc.proto`. */
export const kinds = { request: 1, response: 2, failure: 3, cancel: 4 } as const;

/** A message on its way into an envelope: encoded in place, never on its own. */
export interface Outgoing {
  readonly codec: Codec<unknown>;
  readonly message: unknown;
}

/** A message that has arrived and was not read yet, because how depends on the rest of its envelope. */
export class Incoming {
  readonly reader: BinaryReader;
  readonly position: number;
  readonly length: number;

  constructor(reader: BinaryReader, position: number, length: number) {
    this.reader = reader;
    this.position = position;
    this.length = length;
  }
}

/** `Envelope` of `proto/rpc.proto`. Fields that a kind does not use keep their empty values. */
export interface Envelope {
  readonly kind: number;
  readonly life: number;
  readonly id: number;
  readonly method: number;
  readonly timeoutMs: number;
  readonly trace: string;
  readonly code: string;
  readonly message: string;
  /** A message to be encoded in place, or where the bytes of one stand that has arrived. */
  readonly body: Outgoing | Incoming | undefined;
}

export function envelope(kind: number, life: number, id: number, rest: Partial<Envelope> = {}): Envelope {
  const { method = 0, timeoutMs = 0, trace = "", code = "", message = "", body } = rest;
  return { kind, life, id, method, timeoutMs, trace, code, message, body };
}

/**
 * Reads the body of an envelope that has arrived, out of the frame it came in; an absent one is an empty message.
 * Throws what the codec throws.
 */
export function readBody<Message>({ body }: Envelope, codec: Codec<Message>): Message {
  if (!(body instanceof Incoming)) return codec.decode(new Uint8Array(0));
  const { reader, position, length } = body;
  reader.pos = position;
  const message = codec.decode(reader, length);
  if (reader.pos !== position + length) throw new RangeError("the message reads on beyond its end");
  return message;
}

export const envelopeCodec: Codec<Envelope> = {
  encode(envelope, writer = new BinaryWriter()) {
    const { body } = envelope;
    if (envelope.kind !== 0) writer.uint32(8).int32(envelope.kind);
    if (envelope.life !== 0) writer.uint32(21).fixed32(envelope.life);
    if (envelope.id !== 0) writer.uint32(24).uint32(envelope.id);
    if (envelope.method !== 0) writer.uint32(37).fixed32(envelope.method);
    if (envelope.timeoutMs !== 0) writer.uint32(40).uint32(envelope.timeoutMs);
    if (envelope.trace !== "") writer.uint32(50).string(envelope.trace);
    if (envelope.code !== "") writer.uint32(58).string(envelope.code);
    if (envelope.message !== "") writer.uint32(66).string(envelope.message);
    if (body === undefined) return writer;
    if (body instanceof Incoming) throw new TypeError("an envelope that has arrived is not sent on");
    writer.uint32(122).fork();
    body.codec.encode(body.message, writer);
    return writer.join();
  },

  decode(input, length) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    const end = length === undefined ? reader.len : reader.pos + length;
    let kind = 0;
    let life = 0;
    let id = 0;
    let method = 0;
    let timeoutMs = 0;
    let trace = "";
    let code = "";
    let message = "";
    let body: Incoming | undefined;
    while (reader.pos < end) {
      const tag = reader.uint32();
      switch (tag) {
        case 8:
          kind = reader.int32();
          break;
        case 21:
          life = reader.fixed32();
          break;
        case 24:
          id = reader.uint32();
          break;
        case 37:
          method = reader.fixed32();
          break;
        case 40:
          timeoutMs = reader.uint32();
          break;
        case 50:
          trace = reader.string();
          break;
        case 58:
          code = reader.string();
          break;
        case 66:
          message = reader.string();
          break;
        case 122:
          {
            const size = reader.uint32();
            body = new Incoming(reader, reader.pos, size);
            reader.pos += size;
          }
          break;
        default:
          reader.skip(tag & 7);
      }
    }
    return { kind, life, id, method, timeoutMs, trace, code, message, body };
  },
};
