import { checkOptions, checkSwitch } from "../arguments.ts";

/** The options that all texts and lists have, when they are made and when they are decoded. */
export const SEQUENCE_OPTIONS: readonly string[] = [
  "replica",
  "history",
  "elementsMax",
  "replicasMax",
  "pendingBytesMax",
  "compression",
];

/** Refuses options that are none, and those of a text or list that it has not; `more` are those of its kind alone. */
export function checkSequenceOptions(
  options: { readonly history?: boolean },
  ...more: readonly string[]
): void {
  checkOptions(options, more.length === 0 ? SEQUENCE_OPTIONS : [...SEQUENCE_OPTIONS, ...more]);
  checkSwitch("history", options.history);
}
