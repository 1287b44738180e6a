import test from "ava";
import fc from "fast-check";
import type { Command, Condition, Outcome } from "../src/gen/store.ts";
import { Snapshot } from "../src/gen/store.ts";
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
  t.is(store.get("a")?.revision, 3);
  t.deepEqual(store.get("b")?.value, bytes("2"));
});

test("compare-and-set writes at the expected revision alone", (t) => {
  const store = new Store();
  store.apply(put("a", "1"));
  t.deepEqual(store.apply(put("a", "2", at(1))), written(2));
  t.deepEqual(store.apply(put("a", "3", at(1))), refused(2));
  t.deepEqual(store.apply(put("b", "3", at(1))), refused(0));
  t.deepEqual(store.apply(put("b", "3", at(0))), refused(0));
  t.deepEqual(store.get("a")?.value, bytes("2"));
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
  t.deepEqual(store.get("a")?.value, new Uint8Array([7, 7, 7]));
  t.is(store.get("a")?.value.buffer.byteLength, 3);
});

const command = fc.oneof(
  fc
    .record({ key: fc.constantFrom("a", "b", "c"), value: fc.string(), revision: fc.nat(6) })
    .map((c) => put(c.key, c.value, c.revision === 0 ? undefined : at(c.revision))),
  fc.constantFrom("a", "b", "c").map((key) => remove(key)),
);

test("a store restored from a snapshot's bytes goes on exactly as the original", (t) => {
  fc.assert(
    fc.property(fc.array(command), fc.array(command), (before, after) => {
      const original = new Store();
      for (const c of before) original.apply(c);
      const copy = new Store();
      copy.apply(put("left over", "x"));
      copy.restore(Snapshot.decode(Snapshot.encode(original.snapshot()).finish()));
      t.deepEqual(
        after.map((c) => copy.apply(c)),
        after.map((c) => original.apply(c)),
      );
      t.deepEqual(copy.snapshot(), original.snapshot());
    }),
  );
});
