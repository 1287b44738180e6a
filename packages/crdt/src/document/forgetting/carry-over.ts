import type { Version } from "../../sequence/version.ts";
import type { SequencePart } from "../sequences.ts";
import { Carrying } from "./carrying.ts";
import { MovableCarrying } from "./movable-carrying.ts";
import { RichCarrying } from "./rich-carrying.ts";

/** Fills a fresh part with an old one's content of a version, and with what was done in it since. */
export function carryOver(old: SequencePart, at: Version, fresh: SequencePart): void {
  const kinds = { text: Carrying, list: Carrying, richText: RichCarrying, movableList: MovableCarrying };
  new kinds[old.schema.kind](old.engine, at, fresh.engine).carry();
  // Nobody is to be told of what was there before.
  fresh.changes.flush("remote");
}
