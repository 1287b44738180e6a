import { automerge } from "./automerge.ts";
import { coterie } from "./coterie.ts";
import { diamondTypes } from "./diamond-types.ts";
import type { Driver, Load } from "./driver.ts";
import { jsonJoy } from "./json-joy.ts";
import { loro } from "./loro.ts";
import { yjs } from "./yjs.ts";

/** How to drive each library, by the name of its npm package. */
export const drivers: Readonly<Record<string, (load: Load) => Promise<Driver>>> = {
  "@coterie/crdt": coterie,
  yjs,
  "json-joy": jsonJoy,
  "@automerge/automerge": automerge,
  "loro-crdt": loro,
  "diamond-types-node": diamondTypes,
};
