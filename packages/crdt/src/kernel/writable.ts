import { Writer } from "../bytes/writer.ts";
import { CrdtError, InvalidArgumentError } from "../errors.ts";
import type { Codec } from "./codec.ts";

/**
 * Refuses values that cannot be written: once inside, they would break every later encoding. Throws what the codec throws, or
 * InvalidArgumentError.
 */
export function checkWritable<T>(codec: Codec<T>, values: readonly T[]): void {
  const trial = new Writer();
  try {
    for (const value of values) codec.write(trial, value);
  } catch (cause) {
    if (cause instanceof CrdtError) throw cause;
    throw new InvalidArgumentError(`The value cannot be written: ${String(cause)}.`, { cause });
  }
}
