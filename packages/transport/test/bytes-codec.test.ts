import { BinaryWriter } from "@bufbuild/protobuf/wire";
import test from "ava";
import { bytesCodec } from "../src/index.ts";

test("bytes come through a codec as they are, alone or within a longer message", (t) => {
  for (const bytes of [new Uint8Array(0), Uint8Array.from([0, 255, 10]), new Uint8Array(70_000).fill(7)]) {
    const encoded = bytesCodec.encode(bytes).finish();
    t.deepEqual(bytesCodec.decode(encoded), bytes);
    const writer = new BinaryWriter();
    bytesCodec.encode(bytes, writer);
    t.deepEqual(writer.finish(), encoded);
  }
});

test("decoded bytes are a copy, and fields that are not known are skipped", (t) => {
  const encoded = new BinaryWriter()
    .uint32(16)
    .int32(5)
    .uint32(10)
    .bytes(Uint8Array.from([1, 2]))
    .finish();
  const decoded = bytesCodec.decode(encoded);
  encoded.fill(9);
  t.deepEqual(decoded, Uint8Array.from([1, 2]));
  t.throws(() => bytesCodec.decode(Uint8Array.from([10, 200])));
});
