import { type Position, sizeOf } from "./core/log.ts";
import { type Entry, EntryKind } from "./gen/raft.ts";

/** What the log must know of a command that it need not hold. */
export interface CommandHeader extends Position {
  /** As `sizeOf` counts the entry. */
  readonly bytes: number;
}

/** Field numbers and wire types of `JournalRecord` and `Entry` in raft.proto. */
export const tags = { entry: 0x12, index: 0x08, term: 0x10, time: 0x20, origin: 0x2a, id: 0x30, data: 0x3a };

const noData = new Uint8Array();

/**
 * Reads commands off a journal's records, of which there may be millions, without what a general decoder leaves behind
 * for each. Whatever is no plain command, or odd, is left to that.
 */
export class RecordReader {
  #bytes: Uint8Array = noData;
  #at = 0;
  #index = 0;
  #term = 0;
  #time = 0;
  #id = 0;
  #origin = "";
  #originAt = 0;
  #originEnd = 0;
  #dataAt = 0;
  #dataEnd = 0;

  /** The header of the command in a record; undefined when the record is anything else. */
  header(record: Uint8Array): CommandHeader | undefined {
    if (!this.#parse(record)) return undefined;
    const bytes = sizeOf({ data: { length: this.#dataEnd - this.#dataAt } });
    return { index: this.#index, term: this.#term, time: this.#time, bytes };
  }

  /** The index of the command in a record; undefined when the record is anything else. */
  index(record: Uint8Array): number | undefined {
    return this.#parse(record) ? this.#index : undefined;
  }

  /** The command in a record, with its data as a view; undefined when the record is anything else. */
  command(record: Uint8Array): Entry | undefined {
    if (!this.#parse(record)) return undefined;
    return {
      index: this.#index,
      term: this.#term,
      kind: EntryKind.COMMAND,
      time: this.#time,
      origin: this.#readOrigin(),
      id: this.#id,
      data: this.#dataEnd === 0 ? noData : record.subarray(this.#dataAt, this.#dataEnd),
    };
  }

  #parse(record: Uint8Array): boolean {
    if (record[0] !== tags.entry) return false;
    this.#bytes = record;
    this.#at = 1;
    this.#index = this.#term = this.#time = this.#id = 0;
    this.#originAt = this.#originEnd = this.#dataAt = this.#dataEnd = 0;
    const length = this.#varint();
    if (length !== record.length - this.#at) return false;
    while (this.#at < record.length) if (!this.#field(record[this.#at++]!)) return false;
    return this.#at === record.length && this.#index > 0;
  }

  #field(tag: number): boolean {
    const value = this.#varint();
    if (!Number.isSafeInteger(value)) return false;
    if (tag === tags.index) this.#index = value;
    else if (tag === tags.term) this.#term = value;
    else if (tag === tags.time) this.#time = value;
    else if (tag === tags.id) this.#id = value;
    else if (tag === tags.origin) {
      this.#originAt = this.#at;
      this.#at += value;
      this.#originEnd = this.#at;
    } else if (tag === tags.data) {
      this.#dataAt = this.#at;
      this.#at += value;
      this.#dataEnd = this.#at;
    } else return false;
    return true;
  }

  /** Most commands have the same few origins: the one seen last is not made anew. */
  #readOrigin(): string {
    const bytes = this.#bytes;
    const length = this.#originEnd - this.#originAt;
    const known = this.#origin;
    let same = known.length === length;
    for (let i = 0; same && i < length; i++) same = known.charCodeAt(i) === bytes[this.#originAt + i];
    if (!same) this.#origin = decoder.decode(bytes.subarray(this.#originAt, this.#originEnd));
    return this.#origin;
  }

  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[this.#at++];
      if (byte === undefined) return Number.NaN;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
    }
  }
}

const decoder = new TextDecoder();
