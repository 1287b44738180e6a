import { InvalidUpdateError } from "../errors.ts";
import { INSERT_LEFT, INSERT_RIGHT, type Log, REMOVE_FORWARD, ROOT } from "./log.ts";
import { highestRef, isInsertion, lowestRef, type Operation } from "./operation.ts";
import type { Staged } from "./staged.ts";

/**
 * Throws unless an operation refers backwards, to elements, and cuts no character in two. What it refers to must be
 * known or staged already.
 */
export function checkReference(operation: Operation, staged: Staged): void {
  const { kind, refReplica, refSeq } = operation;
  if (refReplica === ROOT) return;
  const chained = kind === INSERT_RIGHT && refReplica === operation.replica && refSeq + 1 === operation.seq;
  if (chained) {
    // Content arrives in whole characters, so a chain can only continue behind one.
    if (!staged.isElement(refReplica, refSeq)) fail("refers to one that inserted nothing");
    return;
  }
  const lowest = lowestRef(operation);
  const highest = highestRef(operation);
  for (let seq = lowest; seq <= highest; seq = staged.lastOfRun(refReplica, seq) + 1)
    if (!staged.isElement(refReplica, seq)) fail("refers to one that inserted nothing");
  if (!staged.plain && kind > INSERT_LEFT)
    for (let seq = lowest; seq <= highest; seq++)
      if (!staged.removable(refReplica, seq)) fail("removes what cannot be removed");
  if (!staged.mayCut) return;
  if (kind !== INSERT_RIGHT) checkBorder(operation, lowest, staged);
  if (kind !== INSERT_LEFT) checkBorder(operation, highest + 1, staged);
}

/** Hidden elements stand alone right below the root, and nothing goes on behind one. */
export function checkHidden(operation: Operation, hides: boolean, staged: Staged): void {
  const { kind, size, refReplica, refSeq } = operation;
  if (hides && (size !== 1 || refReplica !== ROOT)) fail("hides an element elsewhere than below the root");
  if (kind === INSERT_RIGHT && refReplica !== ROOT && staged.hides(refReplica, refSeq))
    fail("goes on behind a hidden element");
}

function checkBorder({ refReplica }: Operation, seq: number, staged: Staged): void {
  if (seq >= staged.next(refReplica) || !staged.isElement(refReplica, seq)) return;
  if (staged.splits(refReplica, seq)) fail("cuts a surrogate pair in two");
}

/** Throws when an operation refers to itself, to later ones, or in a way that no insertion or removal can. */
export function checkDirection(operation: Operation): void {
  const { kind, replica, seq, refReplica } = operation;
  const bad =
    refReplica === ROOT
      ? kind !== INSERT_RIGHT
      : lowestRef(operation) < 0 || (refReplica === replica && highestRef(operation) >= seq);
  if (bad) fail("refers to what cannot have been there");
}

/** Whether the `size` operations from `offset` on of an operation are what the log's run has from `seq` on. */
export function isSame(
  log: Log,
  run: number,
  seq: number,
  operation: Operation,
  offset: number,
  size: number,
): boolean {
  const insertion = isInsertion(operation);
  if (log.kind(run) <= INSERT_LEFT !== insertion) return false;
  return insertion
    ? isSameInsertion(log, run, seq, operation, offset)
    : isSameRemoval(log, run, seq, operation, offset, size);
}

function isSameInsertion(log: Log, run: number, seq: number, operation: Operation, offset: number): boolean {
  const { replica } = operation;
  const chained = seq > log.seq(run);
  const known = chained
    ? [INSERT_RIGHT, replica, seq - 1]
    : [log.kind(run), log.refReplica(run), log.refSeq(run)];
  const claimed =
    offset > 0 ? [INSERT_RIGHT, replica, seq - 1] : [operation.kind, operation.refReplica, operation.refSeq];
  return claimed.every((value, at) => value === known[at]);
}

function isSameRemoval(
  log: Log,
  run: number,
  seq: number,
  operation: Operation,
  offset: number,
  size: number,
): boolean {
  if (log.refReplica(run) !== operation.refReplica) return false;
  const into = seq - log.seq(run);
  const known = log.refSeq(run) + (log.kind(run) === REMOVE_FORWARD ? into : -into);
  const claimed = operation.refSeq + (operation.kind === REMOVE_FORWARD ? offset : -offset);
  return known === claimed && (size === 1 || log.kind(run) === operation.kind);
}

function fail(what: string): never {
  throw new InvalidUpdateError(`an operation ${what}`);
}
