/** Conflict-free replicated data types: replicas that change apart and always come together. */
export type { ReadonlyCausalContext } from "@coterie/clocks";
export {
  type Awareness,
  type AwarenessChange,
  type AwarenessOptions,
  createAwareness,
} from "./awareness/awareness.ts";
export { Reader } from "./bytes/reader.ts";
export { Writer } from "./bytes/writer.ts";
export { type BoundedCounter, type BoundedCounterType, boundedCounter } from "./counters/bounded-counter.ts";
export { type CausalCounterType, causalCounter } from "./counters/causal-counter.ts";
export { type GCounterType, gCounter } from "./counters/g-counter.ts";
export { type PNCounter, type PNCounterType, pnCounter } from "./counters/pn-counter.ts";
export {
  createDocument,
  type Document,
  decodeDocument,
} from "./document/document.ts";
export type { DocumentEvent, DocumentListener } from "./document/events.ts";
export type { BoundedCounterView } from "./document/leaves/bounded.ts";
export type { CounterView } from "./document/leaves/counter.ts";
export type { ExtremeView } from "./document/leaves/extreme.ts";
export type { FlagView } from "./document/leaves/flag.ts";
export type { GrowingSetView, TwoPhaseSetView } from "./document/leaves/growing-sets.ts";
export type { RegisterView, SiblingsView } from "./document/leaves/registers.ts";
export type { SetView } from "./document/leaves/sets.ts";
export type { TreeNode, TreeView } from "./document/leaves/tree.ts";
export type { DocumentOptions } from "./document/options.ts";
export {
  type ChangeOf,
  type LeafSchema,
  type ListOfSchema,
  type ListOfView,
  type ListSchema,
  type MapSchema,
  type MovableListSchema,
  type RecordSchema,
  type RecordView,
  type RichTextSchema,
  type Schema,
  type SchemaParts,
  schema,
  type TextSchema,
  type ValueOf,
  type ViewOf,
} from "./document/schema.ts";
export type { ListView, MovableListView, RichTextView, TextView } from "./document/sequences.ts";
export {
  type DocumentVersion,
  decodeDocumentVersion,
  encodeDocumentVersion,
} from "./document/version.ts";
export {
  CorruptBytesError,
  CrdtError,
  HistoryForgottenError,
  HistoryNotKeptError,
  InvalidArgumentError,
  InvalidUpdateError,
  LimitExceededError,
  PendingFullError,
  RemovedValueError,
  ReplicaReusedError,
  UnknownVersionError,
} from "./errors.ts";
export { disableWinsFlag } from "./flags/disable-wins.ts";
export { enableWinsFlag, type FlagType } from "./flags/enable-wins.ts";
export { type Causal, type CausalLattice, causal, type DotStore } from "./kernel/causal.ts";
export { boolean, type Codec, integer, json, type Key, number, text } from "./kernel/codec.ts";
export { decodeCausalContext, encodeCausalContext } from "./kernel/context.ts";
export { type DotFun, type DottedValue, dotFun } from "./kernel/dot-fun.ts";
export { type DotMap, dotMap } from "./kernel/dot-map.ts";
export { type DotSet, dotSet } from "./kernel/dot-set.ts";
export { copy, decode, encode, type Lattice, mergeEncoded } from "./kernel/lattice.ts";
export { brokenLaws } from "./kernel/laws.ts";
export type { CausalType } from "./kernel/nested.ts";
export type { Tally } from "./kernel/tally.ts";
export { createList, decodeList, type List, type ListOptions } from "./list/list.ts";
export {
  createMovableList,
  decodeMovableList,
  type MovableList,
  type MovableListOptions,
} from "./list/movable-list.ts";
export { type LWWMap, type LWWMapType, lwwMap } from "./maps/lww-map.ts";
export { type ORMap, type ORMapType, orMap } from "./maps/or-map.ts";
export {
  type LWWRegister,
  type LWWRegisterType,
  lwwRegister,
  type Stamp,
  type Stamped,
} from "./registers/lww-register.ts";
export {
  type ExtremeRegister,
  type ExtremeRegisterType,
  maxRegister,
  minRegister,
} from "./registers/max-register.ts";
export { type MVRegisterType, mvRegister } from "./registers/mv-register.ts";
export type { Attributes, Expand } from "./rich/mark.ts";
export {
  createRichText,
  decodeRichText,
  type FormattedText,
  type RichText,
  type RichTextEvent,
  type RichTextOptions,
} from "./rich/rich-text.ts";
export type { FormattedRange } from "./rich/runs.ts";
export type { ChangeEvent, ChangeListener, Step } from "./sequence/changes.ts";
export type { ElementId } from "./sequence/content.ts";
export type { Cursor, CursorSide } from "./sequence/cursor.ts";
export type { ApplyReport, Compression, EncodeOptions, SequenceLimits } from "./sequence/engine.ts";
export type { Editable, Replicated, TimeTravel } from "./sequence/replicated.ts";
export type { MissingCause } from "./sequence/stage.ts";
export type { Undo } from "./sequence/undo.ts";
export { decodeVersion, encodeVersion, type Version } from "./sequence/version.ts";
export { type GSetType, gSet } from "./sets/g-set.ts";
export { type ORSet, type ORSetType, orSet } from "./sets/or-set.ts";
export { type RemoveWinsSet, type RemoveWinsSetType, removeWinsSet } from "./sets/remove-wins-set.ts";
export { type TwoPhaseSet, type TwoPhaseSetType, twoPhaseSet } from "./sets/two-phase-set.ts";
export {
  type AntiEntropy,
  type AntiEntropyOptions,
  createAntiEntropy,
} from "./sync/anti-entropy.ts";
export { createDeltaSync, type DeltaSync, type DeltaSyncOptions } from "./sync/delta-sync.ts";
export {
  createLongMessages,
  type LongMessages,
  type LongMessagesOptions,
} from "./sync/long/long-messages.ts";
export type { BytesChannel, SyncHost } from "./sync/road.ts";
export { documentSource, type SyncSource, sequenceSource } from "./sync/source.ts";
export {
  createText,
  decodeText,
  type Text,
  type TextEvent,
  type TextListener,
  type TextOptions,
  type TextStep,
} from "./text/text.ts";
export { type MovableTree, type MovableTreeType, movableTree } from "./tree/movable-tree.ts";
export { type Move, type MoveLog, treeRoot } from "./tree/move-log.ts";
