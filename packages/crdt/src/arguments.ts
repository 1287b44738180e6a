import { InvalidArgumentError } from "./errors.ts";

/** The option, refused when it is no whole number from `least` on. */
export function checkCount(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`${name} is a whole number from ${least} on, not ${told(value)}.`);
}

/** The option in milliseconds, refused when it is no number above 0. */
export function checkDuration(name: string, value: number): number {
  if (typeof value === "number" && value > 0) return value;
  throw new InvalidArgumentError(`${name} is a number of milliseconds above 0, not ${told(value)}.`);
}

/** The option in milliseconds, refused when it is no number from 0 on. */
export function checkDelay(name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new InvalidArgumentError(`${name} is a number of milliseconds from 0 on, not ${told(value)}.`);
}

/** Refuses what cannot be called, for the method that takes it. */
export function checkFunction(method: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new InvalidArgumentError(`${method} takes a function, not ${told(value)}.`);
}

/** What a transaction returns, refused when it is a promise: nothing would be in it that comes after the first await. */
export function checkReturned<T>(returned: T): T {
  if (typeof (returned as { readonly then?: unknown } | null | undefined)?.then !== "function")
    return returned;
  throw new InvalidArgumentError(
    "The function given to transact returned a promise, but a transaction ends when its function returns: await what is " +
      "needed first, and transact then. What was changed before the first await stays.",
  );
}

/** Refuses what is no version, as `version()` gives them. */
export function checkVersion(version: unknown): void {
  if (version instanceof Map) return;
  throw new InvalidArgumentError(
    `A version is what version() gives: a Map of replica ids and numbers, not ${told(version)}. ` +
      "From bytes it is read with decodeVersion, or decodeDocumentVersion for a document.",
  );
}

/** Why an index or a stretch does not lie within a length. */
export function rangeError(from: number, to: number, length: number): InvalidArgumentError {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from)
    return new InvalidArgumentError(
      `Indexes and counts are whole numbers from 0 on, which from ${told(from)} to ${told(to)} is not.`,
    );
  if (from > length)
    return new InvalidArgumentError(`Index ${from} lies behind the end: the length is ${length}.`);
  return new InvalidArgumentError(
    `From index ${from} on there are ${length - from}, and not ${to - from}: the length is ${length}.`,
  );
}

/** Refuses options that are none, and those of another name than these. */
export function checkOptions(options: unknown, names: readonly string[]): void {
  if (options === null || typeof options !== "object")
    throw new InvalidArgumentError(
      `The options are an object with ${names.join(", ")}; not ${told(options)}.`,
    );
  for (const name of Object.keys(options))
    if (!names.includes(name))
      throw new InvalidArgumentError(`There is no option ${told(name)} here: there are ${names.join(", ")}.`);
}

/** Refuses an option that is neither true nor false. */
export function checkSwitch(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean")
    throw new InvalidArgumentError(`${name} is true or false, not ${told(value)}.`);
}

/** A value as it is told in a message. */
export function told(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? "an array" : `a ${value.constructor?.name ?? "value"}`;
}
