import { type Disk, type Journal, type JournalOptions, openJournal } from "../../src/index.ts";

/** A record that tells its number and whose every byte depends on it, so that no mix-up goes unnoticed. */
export function record(number: number, length = 8): Uint8Array {
  const bytes = new Uint8Array(Math.max(4, length));
  for (let i = 4; i < bytes.length; i++) bytes[i] = (number * 31 + i * 7) & 0xff;
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

/** The number of a record; throws when its content is not what `record` made. */
export function numberOf(bytes: Uint8Array): number {
  const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (Buffer.compare(bytes, record(number, bytes.length)) !== 0)
    throw new Error(`record ${number} is garbled`);
  return number;
}

export interface Opened {
  readonly journal: Journal;
  readonly numbers: readonly number[];
  readonly positions: readonly number[];
}

/** Opens a journal of numbered records. */
export async function openNumbered(disk: Disk, options: Partial<JournalOptions> = {}): Promise<Opened> {
  const numbers: number[] = [];
  const positions: number[] = [];
  const journal = await openJournal(disk, {
    folder: "journal",
    segmentBytes: 8192,
    ...options,
    replay(bytes, position) {
      numbers.push(numberOf(bytes));
      positions.push(position);
    },
  });
  return { journal, numbers, positions };
}
