import test from "ava";
import fc from "fast-check";
import { Envelope, Kind } from "../src/gen/rpc.ts";
import { envelope, envelopeCodec } from "../src/rpc/envelope.ts";
import { FastWriter } from "../src/wire/writer.ts";
import { text } from "./support/text.ts";

const fields = fc.record({
  life: fc.integer({ min: 0, max: 0xffff_ffff }),
  id: fc.integer({ min: 0, max: 0xffff_ffff }),
  timeoutMs: fc.integer({ min: 0, max: 0xffff_ffff }),
  method: fc.integer({ min: 0, max: 0xffff_ffff }),
  trace: fc.string(),
  code: fc.string(),
  message: fc.string(),
  body: fc.string(),
});

test("the envelope written by hand is the one of the proto file", (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(Kind)), fields, (kind, { life, id, body, ...rest }) => {
      const ours = envelope(kind, life, id, { ...rest, body: { codec: text as never, message: body } });
      const bytes = envelopeCodec.encode(ours, new FastWriter()).finish();
      const read = Envelope.decode(bytes);
      t.like(read, { kind, life, id, ...rest });
      t.is(text.decode(read.body), body);
      t.deepEqual(Buffer.from(bytes), Buffer.from(Envelope.encode(read).finish()));
      t.like(envelopeCodec.decode(bytes), { kind, life, id, ...rest });
    }),
    { numRuns: 300 },
  );
});
