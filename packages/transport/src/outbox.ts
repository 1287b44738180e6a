import type { OpenChannel } from "./channels.ts";
import { InvalidOptionError } from "./errors.ts";
import type { Counters } from "./metrics.ts";
import { frameHeader, frameHeaderBytes, recordHeaderBytes } from "./wire/frame.ts";
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
  readonly records: number;
}

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
    return this.#sealedBytes + this.#writer.length;
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
    if (
      this.#sealedBytes + before >= limits.outboxBytesMax * share ||
      this.#sealedRecords + this.#open >= limits.outboxRecordsMax * share
    ) {
      counters.droppedOutboxFull++;
      return false;
    }
    if (before === 0) writer.raw(frameHeader);
    writer.patch32(writer.reserve32(), channel.id);
    const position = writer.reserve32();
    try {
      channel.codec.encode(message, writer);
    } catch (error) {
      writer.rewind(before);
      throw error;
    }
    const length = writer.length - position - 4;
    if (length > limits.recordBytesMax) {
      writer.rewind(before);
      counters.droppedOversized++;
      return false;
    }
    writer.patch32(position, length);
    this.#open++;
    if (writer.length >= limits.frameBytesTarget) this.#seal();
    return true;
  }

  /** Takes the next frame that should travel, the open one last. */
  take(): SealedFrame | undefined {
    if (this.#sealed.length === 0) {
      if (this.#open === 0) return undefined;
      this.#seal();
    }
    const frame = this.#sealed.shift()!;
    this.#sealedBytes -= frame.bytes.length;
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

  #seal(): void {
    const bytes = this.#writer.cut();
    this.#sealed.push({ bytes, records: this.#open });
    this.#sealedBytes += bytes.length;
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
  return limits.frameBytesTarget + frameHeaderBytes + recordHeaderBytes + limits.recordBytesMax;
}
