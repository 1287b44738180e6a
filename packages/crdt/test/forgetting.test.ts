import test from "ava";
import fc from "fast-check";
import {
  createDocument,
  decodeDocument,
  decodeDocumentVersion,
  encodeDocumentVersion,
} from "../src/index.ts";
import { type DocumentStep, DocumentWorld, documentSteps, nested } from "./worlds/document-world.ts";

const members = ["ann", "bob"];
/**
 * What is never seen in a movable list or a rich text may let edits that met stand in another order than without forgetting,
 * the same one everywhere. So they are compared by what they hold, in forgetting-parts.test.ts.
 */
const seen = (script: readonly DocumentStep[]): DocumentStep[] =>
  script.filter(({ what }) => what !== "replace" && what !== "format");
const pair = () => members.map((replica) => createDocument(nested, { replica, members }));

test("forgetting at any time changes nothing but what is kept, whoever has heard of it and whoever has not", (t) => {
  const action = fc.record({
    who: fc.nat(2),
    from: fc.nat(2),
    do: fc.constantFrom("hear", "meet", "meet", "forget"),
  });
  const plan = fc.array(fc.tuple(documentSteps(3, 6), fc.array(action, { maxLength: 4 })), { maxLength: 12 });
  let forgotten = 0;
  fc.assert(
    fc.property(plan, (rounds) => {
      const world = new DocumentWorld(3, true);
      const twin = new DocumentWorld(3);
      const follow = (): void => {
        for (const [who, from] of world.syncs.splice(0)) twin.sync(who, from);
      };
      for (const [script, actions] of rounds) {
        for (const step of seen(script)) {
          world.run(step);
          if (step.what === "sync") follow();
          else twin.run(step);
          t.deepEqual(world.documents[step.who]!.value(), twin.documents[step.who]!.value());
        }
        for (const { who, from, do: what } of actions) {
          const document = world.documents[who]!;
          if (what === "meet") {
            world.settle();
            follow();
          }
          if (what !== "forget")
            for (const [at, other] of world.documents.entries())
              if (what === "meet" || at === from) document.observe(`r${at}`, other.version());
          if (what !== "hear" && document.forget()) forgotten++;
          t.deepEqual(document.value(), twin.documents[who]!.value());
        }
      }
      world.settle();
      follow();
      for (const [who, document] of world.documents.entries()) {
        t.deepEqual(world.actual(who), world.expected(who));
        t.deepEqual(document.value(), twin.documents[0]!.value());
        t.deepEqual(document.value(), world.documents[0]!.value());
        t.deepEqual(document.encode(), world.documents[0]!.encode());
        t.deepEqual(document.version(), world.documents[0]!.version());
        const again = decodeDocument(nested, document.encode(), { replica: "new" });
        t.deepEqual(again.encode(), document.encode());
      }
    }),
    { numRuns: 100 },
  );
  t.true(forgotten > 30);
});

test("what was removed is gone from the bytes, tombstones with it", (t) => {
  const [ann, bob] = pair();
  for (let i = 0; i < 500; i++) {
    ann!.root.at("notes").what.insert(i % 7, "secret");
    ann!.root.at("notes").what.remove(i % 5, 3);
    ann!.root.at(`key ${i}`).what.insert(0, "gone");
    ann!.root.delete(`key ${i}`);
  }
  ann!.root.at("notes").what.remove(0, ann!.root.at("notes").what.length);
  ann!.root.at("notes").what.insert(0, "short");
  bob!.apply(ann!.takeUpdate()!);
  t.false(ann!.forget(), "nothing was heard of bob");
  ann!.observe("bob", decodeDocumentVersion(encodeDocumentVersion(bob!.version())));
  const before = ann!.encode().length;
  t.true(ann!.forget());
  t.true(before > 10_000);
  t.true(ann!.encode().length < 300);
  t.is(ann!.root.at("notes").what.toString(), "short");
  t.false(Buffer.from(ann!.encode()).includes("key 7"));
  bob!.apply(ann!.updateSince(bob!.version()));
  t.deepEqual(bob!.encode(), ann!.encode());
});

test("who has missed what was forgotten is refused and told how to go on", (t) => {
  const [ann, bob] = pair();
  const guest = createDocument(nested, { replica: "guest" });
  ann!.root.at("notes").what.insert(0, "one");
  bob!.apply(ann!.takeUpdate()!);
  guest.root.at("notes").what.insert(0, "guest's");
  ann!.observe("bob", bob!.version());
  t.true(ann!.forget());
  const kept = ann!.encode();
  t.throws(() => ann!.updateSince(guest.version()), {
    code: "CRDT_HISTORY_FORGOTTEN",
    message: /encode\(\)/,
  });
  t.throws(() => ann!.apply(guest.takeUpdate()!), { code: "CRDT_HISTORY_FORGOTTEN" });
  t.deepEqual(ann!.encode(), kept);
  const back = decodeDocument(nested, kept, { replica: "guest 2" });
  back.root.at("notes").what.insert(0, "guest's ");
  ann!.apply(back.takeUpdate()!);
  t.is(ann!.root.at("notes").what.toString(), "guest's one");
});

test("a member that has not heard of it carries its changes over, and what it sent before waits for nothing", (t) => {
  const [ann, bob] = pair();
  ann!.root.at("notes").what.insert(0, "hello world");
  ann!.root.at("notes").what.remove(4, 2);
  bob!.apply(ann!.takeUpdate()!);
  ann!.observe("bob", bob!.version());
  bob!.root.at("notes").what.insert(4, "-");
  const early = bob!.takeUpdate()!;
  t.true(ann!.forget());
  t.throws(() => ann!.apply(early), { code: "CRDT_HISTORY_FORGOTTEN" });
  ann!.root.at("notes").what.insert(0, "> ");
  t.deepEqual(bob!.apply(ann!.takeUpdate()!).missing, [{ replica: "~", from: 0, to: 1 }]);
  bob!.apply(ann!.updateSince(bob!.version()));
  ann!.apply(bob!.updateSince(ann!.version()));
  t.is(ann!.root.at("notes").what.toString(), "> hell-world");
  t.is(bob!.root.at("notes").what.toString(), "> hell-world");
  t.is(bob!.pendingBytes, 0);
  t.deepEqual(ann!.encode(), bob!.encode());
});

test("nothing is forgotten while a member is known to stand elsewhere, ahead or behind", (t) => {
  const [ann, bob] = pair();
  ann!.root.at("notes").what.insert(0, "a");
  ann!.observe("bob", bob!.version());
  t.false(ann!.forget(), "bob is behind");
  bob!.root.at("notes").what.insert(0, "b");
  bob!.apply(ann!.takeUpdate()!);
  ann!.observe("bob", bob!.version());
  t.false(ann!.forget(), "bob has something that was written without all that is here");
  ann!.apply(bob!.takeUpdate()!);
  t.true(ann!.forget());
  t.false(ann!.forget(), "there is nothing new to forget");
});
