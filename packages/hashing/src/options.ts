import { InvalidOptionError } from "./errors.ts";
import { HASHES } from "./hash/mix.ts";

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
