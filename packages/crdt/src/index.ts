export {
  CorruptBytesError,
  CrdtError,
  InvalidArgumentError,
  InvalidUpdateError,
  LimitExceededError,
  PendingFullError,
  ReplicaReusedError,
} from "./errors.ts";
export type { ApplyReport, Compression, EncodeOptions, SequenceLimits } from "./sequence/engine.ts";
export type { MissingCause } from "./sequence/stage.ts";
export { decodeVersion, encodeVersion, type Version } from "./sequence/version.ts";
export type { TextEvent, TextListener, TextStep } from "./text/changes.ts";
export type { Cursor, CursorSide } from "./text/cursor.ts";
export { createText, decodeText, type Text, type TextOptions } from "./text/text.ts";
