import {
  type CausalContext,
  ClocksError,
  type Dot,
  decodeCausalContext as decodeContext,
  encodeCausalContext as encodeContext,
  type MutableCausalContext,
  type ReadonlyCausalContext,
} from "@coterie/clocks";
import { told } from "../arguments.ts";
import { CorruptBytesError, InvalidArgumentError } from "../errors.ts";

/**
 * A causal context as bytes, to ask a peer for what it names not: `since` answers. Equal contexts have equal bytes. Throws
 * InvalidArgumentError for what is none.
 */
export function encodeCausalContext(context: ReadonlyCausalContext): Uint8Array {
  checkContext(context);
  return encodeContext(context);
}

/** The causal context in bytes. Throws CorruptBytesError when they are not one. */
export function decodeCausalContext(bytes: Uint8Array): CausalContext {
  try {
    return decodeContext(bytes);
  } catch (cause) {
    throw new CorruptBytesError("they do not hold a causal context", { cause });
  }
}

/** The next event of a replica. Throws InvalidArgumentError for what is no replica id. */
export function nextDot(context: MutableCausalContext, replica: string): Dot {
  try {
    return context.next(replica);
  } catch (cause) {
    throw cause instanceof ClocksError ? new InvalidArgumentError(cause.message, { cause }) : cause;
  }
}

/** Refuses what is no causal context. */
export function checkContext(context: unknown): void {
  if (context !== null && typeof context === "object" && "shared" in context && "ranges" in context) return;
  throw new InvalidArgumentError(
    `A causal context is the \`context\` of a state, or what decodeCausalContext gives; not ${told(context)}.`,
  );
}
