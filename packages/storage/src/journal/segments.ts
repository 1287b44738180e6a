import type { Disk } from "../disk.ts";
import { isDiskFull, JournalFullError } from "../errors.ts";
import type { JournalSettings } from "./options.ts";
import { createSegment, endOf, type Segment } from "./segment.ts";

/** The segments of an open journal, oldest first: makes the next one in time and removes the old ones. */
export class Segments {
  readonly #disk: Disk;
  readonly #settings: JournalSettings;
  /** The last of these takes the records. */
  readonly #used: Segment[];
  #preparing: Promise<Segment> | undefined;
  #trimming: Promise<void> = Promise.resolve();

  constructor(disk: Disk, settings: JournalSettings, used: readonly Segment[]) {
    this.#disk = disk;
    this.#settings = settings;
    this.#used = [...used];
  }

  get start(): number {
    return this.#used[0]!.base;
  }

  get count(): number {
    return this.#used.length;
  }

  /** The segment that holds the byte at `position`; `undefined` when it was trimmed. */
  holding(position: number): Segment | undefined {
    return this.#used.findLast(({ base }) => base <= position);
  }

  /** Begins to make the next segment, unless it is there. A failure shows when `advance` needs it. */
  prepare(): void {
    if (this.#preparing) return;
    this.#preparing = this.#make();
    this.#preparing.catch(() => {});
  }

  /** Goes over to the next segment. Rejects with `JournalFullError` when there is no room, and may be called again. */
  async advance(): Promise<Segment> {
    this.prepare();
    try {
      const next = await this.#preparing!.catch((error) => this.#makeAgain(error));
      this.#used.push(next);
      return next;
    } finally {
      this.#preparing = undefined;
    }
  }

  /** Removes used segments that end at `position` or before it, but never the last. */
  trim(position: number): Promise<void> {
    const trimmed = this.#trimming.then(async () => {
      // One at a time and oldest first: whatever a crash leaves has no gap, which would look like a lost segment.
      for (let oldest = this.#used[0]!; this.#used.length > 1; oldest = this.#used[0]!) {
        if (endOf(oldest) > position) return;
        await this.#disk.remove(oldest.path);
        await this.#disk.syncFolder(this.#settings.folder);
        this.#used.shift();
      }
    });
    this.#trimming = trimmed.catch(() => {});
    return trimmed;
  }

  /** Resolves when nothing is under way any more, however it ended. */
  async settled(): Promise<void> {
    await this.#preparing?.catch(() => {});
    await this.#trimming;
  }

  /** The disk may have been full when the segment was prepared, and have room now that it is needed. */
  async #makeAgain(error: unknown): Promise<Segment> {
    if (!isDiskFull(error)) throw error;
    try {
      return await this.#make();
    } catch (cause) {
      if (!isDiskFull(cause)) throw cause;
      const bytes = this.#settings.segmentBytes;
      throw new JournalFullError(
        `the disk has no room for another segment of ${bytes} bytes: trim the journal or free space, then append again`,
        { cause },
      );
    }
  }

  #make(): Promise<Segment> {
    const { folder, identity, segmentBytes: bytes } = this.#settings;
    return createSegment(this.#disk, folder, { base: endOf(this.#used.at(-1)!), bytes, identity });
  }
}
