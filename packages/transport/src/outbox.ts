import type { OpenChannel } from "./channels.ts";
import { InvalidOptionError } from "./errors.ts";
import type { Counters } from "./metrics.ts";
import { frameHeader, frameHeaderBytes, lentFlag, recordHeaderBytes } from "./wire/frame.ts";
import { lentBytesMin, lentTableBytes } from "./wire/lent.ts";
import { FastWriter } from "./wire/writer.ts";

/** How much may wait for one peer on one lane, and how it is packed. */
export interface OutboxOptions {
  /** Bytes that may wait for one peer on one lane. Default: 8 MiB. */
  readonly outboxBytesMax?: number;
  /** Records that may wait for one peer on one lane. Default: 131,072. */
  readonly outboxRecordsMax?: number;
  /** A longer record is refused. Default: 16 MiB. */
  readonly recordBytesMax?: number;
  /** A frame that has grown this long leaves before the turn ends. Default: 64 KiB. */
  readonly frameBytesTarget?: number;
}

export type OutboxLimits = Required<OutboxOptions>;

/** Fills in the defaults. Throws `InvalidOptionError` for a bound that is no positive integer. */
export function outboxLimits(options: OutboxOptions): OutboxLimits {
  const limits = {
    outboxBytesMax: options.outboxBytesMax ?? 8 * 1024 * 1024,
    outboxRecordsMax: options.outboxRecordsMax ?? 131_072,
    recordBytesMax: options.recordBytesMax ?? 16 * 1024 * 1024,
    frameBytesTarget: options.frameBytesTarget ?? 64 * 1024,
  };
  for (const [name, value] of Object.entries(limits))
    if (!Number.isSafeInteger(value) || value <= 0 || value > 0x7fff_ffff)
      throw new InvalidOptionError(`${name} is ${value}: use an integer from 1 to 2147483647`);
  return limits;
}

/** A frame that is ready to travel. Its memory is never written again. */
export interface SealedFrame {
  readonly bytes: Buffer;
  /** What its records lend, in their order: parts of the same message. */
  readonly lent: readonly Uint8Array[];
  readonly records: number;
}

/**
 * By what it lends a frame may grow so many times as long as by what it holds: several parts that travel in one
 * message cost both ends less than as many messages.
 */
const lentFrameFactor = 4;

/** How long a frame is with all that it lends. */
export function frameBytes({ bytes, lent }: SealedFrame): number {
  let sum = bytes.length;
  for (const part of lent) sum += part.length;
  return sum;
}

const nothingLent: readonly Uint8Array[] = [];

/**
 * Droppable records may fill the outbox to this share of its bounds. The rest is kept for records that must not be
 * dropped: so it is the newest droppable record that goes first, and nothing is ever searched for or taken out.
 */
const droppableShare = 0.75;
/** `drained` resolves once no more than this share waits, so that a sender does not wake for one record's room. */
const drainedShare = 0.5;

/**
 * What waits for one peer on one lane. Records are encoded straight into the frame that will carry them, and a
 * frame is handed over without a copy.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #writer = new FastWriter();
  /** Full frames, oldest first, in front of the open one. */
  #sealed: SealedFrame[] = [];
  #sealedBytes = 0;
  #sealedRecords = 0;
  /** Records in the open frame. */
  #open = 0;
  #waiters: (() => void)[] = [];

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#sealedBytes + this.#writer.length + this.#writer.lentBytes;
  }

  get records(): number {
    return this.#sealedRecords + this.#open;
  }

  /** Whether a frame stands ready that has reached its size. */
  get hasSealed(): boolean {
    return this.#sealed.length > 0;
  }

  /**
   * Encodes a record into the open frame; false, and counted, when it was dropped instead. Throws what the codec
   * throws, leaving the outbox as it was.
   */
  push<Message>(channel: OpenChannel<Message>, message: Message, counters: Counters): boolean {
    const writer = this.#writer;
    const limits = this.#limits;
    const share = channel.droppable ? droppableShare : 1;
    const before = writer.length;
    const lentBefore = writer.lent.length;
    const lentBytesBefore = writer.lentBytes;
    if (
      this.#sealedBytes + before + lentBytesBefore >= limits.outboxBytesMax * share ||
      this.#sealedRecords + this.#open >= limits.outboxRecordsMax * share
    ) {
      counters.droppedOutboxFull++;
      return false;
    }
    if (before === 0) writer.raw(frameHeader);
    writer.patch32(writer.reserve32(), channel.id);
    const position = writer.reserve32();
    writer.lendFrom(channel.lend ? lentBytesMin : Number.POSITIVE_INFINITY);
    try {
      channel.codec.encode(message, writer);
    } catch (error) {
      writer.rewind(before);
      throw error;
    }
    let length = writer.length - position - 4;
    if (length + writer.lentBytes - lentBytesBefore > limits.recordBytesMax) {
      writer.rewind(before);
      counters.droppedOversized++;
      return false;
    }
    if (writer.lent.length > lentBefore) length = this.#writeLentTable(position + 4, lentBefore) | lentFlag;
    writer.patch32(position, length);
    this.#open++;
    if (writer.length + writer.lentBytes / lentFrameFactor >= limits.frameBytesTarget) this.#seal();
    return true;
  }

  /** Takes the next frame that should travel, the open one last. */
  take(): SealedFrame | undefined {
    if (this.#sealed.length === 0) {
      if (this.#open === 0) return undefined;
      this.#seal();
    }
    const frame = this.#sealed.shift()!;
    this.#sealedBytes -= frameBytes(frame);
    this.#sealedRecords -= frame.records;
    if (this.#waiters.length > 0 && this.#hasRoom()) this.#wake();
    return frame;
  }

  /** Resolves when there is room again, or when the outbox was emptied for good. */
  drained(): Promise<void> {
    if (this.#hasRoom()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Drops all that waits; returns how many records that were. */
  clear(): number {
    const dropped = this.records;
    this.#sealed = [];
    this.#sealedBytes = 0;
    this.#sealedRecords = 0;
    this.#open = 0;
    this.#writer.rewind(0);
    this.#wake();
    return dropped;
  }

  /** Ends the open record with the table of what it lends, from that one on; returns the record's length. */
  #writeLentTable(start: number, first: number): number {
    const writer = this.#writer;
    const { lent } = writer;
    for (let i = first; i < lent.length; i++) writer.patch32(writer.reserve32(), lent[i]!.at - start);
    writer.patch32(writer.reserve32(), lent.length - first);
    return writer.length - start;
  }

  #seal(): void {
    const { lent, lentBytes } = this.#writer;
    const bytes = this.#writer.cut();
    const parts = lent.length === 0 ? nothingLent : lent.map((field) => field.bytes);
    this.#sealed.push({ bytes, lent: parts, records: this.#open });
    this.#sealedBytes += bytes.length + lentBytes;
    this.#sealedRecords += this.#open;
    this.#open = 0;
  }

  #hasRoom(): boolean {
    return (
      this.bytes <= this.#limits.outboxBytesMax * drainedShare &&
      this.records <= this.#limits.outboxRecordsMax * drainedShare
    );
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** The longest frame that limits allow: what a receiver must be ready to take. */
export function frameBytesMax(limits: OutboxLimits): number {
  const table = lentTableBytes(Math.ceil(limits.recordBytesMax / lentBytesMin));
  return (
    limits.frameBytesTarget * lentFrameFactor +
    frameHeaderBytes +
    recordHeaderBytes +
    limits.recordBytesMax +
    table
  );
}
