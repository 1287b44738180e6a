import { INSERT_LEFT, INSERT_RIGHT, type Kind, REMOVE_BACKWARD, REMOVE_FORWARD } from "./log.ts";

/** A run of operations on its way in. One record is reused for all, so that a small update allocates nothing. */
export interface Operation {
  replica: number;
  seq: number;
  size: number;
  kind: Kind;
  refReplica: number;
  refSeq: number;
  /** Where the content of an insertion lies on the content's stage. */
  content: number;
  dropped: boolean;
  /** Not to be seen: its content is gone, or is never shown. */
  hidden: boolean;
}

export function isInsertion(operation: Operation): boolean {
  return operation.kind <= INSERT_LEFT;
}

/** The lowest sequence number that an operation refers to. */
export function lowestRef(operation: Operation): number {
  return operation.kind === REMOVE_BACKWARD ? operation.refSeq - operation.size + 1 : operation.refSeq;
}

/** The highest sequence number that an operation refers to. */
export function highestRef(operation: Operation): number {
  return operation.kind === REMOVE_FORWARD ? operation.refSeq + operation.size - 1 : operation.refSeq;
}

/** Cuts the first `count` off: what is left of a chain hangs on the element before it. */
export function skipFirst(operation: Operation, count: number): void {
  if (isInsertion(operation)) {
    operation.kind = INSERT_RIGHT;
    operation.refReplica = operation.replica;
    operation.refSeq = operation.seq + count - 1;
    operation.content += count;
  } else operation.refSeq += operation.kind === REMOVE_BACKWARD ? -count : count;
  operation.seq += count;
  operation.size -= count;
}
