import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";

/** Names an element on all replicas. */
export interface ElementId {
  readonly replica: string;
  readonly seq: number;
}

/**
 * What the elements of a sequence hold, one entry per element in the order in which its replica inserted them. The
 * structure of the sequence knows ids alone; texts and lists differ in this store only.
 *
 * Content that arrives is staged first, and committed once the whole update has proved valid.
 */
export interface Content {
  /** Which store this is, in encodings. */
  readonly tag: number;
  /** Decodes and validates the content of `count` elements; returns where it lies in the stage. */
  stage(reader: Reader, count: number): number;
  /** Stages elements whose content is gone. */
  stageDropped(count: number): number;
  /** Appends staged content to a replica's. */
  commit(replica: number, stagedAt: number, count: number): void;
  /** Appends elements whose content is gone, or is yet to be filled in. */
  commitDropped(replica: number, count: number): void;
  /** Entries on the stage. */
  readonly staged: number;
  /** Forgets what was staged from `length` on. */
  unstage(length: number): void;
  /** Whether staged content equals what a replica has, gone content being equal to any. */
  matches(replica: number, at: number, stagedAt: number, count: number): boolean;
  /** Writes the content of `[from, to)`, none of it dropped. */
  write(writer: Writer, replica: number, from: number, to: number): void;
  /** How many entries from `at` on, up to `count`, are alike: all gone or all there. */
  stretch(replica: number, at: number, count: number): number;
  isDropped(replica: number, at: number): boolean;
  /** Really removes the content of `count` elements. */
  drop(replica: number, at: number, count: number): void;
  /** Decodes content that was not there when the elements were made: a document without history is read so. */
  fill(replica: number, at: number, reader: Reader, count: number): void;
  /** False while no border can cut a character in two. */
  readonly mayCut: boolean;
  /** Whether a border before entry `at` would cut one character in two. */
  splits(replica: number, at: number): boolean;
  /** The same for staged content. */
  splitsStaged(at: number): boolean;
  /** Whether all entries are simply seen: none speaks of other elements and none is hidden. */
  readonly plain: boolean;
  /** Elements that staged entries speak of: they must be known before these can be applied. */
  references(stagedAt: number, count: number): readonly ElementId[];
  /** Whether an entry is never seen, a mark for instance. Such elements stand alone, right below the root. */
  hides(replica: number, at: number): boolean;
  /** The same for staged content. */
  hidesStaged(at: number): boolean;
  /** Whether an entry can be removed by an operation: not when it only speaks of others. What is gone may have been any. */
  removable(replica: number, at: number): boolean;
  /** The same for staged content. */
  removableStaged(at: number): boolean;
}

/** Content whose entries are all simply seen. */
export class PlainContent {
  readonly plain: boolean = true;

  references(_stagedAt: number, _count: number): readonly ElementId[] {
    return [];
  }

  hides(_replica: number, _at: number): boolean {
    return false;
  }

  hidesStaged(_at: number): boolean {
    return false;
  }

  removable(_replica: number, _at: number): boolean {
    return true;
  }

  removableStaged(_at: number): boolean {
    return true;
  }
}
