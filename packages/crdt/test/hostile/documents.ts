// Documents that hold every part: updates of all kinds, the documents themselves, and versions.
import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  createDocument,
  type DocumentOptions,
  decodeDocument,
  decodeDocumentVersion,
  encodeDocumentVersion,
} from "../../src/index.ts";
import { type Everything, everything, fill } from "../worlds/everything.ts";
import { resealed } from "../worlds/mutations.ts";
import { hold, sameBytes, type Target, wholeOrNot } from "./target.ts";

function change({ root }: Everything): void {
  root.title.remove(0, 3);
  root.body.format(1, 2, { link: "x" });
  root.cards.remove(1);
  root.tags.delete("a");
  root.stock.decrement(2);
  root.outline.remove("outer");
  root.steps.remove(0);
  root.pages.delete("one");
  root.pages.at("two").outline.move("node");
}

const compression = {
  compress: (bytes: Uint8Array) => deflateRawSync(bytes),
  decompress: (bytes: Uint8Array, bytesMax: number) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
};
const members = ["ann", "bob"];
const base: DocumentOptions = { replica: "bob", elementsMax: 10_000 };

/** All that may be done with a document can be done, and what is stored is what is there. */
function works(document: Everything, options: DocumentOptions, history: boolean): void {
  fill(document);
  const bytes = document.encode({ history });
  const again = decodeDocument(everything, bytes, options);
  hold(sameBytes(again.encode({ history }), bytes), "it is not written as it was read");
  hold(JSON.stringify(again.value()) === JSON.stringify(document.value()), "it is stored as something else");
  const other = createDocument(everything, { replica: "other", history: options.history ?? false });
  const version = { ...document.version(), seen: new Map<string, number>() };
  if (version.epoch > 0) return;
  other.apply(document.updateSince(version));
  hold(JSON.stringify(other.value()) === JSON.stringify(document.value()), "another reads something else");
}

function updateTarget(
  name: string,
  update: Uint8Array,
  stored: Uint8Array | undefined,
  options: DocumentOptions,
): Target {
  const history = options.history ?? false;
  const make = (): Everything =>
    stored === undefined ? createDocument(everything, options) : decodeDocument(everything, stored, options);
  const right = make();
  right.apply(update);
  const [before, after] = [make().encode({ history }), right.encode({ history })];
  return {
    name: `document, ${name}`,
    mutate: (changes) => resealed(update, changes),
    take(mutated) {
      const document = make();
      wholeOrNot(
        () => document.encode({ history }),
        () => document.apply(mutated),
      );
      const is = document.encode({ history });
      works(document, options, history);
      return sameBytes(is, before) || sameBytes(is, after) ? "equal" : "other";
    },
  };
}

function storedTarget(name: string, source: Everything, options: DocumentOptions, deflate = false): Target {
  const history = options.history ?? false;
  const bytes = source.encode({ history, ...(deflate ? { compression } : {}) });
  const plain = source.encode({ history });
  return {
    name: `document, ${name}`,
    mutate: (changes) => resealed(bytes, changes),
    take(mutated) {
      const document = decodeDocument(everything, mutated, { ...options, compression });
      document.value();
      const outcome = sameBytes(document.encode({ history }), plain) ? "equal" : "other";
      works(document, options, history);
      return outcome;
    },
  };
}

function updateTargets(): Target[] {
  const targets: Target[] = [];
  for (const history of [false, true]) {
    const options = { ...base, history };
    const [ann, bob] = [
      createDocument(everything, { replica: "ann", history }),
      createDocument(everything, options),
    ];
    fill(ann);
    bob.apply(ann.takeUpdate()!);
    fill(bob);
    const first = bob.encode({ history });
    ann.apply(bob.takeUpdate()!);
    change(ann);
    const kept = history ? ", with history" : "";
    targets.push(
      updateTarget(`a taken update${kept}`, ann.takeUpdate()!, first, options),
      updateTarget(`what a peer lacks${kept}`, ann.updateSince(bob.version()), first, options),
      updateTarget(
        `all there is${kept}`,
        ann.updateSince({ epoch: 0, mark: 0, seen: new Map() }),
        undefined,
        options,
      ),
      storedTarget(`stored${kept}`, ann, options),
      storedTarget(`stored and deflated${kept}`, ann, options, true),
    );
  }
  return targets;
}

/** An update with the whole state of the lattices, as the deltas are not kept. */
function longAgo(): Target {
  const ann = createDocument(everything, { replica: "ann", historyBytesMax: 1 });
  for (let round = 0; round < 3; round++) fill(ann);
  change(ann);
  const update = ann.updateSince({ epoch: 0, mark: 0, seen: new Map() });
  return updateTarget("with the state of what is not kept", update, undefined, base);
}

/** An update that brings a forgetting, and a document that has forgotten. */
function forgetting(): Target[] {
  const [ann, bob] = members.map((replica) => createDocument(everything, { replica, members })) as [
    Everything,
    Everything,
  ];
  fill(ann);
  change(ann);
  bob.apply(ann.takeUpdate()!);
  const options = { ...base, members };
  bob.root.title.insert(0, "bob's ");
  const first = bob.encode();
  const behind = bob.version();
  ann.observe("bob", { ...behind, seen: new Map([...behind.seen].filter(([id]) => id === "ann")) });
  ann.forget();
  fill(ann);
  return [
    updateTarget("that brings a forgetting", ann.updateSince(behind), first, options),
    storedTarget("that has forgotten", ann, options),
  ];
}

const versions: Target = {
  name: "document, a version",
  mutate(changes) {
    const seen = new Map([
      ["ann", 3],
      ["bob", 300],
    ]);
    return resealed(encodeDocumentVersion({ epoch: 0, mark: 0, seen }), changes);
  },
  take(mutated) {
    const version = decodeDocumentVersion(mutated);
    const [ann, bob] = [
      createDocument(everything, { replica: "ann", members }),
      createDocument(everything, base),
    ];
    fill(ann);
    const before = ann.encode();
    ann.observe("bob", version);
    ann.forget();
    hold(ann.version().epoch > 0 || sameBytes(ann.encode(), before), "a version has changed something");
    bob.apply(ann.updateSince(version));
    return version.seen.get("ann") === 3 && version.seen.get("bob") === 300 ? "equal" : "other";
  },
};

export const documents: readonly Target[] = [...updateTargets(), longAgo(), ...forgetting(), versions];
