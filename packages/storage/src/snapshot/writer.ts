import type { Disk, DiskFile } from "../disk.ts";
import { SnapshotStateError } from "../errors.ts";
import { encodeFooter, encodeHeader, frameContentMax, frameHeaderBytes, sealFrame } from "./format.ts";

/** A snapshot in the making. Disposing of it aborts it, unless it was committed. */
export interface SnapshotWriter extends AsyncDisposable {
  /**
   * Adds bytes to the body. The caller may reuse the chunk once the promise has resolved, and should await it:
   * chunks handed over faster than the disk takes them pile up in memory.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the snapshot durable and the newest, then removes those that are not kept. Resolves with its number. */
  commit(): Promise<number>;
  /** Gives the snapshot up and removes what was written. */
  abort(): Promise<void>;
}

/** Where a snapshot goes, and what happens when it is done. */
export interface Destination {
  readonly sequence: number;
  readonly draft: string;
  /** Gives the synced draft its name and makes that durable. */
  publish(): Promise<void>;
  /** The writer will not touch the draft any more. */
  release(): void;
}

/** Packs the body into frames and writes each when it is full. */
export class FrameWriter implements SnapshotWriter {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #destination: Destination;
  #frame: Uint8Array = new Uint8Array(frameHeaderBytes + frameContentMax);
  /** Bytes in the frame, its header included. */
  #used: number = frameHeaderBytes;
  #offset: number;
  #bodyBytes = 0;
  #sum: number;
  #state: "open" | "committed" | "aborted" | "failed" = "open";

  constructor(disk: Disk, file: DiskFile, destination: Destination, header: ReturnType<typeof encodeHeader>) {
    this.#disk = disk;
    this.#file = file;
    this.#destination = destination;
    this.#offset = header.bytes.length;
    this.#sum = header.sum;
  }

  static async begin(disk: Disk, destination: Destination, metadata: Uint8Array): Promise<FrameWriter> {
    const file = await disk.open(destination.draft, { create: true });
    const header = encodeHeader(destination.sequence, metadata);
    const writer = new FrameWriter(disk, file, destination, header);
    await writer.#orFail(async () => {
      await file.truncate(0);
      await file.write(0, [header.bytes]);
    });
    return writer;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#demandOpen("write to");
    const written: Promise<void>[] = [];
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + this.#frame.length - this.#used);
      this.#frame.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === this.#frame.length) written.push(this.#flush());
    }
    if (written.length > 0) await this.#orFail(() => Promise.all(written));
  }

  async commit(): Promise<number> {
    this.#demandOpen("commit");
    this.#state = "committed";
    await this.#orFail(async () => {
      if (this.#used > frameHeaderBytes) await this.#flush();
      await this.#file.write(this.#offset, [encodeFooter(this.#bodyBytes, this.#sum)]);
      await this.#file.sync();
      await this.#file.close();
      await this.#destination.publish();
    });
    this.#destination.release();
    return this.#destination.sequence;
  }

  async abort(): Promise<void> {
    this.#demandOpen("abort");
    this.#state = "aborted";
    await this.#discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "open") await this.abort();
  }

  /** Writes the frame as it is and begins another, in memory of its own: the disk may still read this one. */
  #flush(): Promise<void> {
    const frame = this.#frame.subarray(0, this.#used);
    this.#sum = sealFrame(frame, this.#sum);
    const written = this.#file.write(this.#offset, [frame]);
    this.#offset += frame.length;
    this.#bodyBytes += frame.length - frameHeaderBytes;
    this.#frame = new Uint8Array(frameHeaderBytes + frameContentMax);
    this.#used = frameHeaderBytes;
    return written;
  }

  /** A failure ends the snapshot: nothing is tried twice, and the draft goes. */
  async #orFail(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#state !== "failed") {
        this.#state = "failed";
        await this.#discard().catch(() => {});
      }
      throw error;
    }
  }

  async #discard(): Promise<void> {
    try {
      await this.#file.close();
      await this.#disk.remove(this.#destination.draft);
    } finally {
      this.#destination.release();
    }
  }

  #demandOpen(what: string): void {
    if (this.#state === "open") return;
    const { sequence } = this.#destination;
    throw new SnapshotStateError(`cannot ${what} snapshot ${sequence}: it is ${this.#state}, begin another`);
  }
}
