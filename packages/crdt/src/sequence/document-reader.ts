import type { Reader } from "../bytes/reader.ts";
import { CorruptBytesError, InvalidUpdateError, LimitExceededError } from "../errors.ts";
import type { Content } from "./content.ts";
import { AT_INSERT, AT_REMOVE, AT_REMOVE_BACKWARD } from "./document-format.ts";
import {
  INSERT_LEFT,
  INSERT_RIGHT,
  type Kind,
  REMOVE_BACKWARD,
  REMOVE_FORWARD,
  ROOT,
  SEQ_MAX,
} from "./log.ts";
import { checkReplicaId } from "./replicas.ts";
import type { Sequence } from "./sequence.ts";

/**
 * Reads a body that DocumentWriter wrote into an empty sequence, by replaying it. Whoever calls throws the sequence away
 * when this throws, so nobody ever sees half of a document.
 */
export class DocumentReader {
  readonly #sequence: Sequence;
  readonly #content: Content;
  readonly #elementsMax: number;
  readonly #body: Reader;
  readonly #table: number[] = [];
  readonly #carets: number[] = [];
  readonly #positions: Reader;
  readonly #refs: Reader;
  readonly #sections: Reader;
  readonly #ops: Reader;
  readonly #hidden: Reader;
  /** With history: what is left of the stretch of content that is being read. */
  readonly #stretches: Reader | undefined;
  #gone = true;
  #left = 0;

  constructor(body: Reader, sequence: Sequence, content: Content, elementsMax: number, history: boolean) {
    this.#sequence = sequence;
    this.#content = content;
    this.#elementsMax = elementsMax;
    this.#body = body;
    this.#readTable();
    this.#sections = body.section();
    this.#ops = body.section();
    this.#positions = body.section();
    this.#refs = body.section();
    this.#hidden = body.section();
    this.#stretches = history ? body.section() : undefined;
  }

