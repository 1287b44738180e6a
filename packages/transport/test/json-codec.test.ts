import test from "ava";
import { jsonCodec, UnencodableMessageError } from "../src/index.ts";

test("what JSON does not have is refused, and nothing is written", (t) => {
  const codec = jsonCodec();
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const writer = codec.encode({ a: 1 });
  for (const message of [undefined, () => 1, Symbol("s"), circle, 1n])
    t.throws(() => codec.encode(message, writer), {
      instanceOf: UnencodableMessageError,
      code: "ERR_UNENCODABLE_MESSAGE",
    });
  t.deepEqual(codec.decode(writer.finish()), { a: 1 });
  t.is(codec.decode(codec.encode(null).finish()), null);
});
