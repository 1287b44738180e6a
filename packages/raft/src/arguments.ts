import { OptionError } from "./errors.ts";
import type { OnceOptions } from "./options.ts";

/**
 * What is in the log is applied by every member, whatever it is: numbers that nobody can apply must not get there. Throws
 * `OptionError`.
 */
export function checkOnce({ session, sequence, answered }: OnceOptions): void {
  const least = { session: [session, 1], sequence: [sequence, 1], answered: [answered, 0] } as const;
  for (const [name, [value, from]] of Object.entries(least))
    if (!Number.isSafeInteger(value) || value < from)
      throw new OptionError(`once.${name} must be an integer of at least ${from}, not ${value}.`);
}
