import { LimitExceededError } from "../errors.ts";
import { pathOf } from "./paths.ts";
import { Reading, sequenceSchema } from "./reading.ts";
import type { Schema } from "./schema.ts";
import { emptyPart, type SequenceOptions, type SequencePart, sequenceOptionsOf } from "./sequences.ts";

const PARTS_MAX = 65_536;

interface ContentsOptions extends SequenceOptions {
  readonly partsMax?: number;
}

/** What stands in a document now, to read and to change. */
export class Contents extends Reading<SequencePart> {
  readonly #options: SequenceOptions;
  readonly #partsMax: number;
  readonly #plant: (part: SequencePart) => void;
  readonly #follow: (part: SequencePart) => void;

  /** `plant` is called with every text and list that begins empty, `follow` with every one that there is. */
  constructor(
    root: Schema,
    options: ContentsOptions,
    plant: (part: SequencePart) => void,
    follow: (part: SequencePart) => void,
  ) {
    super(root);
    this.#options = sequenceOptionsOf(options);
    this.#partsMax = options.partsMax ?? PARTS_MAX;
    this.#plant = plant;
    this.#follow = follow;
  }

  /** Throws LimitExceededError when so many more texts and lists would be too many. */
  admitParts(more: number): void {
    if (this.sequences.size + more > this.#partsMax)
      throw new LimitExceededError(`The document would have more than ${this.#partsMax} texts and lists.`);
  }

  /**
   * The text or list at a key to write to, made when it is not there. Throws when the schema has none there, and
   * LimitExceededError when there would be too many.
   */
  sequence(key: string): SequencePart {
    const known = this.sequences.get(key);
    if (known !== undefined) return known;
    this.admitParts(1);
    const made = this.newSequence(key);
    this.putSequence(key, made);
    return made;
  }

  /** The text or list at a key to read: an empty one when nothing was written there, which the document does not keep. */
  readable(key: string): SequencePart {
    return this.sequences.get(key) ?? this.#empty(key);
  }

  /** A text or list that does not belong to the document yet. */
  newSequence(key: string): SequencePart {
    const part = this.#empty(key);
    this.#watch(part);
    return part;
  }

  #empty(key: string): SequencePart {
    const path = pathOf(this.root, key);
    const part = emptyPart(path, sequenceSchema(this.root, path), this.#options);
    this.#plant(part);
    return part;
  }

  /** Takes in a text or list that was decoded or carried over. */
  adopt(key: string, part: SequencePart): void {
    this.#watch(part);
    this.putSequence(key, part);
  }

  /** Puts others in the place of all texts and lists. */
  replaceSequences(parts: ReadonlyMap<string, SequencePart>): void {
    this.clearSequences();
    for (const [key, part] of parts) this.adopt(key, part);
  }

  /** Follows a part from when it may be edited. */
  #watch(part: SequencePart): void {
    part.opened = this.#follow;
    if (part.isOpen) this.#follow(part);
  }
}
