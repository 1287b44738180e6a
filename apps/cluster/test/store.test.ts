import test from "ava";
import fc from "fast-check";
import type { Command, Condition, Outcome } from "../src/gen/store.ts";
import { Store } from "../src/store/store.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (key: string, value: string, condition?: Condition): Command => ({
  kind: { $case: "put", value: { key, value: bytes(value), contentType: "text/plain", condition } },
});
const remove = (key: string, condition?: Condition): Command => ({
  kind: { $case: "remove", value: { key, condition } },
});
const at = (revision: number): Condition => ({ kind: { $case: "revision", value: revision } });
const present = (value: boolean): Condition => ({ kind: { $case: "present", value } });
const written = (revision: number): Outcome => ({ kind: { $case: "written", value: { revision } } });
const refused = (revision: number): Outcome => ({ kind: { $case: "refused", value: { revision } } });
const removed = (found: boolean): Outcome => ({ kind: { $case: "removed", value: { found } } });

test("each write has a revision of its own, over all keys", (t) => {
  const store = new Store();
  t.deepEqual(store.apply(put("a", "1")), written(1));
  t.deepEqual(store.apply(put("b", "2")), written(2));
  t.deepEqual(store.apply(put("a", "3")), written(3));
  t.is(store.query("a")?.revision, 3);
  t.deepEqual(store.query("b")?.value, bytes("2"));
});

test("compare-and-set writes at the expected revision alone", (t) => {
  const store = new Store();
  store.apply(put("a", "1"));
  t.deepEqual(store.apply(put("a", "2", at(1))), written(2));
  t.deepEqual(store.apply(put("a", "3", at(1))), refused(2));
  t.deepEqual(store.apply(put("b", "3", at(1))), refused(0));
  t.deepEqual(store.apply(put("b", "3", at(0))), refused(0));
  t.deepEqual(store.query("a")?.value, bytes("2"));
});

test("a key can be written only when it is there, or only when it is not", (t) => {
  const store = new Store();
  t.deepEqual(store.apply(put("a", "1", present(true))), refused(0));
  t.deepEqual(store.apply(put("a", "1", present(false))), written(1));
  t.deepEqual(store.apply(put("a", "2", present(false))), refused(1));
  t.deepEqual(store.apply(put("a", "2", present(true))), written(2));
});

test("removing says whether there was anything, and a revision is never given twice", (t) => {
  const store = new Store();
  store.apply(put("a", "1"));
  t.deepEqual(store.apply(remove("a", at(7))), refused(1));
  t.deepEqual(store.apply(remove("a")), removed(true));
  t.deepEqual(store.apply(remove("a")), removed(false));
  t.deepEqual(store.apply(put("a", "2")), written(3));
});

test("a command of an unknown kind changes nothing", (t) => {
  const store = new Store();
  t.deepEqual(store.apply({ kind: undefined }), { kind: undefined });
  t.is(store.size, 0);
});

test("a stored value does not hold the message it came in", (t) => {
  const store = new Store();
  const message = new Uint8Array(1000).fill(7);
  store.apply({
    kind: {
      $case: "put",
      value: { key: "a", value: message.subarray(0, 3), contentType: "", condition: undefined },
    },
  });
  message.fill(0);
  t.deepEqual(store.query("a")?.value, new Uint8Array([7, 7, 7]));
  t.is(store.query("a")?.value.buffer.byteLength, 3);
});

const command = fc.oneof(
  fc
    .record({ key: fc.constantFrom("a", "b", "c"), value: fc.string(), revision: fc.nat(6) })
    .map((c) => put(c.key, c.value, c.revision === 0 ? undefined : at(c.revision))),
  fc.constantFrom("a", "b", "c").map((key) => remove(key)),
);

async function* cut(chunks: Iterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  const whole = Buffer.concat([...chunks]);
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

const state = (store: Store): Buffer => Buffer.concat([...store.snapshot()]);

test("a store restored from a snapshot, cut anywhere, goes on exactly as the original", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command),
      fc.array(command),
      fc.integer({ min: 1, max: 50 }),
      async (before, after, size) => {
        const original = new Store();
        for (const c of before) original.apply(c);
        const copy = new Store();
        copy.apply(put("left over", "x"));
        await copy.restore(cut(original.snapshot(), size));
        t.deepEqual(
          after.map((c) => copy.apply(c)),
          after.map((c) => original.apply(c)),
        );
        t.deepEqual(state(copy), state(original));
      },
    ),
  );
});

test("a snapshot is the state as of its call, whatever is applied while it is read", (t) => {
  const store = new Store();
  store.apply(put("a", "1"));
  const before = state(store);
  const chunks = store.snapshot();
  store.apply(put("a", "2"));
  store.apply(put("b", "2"));
  t.deepEqual(Buffer.concat([...chunks]), before);
});

test("a snapshot that ends too early or has too much is refused, and the state stays", async (t) => {
  const source = new Store();
  for (let i = 0; i < 5; i++) source.apply(put(`key${i}`, "value"));
  const whole = state(source);
  for (const bytes of [
    whole.subarray(0, 0),
    whole.subarray(0, -1),
    whole.subarray(0, 30),
    Buffer.concat([whole, whole]),
  ]) {
    const store = new Store();
    store.apply(put("a", "1"));
    await t.throwsAsync(store.restore(cut([bytes], 7)), { code: "SNAPSHOT" });
    t.is(store.size, 1);
  }
});

test("commands and outcomes survive their bytes", (t) => {
  const store = new Store();
  for (const c of [put("a", "1", at(3)), put("", "", present(false)), remove("b", present(true))])
    t.deepEqual(store.commands.decode(store.commands.encode(c)), c);
  for (const outcome of [written(7), refused(0), removed(false), removed(true)])
    t.deepEqual(store.results.decode(store.results.encode(outcome)), outcome);
});
