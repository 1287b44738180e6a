import { InvalidOptionError } from "./errors.ts";
import { HASHES } from "./hash/mix.ts";
import type { CellPlacement, Placement } from "./placement.ts";

/** @throws InvalidOptionError */
export function checkedInteger(name: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidOptionError(
      `${name} must be a whole number from ${least} to ${most}, not ${String(value)}.`,
    );
  }
  return value;
}

/** @throws InvalidOptionError */
export function checkedNumber(name: string, value: number, least: number, most: number): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new InvalidOptionError(`${name} must be a number from ${least} to ${most}, not ${String(value)}.`);
  }
  return value;
}

/** @throws InvalidOptionError */
export function checkedHash(hash: number): number {
  return checkedInteger("A hash", hash, 0, HASHES - 1);
}

/** @throws InvalidOptionError */
export function checkedPlacement<Given extends Placement>(placement: Given): Given {
  if (typeof placement?.ownerAt !== "function") {
    throw new InvalidOptionError("A placement is expected: a HashRing, a Rendezvous or another strategy.");
  }
  return placement;
}

/** @throws InvalidOptionError */
export function checkedCells(placement: CellPlacement): CellPlacement {
  if (!Number.isSafeInteger(checkedPlacement(placement).cells)) {
    throw new InvalidOptionError(
      `A placement by ${placement.strategy} has no cells, so no ranges of hashes: put it into Partitions, or plan with planKeys.`,
    );
  }
  return placement;
}
