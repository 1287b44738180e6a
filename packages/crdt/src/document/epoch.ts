import { Writer } from "../bytes/writer.ts";
import type { Version } from "../sequence/version.ts";
import { writeVersion } from "./version.ts";

/** How often history was forgotten, and up to where. */
export interface Epoch {
  readonly number: number;
  /** A digest of where history was forgotten, this time and before: replicas that disagree notice. */
  readonly mark: number;
  /** What had been seen when it was forgotten last. */
  readonly base: Version;
}

export const FIRST_EPOCH: Epoch = { number: 0, mark: 0, base: new Map() };

/** The epoch after one, when history is forgotten at a version. */
export function epochAfter(epoch: Epoch, base: Version): Epoch {
  const writer = new Writer();
  writer.uint(epoch.mark);
  writeVersion(writer, base);
  const sealed = writer.sealed();
  const mark = new DataView(sealed.buffer, sealed.byteOffset).getUint32(sealed.length - 4);
  return { number: epoch.number + 1, mark, base };
}
