import { CommandFormatError } from "./errors.ts";

/** What stands in a log entry. */
export type LoggedCommand =
  /** A command that happens as often as it is logged. */
  | { readonly kind: "plain"; readonly command: Uint8Array }
  /** A command that happens once, however often it is logged. */
  | {
      readonly kind: "once";
      readonly session: number;
      /** Numbers the session's commands from 1. */
      readonly sequence: number;
      /** Answers up to here have arrived and need not be kept. */
      readonly answered: number;
      readonly command: Uint8Array;
    }
  /** Opens a session. Its number is the index of this entry. */
  | { readonly kind: "open" }
  | { readonly kind: "close"; readonly session: number };

const kinds = { plain: 0, once: 1, open: 2, close: 3 } as const;

/*
 * Layout: one byte of kind; `once`: session, sequence, answered (float64 each, little endian: safe integers), then
 * the command; `plain`: the command; `close`: session.
 */
const onceHeaderBytes = 1 + 3 * 8;

/** Throws `CommandFormatError` for numbers that `decodeCommand` would not read. */
export function encodeCommand(logged: LoggedCommand): Uint8Array {
  switch (logged.kind) {
    case "plain": {
      const bytes = room(1 + logged.command.length);
      bytes[0] = kinds.plain;
      bytes.set(logged.command, 1);
      return bytes;
    }
    case "once": {
      const bytes = new Uint8Array(onceHeaderBytes + logged.command.length);
      const view = new DataView(bytes.buffer);
      bytes[0] = kinds.once;
      setCounter(view, 1, logged.session);
      setCounter(view, 9, logged.sequence);
      setCounter(view, 17, logged.answered);
      bytes.set(logged.command, onceHeaderBytes);
      return bytes;
    }
    case "open":
      return Uint8Array.of(kinds.open);
    case "close": {
      const bytes = new Uint8Array(9);
      bytes[0] = kinds.close;
      setCounter(new DataView(bytes.buffer), 1, logged.session);
      return bytes;
    }
  }
}

const slabBytes = 8_192;
let slab = new ArrayBuffer(slabBytes);
let slabUsed = 0;

/**
 * Bytes for a short command are cut from a slab: memory of its own would cost more than all else that is done here. No
 * byte is given out twice.
 */
function room(length: number): Uint8Array {
  if (length > slabBytes / 8) return new Uint8Array(length);
  if (slabUsed + length > slabBytes) {
    slab = new ArrayBuffer(slabBytes);
    slabUsed = 0;
  }
  slabUsed += length;
  return new Uint8Array(slab, slabUsed - length, length);
}

/** Throws `CommandFormatError`. */
export function decodeCommand(bytes: Uint8Array): LoggedCommand {
  if (bytes[0] === kinds.plain) return { kind: "plain", command: bytes.subarray(1) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bytes[0]) {
    case kinds.once:
      if (bytes.length < onceHeaderBytes) break;
      return {
        kind: "once",
        session: counter(view, 1),
        sequence: counter(view, 9),
        answered: counter(view, 17),
        command: bytes.subarray(onceHeaderBytes),
      };
    case kinds.open:
      return { kind: "open" };
    case kinds.close:
      if (bytes.length < 9) break;
      return { kind: "close", session: counter(view, 1) };
  }
  throw new CommandFormatError(`A log entry of ${bytes.length} bytes and kind ${bytes[0]} is no command`);
}

function setCounter(view: DataView, at: number, value: number): void {
  view.setFloat64(at, demandCounter(value), true);
}

function counter(view: DataView, at: number): number {
  return demandCounter(view.getFloat64(at, true));
}

function demandCounter(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new CommandFormatError(`${value} is no counter`);
  return value;
}
