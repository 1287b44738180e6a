import { told } from "../arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { Sequence } from "./sequence.ts";

/** With which neighbour a cursor goes: the character on its left, or the one on its right. */
export type CursorSide = "left" | "right";

/** A place in a sequence; plain data, to be stored or sent. Without `replica` it is the start or the end. */
export interface Cursor {
  readonly side: CursorSide;
  readonly replica?: string;
  readonly seq?: number;
}

export function cursorAt(sequence: Sequence, index: number, side: CursorSide): Cursor {
  if (side !== "left" && side !== "right")
    throw new InvalidArgumentError(`A cursor goes with what is on its "left" or "right", not ${told(side)}.`);
  const { tree, replicas } = sequence;
  if (index === (side === "left" ? 0 : sequence.length)) return { side };
  tree.seekBefore(side === "left" ? index - 1 : index);
  return { side, replica: replicas.id(tree.replica), seq: tree.seq + tree.offset };
}

export function indexOfCursor(sequence: Sequence, cursor: Cursor): number | undefined {
  if (cursor === null || typeof cursor !== "object")
    throw new InvalidArgumentError(`A cursor is what cursorAt gives, not ${told(cursor)}.`);
  const { tree, replicas, log } = sequence;
  if (cursor.replica === undefined || cursor.seq === undefined)
    return cursor.side === "left" ? 0 : sequence.length;
  const replica = replicas.find(cursor.replica);
  if (replica === undefined || !(cursor.seq >= 0) || !log.isElement(replica, cursor.seq)) return undefined;
  tree.seekElement(replica, cursor.seq);
  const index = tree.index();
  return cursor.side === "left" && !tree.removed ? index + 1 : index;
}
