import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { CorruptBytesError } from "../errors.ts";
import type { DotStore } from "../kernel/causal.ts";
import { readDot, writeDot } from "../kernel/dot-set.ts";
import { TIME_MAX } from "../registers/lww-register.ts";
import { compareMoves, type Move, MoveLog, treeRoot } from "./move-log.ts";

/**
 * Moves by their dots: a DotFun that is kept in the order of the moves, with the tree that they make. A dot that the
 * context has and the store has not is a move that was forgotten, or reset with the map that the tree stands in.
 */
export const moves: DotStore<MoveLog> = {
  bottom: () => new MoveLog(),
  isBottom: (store) => store.size === 0,
  size: (store) => store.size,
  join(store, context, other, otherContext) {
    // A delta of new moves has no other dots than theirs, and then nothing here can be gone.
    if (otherContext.size > other.size)
      store.drop((move) => otherContext.has(move.id, move.counter) && !other.has(move));
    store.insert([...other].filter(({ id, counter }) => !context.has(id, counter)));
    return store;
  },
  unknownTo: (store, context) =>
    new MoveLog([...store].filter(({ id, counter }) => !context.has(id, counter))),
  equals(a, b) {
    if (a.size !== b.size) return false;
    for (const move of a) if (!b.has(move)) return false;
    return true;
  },
  dots: (store) => store,
  isIn(store, context) {
    for (const { id, counter } of store) if (!context.has(id, counter)) return false;
    return true;
  },
  write(writer, store) {
    writer.uint(store.size);
    for (const move of store) writeMove(writer, move);
  },
  read(reader) {
    const log: Move[] = [];
    for (let left = reader.count(6); left > 0; left--) {
      const move = readMove(reader);
      if (log.length > 0 && compareMoves(log[log.length - 1]!, move) >= 0)
        throw new CorruptBytesError("moves are not in order");
      log.push(move);
    }
    return new MoveLog(log);
  },
};

function writeMove(writer: Writer, move: Move): void {
  writeDot(writer, move);
  writer.uint(move.time);
  writer.text(move.node);
  writer.byte(move.parent === undefined ? 0 : 1);
  if (move.parent !== undefined) writer.text(move.parent);
}

function readMove(reader: Reader): Move {
  const dot = readDot(reader);
  const time = reader.uint();
  if (time > TIME_MAX) throw new CorruptBytesError("a time is out of range");
  const node = reader.text();
  if (node === treeRoot) throw new CorruptBytesError("the root does not move");
  const hasParent = reader.byte();
  if (hasParent > 1) throw new CorruptBytesError("a parent is neither there nor not");
  return { ...dot, time, node, parent: hasParent === 1 ? reader.text() : undefined };
}
