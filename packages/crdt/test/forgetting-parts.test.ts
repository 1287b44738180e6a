import test from "ava";
import fc from "fast-check";
import { decodeDocument } from "../src/index.ts";
import {
  documents,
  Editor,
  learn,
  type Parts,
  partSteps,
  parts,
  perform,
  writers,
} from "./worlds/parts-world.ts";

const everyone = [0, 1, 2];

function meet(world: readonly Parts[]): void {
  for (const who of [...everyone, ...everyone]) for (const from of everyone) learn(world[who]!, world[from]!);
}

function observeAll(world: readonly Parts[], who: number): void {
  for (const [at, replica] of writers.entries()) world[who]!.observe(replica, world[at]!.version());
}

/** Which characters there are and what the cards hold: where edits met, their order may be another one. */
function content(document: Parts): unknown {
  const { body, cards } = document.value();
  return [body.flatMap(({ insert }) => [...insert]).sort(), cards.toSorted((a, b) => a - b)];
}

test("cards and formatted text mean the same with and without forgetting, whoever has heard of it and whoever has not", (t) => {
  let forgotten = 0;
  const others = ["sync", "sync", "sync", "meet", "hear", "forget", "forget"];
  fc.assert(
    fc.property(partSteps(60, ...others), (steps) => {
      const world = documents({ members: writers });
      const twins = documents();
      const editor = new Editor();
      for (const step of steps) {
        const { who, from } = step;
        const [document, twin] = [world[who]!, twins[who]!];
        const edit = editor.editOf(document, step);
        if (edit) for (const one of [document, twin]) perform(one, edit);
        else if (step.do === "sync") {
          if (world[from]!.version().epoch < document.version().epoch) learn(twins[from]!, twin);
          learn(document, world[from]!);
          learn(twin, twins[from]!);
        } else if (step.do === "meet") {
          meet(world);
          meet(twins);
          for (const at of everyone) observeAll(world, at);
        } else if (step.do === "hear") observeAll(world, who);
        else if (step.do === "forget" && document.forget()) forgotten++;
        t.deepEqual(content(document), content(twin));
      }
      meet(world);
      meet(twins);
      for (const document of world) {
        t.deepEqual(content(document), content(twins[0]!));
        t.deepEqual(document.value(), world[0]!.value());
        t.deepEqual(document.encode(), world[0]!.encode());
        const again = decodeDocument(parts, document.encode(), { replica: "d" });
        t.deepEqual(again.value(), document.value());
        t.deepEqual(again.encode(), document.encode());
      }
    }),
    { numRuns: 150 },
  );
  t.true(forgotten > 50);
});

test("formatting outlives the forgetting: of what is there, and of what is typed at every place afterwards", (t) => {
  let formatted = 0;
  fc.assert(
    fc.property(partSteps(40, "write", "write", "write", "format", "sync", "sync"), (steps) => {
      const world = documents({ members: writers });
      const editor = new Editor();
      for (const step of steps) {
        const edit = editor.editOf(world[step.who]!, step);
        if (edit) perform(world[step.who]!, edit);
        else if (step.do === "sync") learn(world[step.who]!, world[step.from]!);
      }
      meet(world);
      observeAll(world, 0);
      const before = world[0]!.encode();
      const { body } = world[0]!.value();
      if (!world[0]!.forget()) return;
      if (body.length > 1) formatted++;
      t.deepEqual(world[0]!.value().body, body);
      const after = world[0]!.encode();
      // Of an empty text no formatting is kept, as nobody sees it.
      for (let at = 0; body.length > 0 && at <= world[0]!.root.body.length; at++) {
        const [one, other] = [before, after].map((bytes) => decodeDocument(parts, bytes, { replica: "d" }));
        for (const document of [one!, other!]) document.root.body.insert(at, "!");
        t.deepEqual(other!.value().body, one!.value().body);
      }
    }),
    { numRuns: 100 },
  );
  t.true(formatted > 20);
});

test("replaced values, moves and cleared marks are gone from the bytes once they are forgotten", (t) => {
  const world = documents({ members: writers });
  const [ann, bob] = world as [Parts, Parts];
  ann.root.body.insert(0, "text");
  ann.root.cards.push(1, 2, 3);
  for (let i = 0; i < 200; i++) {
    ann.root.body.format(i % 3, 2, { link: i % 2 ? `secret ${i}` : null });
    ann.root.cards.move(i % 3, (i + 1) % 3);
    ann.root.cards.set(i % 3, 1_000 + i);
  }
  ann.root.body.format(0, 4, { link: null });
  ann.root.body.format(0, 2, { bold: true });
  meet(world);
  observeAll(world, 0);
  const [length, value] = [ann.encode().length, ann.value()];
  t.true(ann.forget());
  t.true(length > 5_000);
  t.true(ann.encode().length < 300);
  t.false(Buffer.from(ann.encode()).includes("secret"));
  t.deepEqual(ann.value(), value);
  bob.apply(ann.updateSince(bob.version()));
  t.deepEqual(bob.encode(), ann.encode());
});

test("of concurrent writings the same one wins, whoever of the writers had forgotten already", (t) => {
  for (const early of [0, 2]) {
    const world = documents({ members: writers });
    const [ann, , cleo] = world as [Parts, Parts, Parts];
    ann.root.body.insert(0, "fox");
    ann.root.cards.push(1, 2, 3, 4);
    // Registers and marks that were written often before.
    for (let i = 0; i < 5; i++) {
      ann.root.body.format(0, 3, { bold: `${i}` });
      ann.root.cards.set(0, 1_001 + i);
      ann.root.cards.move(0, 1);
      ann.root.cards.move(1, 0);
    }
    meet(world);
    observeAll(world, early);
    t.true(world[early]!.forget());
    for (const [document, value, to] of [
      [ann, 100, 3],
      [cleo, 200, 2],
    ] as const) {
      document.root.cards.set(0, value);
      document.root.cards.move(0, to);
      document.root.body.format(0, 3, { bold: `${value}` });
    }
    meet(world);
    for (const document of world) {
      t.deepEqual(document.value().cards, [2, 3, 200, 4]);
      t.deepEqual(document.value().body, [{ insert: "fox", attributes: { bold: "200" } }]);
      t.deepEqual(document.encode(), ann.encode());
    }
  }
});

test("forgetting over and over adds nothing", (t) => {
  const world = documents({ members: writers });
  const [ann] = world as [Parts];
  const lengths = new Set<number>();
  for (let round = 0; round < 5; round++) {
    ann.root.body.remove(0, ann.root.body.length);
    ann.root.body.insert(0, "fox", { bold: true });
    ann.root.cards.remove(0, ann.root.cards.length);
    ann.root.cards.push(1, 2);
    ann.root.cards.move(0, 1);
    meet(world);
    observeAll(world, 0);
    t.true(ann.forget());
    // The digest of what was forgotten takes four or five bytes.
    lengths.add(Math.round(ann.encode().length / 4));
    meet(world);
  }
  t.true(lengths.size <= 2);
});
