import { InvariantError } from "../errors.ts";

/**
 * What must hold whatever the network and the disk do. A broken invariant means a bug here or a disk that lied:
 * the node stops rather than guesses on.
 */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantError(what);
}
