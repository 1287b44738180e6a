import { isNodeId } from "@coterie/transport";
import { OptionError } from "./errors.ts";

/** Each is a whole number of at least 1. */
export function count(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new OptionError(`${option} is a whole number of at least 1, not ${value}.`);
}

/** Each is a finite number above 0. */
export function positive(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options))
    if (!(value > 0 && Number.isFinite(value)))
      throw new OptionError(`${option} is a positive number, not ${value}.`);
}

/** A name that several instances on one host are told apart by: as nodes are. */
export function name(option: string, value: string): string {
  if (!isNodeId(value))
    throw new OptionError(`${option} has 1 to 64 characters of A-Z a-z 0-9 . _ -, not "${value}".`);
  return value;
}