  read(): void {
    while (this.#sections.left > 0) {
      const number = this.#sections.uint();
      if (number >= this.#table.length) throw new InvalidUpdateError("it names a replica outside its table");
      for (let left = this.#sections.uint(); left > 0; left--) this.#operation(number);
    }
    for (const column of [this.#ops, this.#positions, this.#refs]) column.finish();
    this.#hide();
    if (this.#stretches === undefined) this.#fillVisible();
    else {
      this.#finishHistory(this.#stretches);
      this.#checkVisible();
    }
    if (!this.#content.plain) this.#checkRemovals();
    this.#body.finish();
  }

  /** What an operation can remove depends on content, which came last. */
  #checkRemovals(): void {
    const { log } = this.#sequence;
    for (const replica of this.#table)
      for (let place = 0; place < log.runCount(replica); place++) {
        const run = log.run(replica, place);
        if (log.kind(run) < REMOVE_FORWARD) continue;
        const target = log.refReplica(run);
        const lowest = log.refSeq(run) - (log.kind(run) === REMOVE_FORWARD ? 0 : log.size(run) - 1);
        for (let seq = lowest; seq < lowest + log.size(run); seq++)
          if (!this.#content.removable(target, log.contentOf(target, seq)))
            throw new InvalidUpdateError("an operation removes what cannot be removed");
      }
  }

  #readTable(): void {
    let before = "";
    for (let left = this.#body.count(2); left > 0; left--) {
      const id = this.#body.text();
      checkReplicaId(id);
      if (id <= before) throw new CorruptBytesError("the replica ids are not in order");
      before = id;
      this.#table.push(this.#sequence.replicas.intern(id));
      this.#carets.push(0);
    }
  }

  #operation(number: number): void {
    const head = this.#ops.uint();
    const what = head % 4;
    const size = (head - what) / 4;
    const replica = this.#table[number]!;
    if (size === 0 || this.#sequence.log.next(replica) + size > SEQ_MAX)
      throw new InvalidUpdateError("an operation has an impossible size");
    if (what === AT_INSERT) this.#insertAt(number, replica, size);
    else if (what === AT_REMOVE || what === AT_REMOVE_BACKWARD)
      this.#removeAt(number, replica, size, what === AT_REMOVE_BACKWARD);
    else this.#byId(replica, size);
  }

  #insertAt(number: number, replica: number, size: number): void {
    const index = this.#carets[number]! + this.#positions.int();
    if (index < 0 || index > this.#sequence.length) throw new InvalidUpdateError("a position is outside");
    this.#carets[number] = index + size;
    this.#readContent(replica, size);
    this.#sequence.insertAt(replica, index, size);
  }

  #removeAt(number: number, replica: number, size: number, backward: boolean): void {
    const index = this.#carets[number]! + this.#positions.int() - (backward ? size : 0);
    if (index < 0 || index + size > this.#sequence.length)
      throw new InvalidUpdateError("a position is outside");
    this.#carets[number] = index;
    this.#sequence.removeAt(replica, index, size, backward);
  }

  #byId(replica: number, size: number): void {
    const { log } = this.#sequence;
    const kind = this.#refs.byte() as Kind;
    const number = this.#refs.uint();
    const refReplica = number === 0 ? ROOT : this.#table[number - 1];
    if (kind > REMOVE_BACKWARD || refReplica === undefined || (refReplica === ROOT && kind !== INSERT_RIGHT))
      throw new InvalidUpdateError("an operation has an impossible reference");
    const refSeq = refReplica === ROOT ? 0 : this.#refs.uint();
    const lowest = kind === REMOVE_BACKWARD ? refSeq - size + 1 : refSeq;
    const highest = kind === REMOVE_FORWARD ? refSeq + size - 1 : refSeq;
    if (refReplica !== ROOT) {
      if (lowest < 0 || highest >= log.next(refReplica))
        throw new InvalidUpdateError("an operation refers to what cannot have been there");
      for (let seq = lowest; seq <= highest; seq = log.last(log.runOf(refReplica, seq)) + 1)
        if (!log.isElement(refReplica, seq))
          throw new InvalidUpdateError("an operation refers to one that inserted nothing");
    }
    if (kind > INSERT_LEFT) {
      this.#sequence.removeRun(replica, size, kind, refReplica, refSeq);
      return;
    }
    this.#readContent(replica, size);
    this.#sequence.insertUnder(replica, size, kind, refReplica, refSeq, false);
  }

  /** Content of the next insertion, as the history tells it; without one it is filled in when all is known. */
  #readContent(replica: number, size: number): void {
    if (this.#sequence.log.elements + size > this.#elementsMax)
      throw new LimitExceededError(`The sequence would have more than ${this.#elementsMax} elements.`);
    const stretches = this.#stretches;
    if (stretches === undefined) return;
    for (let rest = size; rest > 0; ) {
      if (this.#left === 0) {
        this.#gone = !this.#gone;
        this.#left = stretches.uint();
        if (this.#left === 0 && this.#gone) throw new CorruptBytesError("a stretch of content is empty");
        continue;
      }
      const piece = Math.min(rest, this.#left);
      if (this.#gone) this.#content.commitDropped(replica, piece);
      else {
        this.#content.commit(replica, this.#content.stage(this.#body, piece), piece);
        this.#content.unstage(0);
      }
      this.#left -= piece;
      rest -= piece;
    }
  }

  #hide(): void {
    const { log } = this.#sequence;
    while (this.#hidden.left > 0) {
      const replica = this.#table[this.#hidden.uint()];
      const first = this.#hidden.uint();
      const end = first + this.#hidden.uint();
      if (replica === undefined || end > log.next(replica))
        throw new InvalidUpdateError("a hidden element was never there");
      for (let seq = first; seq < end; seq = log.last(log.runOf(replica, seq)) + 1)
        if (!log.isElement(replica, seq)) throw new InvalidUpdateError("a hidden element was never there");
      this.#sequence.hide(replica, first, end - first);
    }
  }

  #finishHistory(stretches: Reader): void {
    if (this.#sequence.tree.isEmpty) stretches.uint();
    stretches.finish();
    if (this.#left !== 0) throw new CorruptBytesError("a stretch of content is too long");
  }

  #fillVisible(): void {
    const { tree, log } = this.#sequence;
    const content = this.#content;
    for (const replica of this.#table) content.commitDropped(replica, log.inserted(replica));
    // Characters are read whole, so a span that begins within one is found out.
    tree.visit(0, tree.length, (replica, seq, size) =>
      content.fill(replica, log.contentOf(replica, seq), this.#body, size),
    );
  }

  /** No visible span may begin within a character, and what is gone cannot be visible. */
  #checkVisible(): void {
    const { tree, log } = this.#sequence;
    const content = this.#content;
    tree.visit(0, tree.length, (replica, seq, size) => {
      const at = log.contentOf(replica, seq);
      if (content.splits(replica, at))
        throw new InvalidUpdateError("an operation cuts a surrogate pair in two");
      if (content.isDropped(replica, at) || content.stretch(replica, at, size) < size)
        throw new InvalidUpdateError("content that is gone is visible");
    });
  }
}
