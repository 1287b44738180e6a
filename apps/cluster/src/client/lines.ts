import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { LineTooLongError } from "../errors.ts";
import { valueBytesMax } from "../store/store.ts";

/** A line of a file, as a key and a value. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** `FILE:NUMBER`: lines may be equal or empty, their places are not. */
  readonly key: string;
  /** The line's bytes without its line feed, whatever their encoding. */
  readonly value: Uint8Array;
}

/** The lines of a file, in constant memory. Throws `LineTooLongError`. */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  const name = basename(file);
  let number = 0;
  let parts: Buffer[] = [];
  let held = 0;
  const line = (end: Buffer): Line => {
    number++;
    const value = parts.length === 0 ? end : Buffer.concat([...parts, end]);
    parts = [];
    held = 0;
    if (value.length > valueBytesMax) throw new LineTooLongError(file, number, valueBytesMax);
    return { number, key: `${name}:${number}`, value };
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 16 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield line(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    held += chunk.length - start;
    if (held > valueBytesMax) throw new LineTooLongError(file, number + 1, valueBytesMax);
  }
  if (parts.length > 0) yield line(Buffer.alloc(0));
}

/** Lines in a file. Throws `LineTooLongError`, so that a load begins only with a file that can be loaded. */
export async function countLines(file: string): Promise<number> {
  let count = 0;
  for await (const _ of linesOf(file)) count++;
  return count;
}
