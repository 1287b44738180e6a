import { pathOf } from "./paths.ts";
import { Reading, sequenceSchema } from "./reading.ts";
import type { Schema } from "./schema.ts";
import { emptyPart, type SequenceOptions, type SequencePart, sequenceOptionsOf } from "./sequences.ts";

/** What stands in a document now, to read and to change. */
export class Contents extends Reading<SequencePart> {
  readonly #options: SequenceOptions;
  readonly #plant: (part: SequencePart) => void;
  readonly #follow: (part: SequencePart) => void;

  /** `plant` is called with every text and list that begins empty, `follow` with every one that there is. */
  constructor(
    root: Schema,
    options: SequenceOptions,
    plant: (part: SequencePart) => void,
    follow: (part: SequencePart) => void,
  ) {
    super(root);
    this.#options = sequenceOptionsOf(options);
    this.#plant = plant;
    this.#follow = follow;
  }

  /** The text or list at a key, made when it is not there. Throws when the schema has none there. */
  sequence(key: string): SequencePart {
    const known = this.sequences.get(key);
    if (known !== undefined) return known;
    const made = this.newSequence(key);
    this.putSequence(key, made);
    return made;
  }

  /** A text or list that does not belong to the document yet. */
  newSequence(key: string): SequencePart {
    const path = pathOf(this.root, key);
    const part = emptyPart(path, sequenceSchema(this.root, path), this.#options);
    this.#plant(part);
    this.#watch(part);
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
