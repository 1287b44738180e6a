import type { Dot } from "@coterie/clocks";
import { RemovedValueError } from "../errors.ts";
import { apply, type Causal } from "../kernel/causal.ts";
import { doAndTell } from "../sequence/listeners.ts";
import type { Undo } from "../sequence/undo.ts";
import type { Contents } from "./contents.ts";
import type { Events } from "./events.ts";
import type { History } from "./history.ts";
import type { Deltas } from "./lattices.ts";
import type { Cell } from "./leaves/leaf.ts";
import { itemsAbove, keyOf, type PartSchema, type Path, presence, recordsAbove } from "./paths.ts";
import { isSequence } from "./reading.ts";
import type { LeafSchema } from "./schema.ts";
import type { SequencePart } from "./sequences.ts";

type AnyLeafSchema = LeafSchema<string, unknown, unknown>;

/** One transaction of this replica, to take back: the texts and lists it edited, and what undoes the rest. */
interface Step {
  readonly sequences: ReadonlySet<string>;
  readonly inverses: readonly (() => void)[];
}

/** Local transactions: what is written becomes operations of the history, one event, and one step to undo. */
export class Writing implements Undo {
  readonly replica: string;
  readonly contents: Contents;
  readonly #history: () => History;
  readonly #events: Events;
  readonly #now: () => number;
  #depth = 0;
  /** Of the transaction under way: by key of a text or list its first new number; deltas; inverses. */
  #edited = new Map<string, number>();
  #deltas: Deltas = new Map();
  #inverses: (() => void)[] = [];
  #ids = 0;
  #doing: "edit" | "undo" | "redo" = "edit";
  #stepsMax = 0;
  #undo: Step[] = [];
  #redo: Step[] = [];

  constructor(
    replica: string,
    contents: Contents,
    history: () => History,
    events: Events,
    now: () => number,
  ) {
    this.replica = replica;
    this.contents = contents;
    this.#history = history;
    this.#events = events;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  transact<T>(edits: () => T): T {
    if (this.isOpen) return this.#hold(edits);
    return doAndTell(
      () => this.#hold(edits),
      () => this.#events.tell(),
    );
  }

  #hold<T>(edits: () => T): T {
    this.#depth++;
    try {
      return edits();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#commit();
    }
  }

  /** A name that nobody else gives: for what is about to be inserted in a list within this transaction. */
  freshId(): string {
    return `${this.replica} ${this.#history().next(this.replica) + this.#ids++}`;
  }

  /** What refuses to write at a path once a nested value on the way there was removed from its list. */
  standing(path: Path): () => void {
    const items = itemsAbove(this.contents.root, path).map(({ list, id }) => ({
      list,
      id,
      mark: keyOf([...list, "items", id, 0]),
    }));
    return () => {
      if (this.#doing !== "edit") return;
      for (const { list, id, mark } of items) {
        // The mark comes and goes with the place in the list, except where several restore and remove at once.
        if (!this.contents.lattices.isBottom(mark, presence.leaf)) continue;
        if (!this.contents.idsOf(list).includes(id)) throw new RemovedValueError(keyOf(list));
      }
    };
  }

  /** Edits a text or list. */
  edit(key: string, edit: (part: SequencePart) => void): void {
    this.transact(() => {
      const part = this.contents.sequence(key);
      // Where something stands already, so do its keys.
      const marks = part.length > 0 ? [] : this.#marksOf(part.path);
      if (!this.#edited.has(key)) {
        this.#edited.set(key, part.engine.sequence.log.next(part.engine.self));
        if (this.#doing === "edit") part.changes.begin("local");
      }
      edit(part);
      // What leaves nothing behind makes no key be there: undoing, for instance, in what others have removed.
      if (part.length > 0) for (const mark of marks) this.mark(mark);
    });
  }

  /** Where a lattice stands, for its view; `undone` by what the view's changes say themselves, or as a whole by the caller. */
  cell(
    path: Path,
    schema: AnyLeafSchema,
    undone: "by changes" | "as a whole" = "by changes",
  ): Cell<Causal<unknown>> {
    const key = keyOf(path);
    const { replica, contents } = this;
    const { leaf } = schema;
    const [now, history] = [this.#now, this.#history];
    const checkStanding = this.standing(path);
    return {
      replica,
      get state() {
        return contents.lattices.open(key, leaf);
      },
      get time() {
        return now();
      },
      get operations() {
        return history().size;
      },
      change: (mutate, inverse) =>
        this.transact(() => {
          checkStanding();
          const stands = path[path.length - 1] === 0 || !contents.lattices.isBottom(key, leaf);
          const marks = stands ? [] : this.#marksOf(path);
          this.#change(path, schema, mutate, undone === "by changes" ? inverse : undefined);
          if (!contents.lattices.isBottom(key, leaf)) for (const mark of marks) this.mark(mark);
        }),
    };
  }

  /** Makes a key of a record be there. */
  mark(path: Path): void {
    if (this.contents.lattices.isBottom(keyOf(path), presence.leaf))
      presence.leaf.view(this.cell(path, presence)).enable();
  }

  /** Takes back all that was seen of a part. */
  reset(path: Path, schema: PartSchema): void {
    const key = keyOf(path);
    if (isSequence(schema)) {
      const part = this.contents.sequences.get(key);
      if (part !== undefined && part.length > 0) this.edit(key, () => part.clear());
      return;
    }
    const { leaf } = schema;
    if (this.contents.lattices.isBottom(key, leaf)) return;
    this.#takeAway(path, schema, leaf.value(this.contents.lattices.open(key, leaf)), () => true);
  }

  /** Takes back events of a part; undoing it puts the value back. */
  #takeAway(path: Path, schema: AnyLeafSchema, value: unknown, which: (event: Dot) => boolean): void {
    const { dots } = schema.leaf;
    const mutate = (state: Causal<unknown>): Causal<unknown> =>
      apply(dots, state, dots.bottom(), [...dots.dots(state.store)].filter(which));
    this.#change(path, schema, mutate, () => this.#putBack(path, schema, value));
  }

  /** Puts back what was taken away as a whole. Undoing that takes away what this replica has there, and leaves what others have. */
  #putBack(path: Path, schema: AnyLeafSchema, value: unknown): void {
    const { leaf } = schema;
    leaf.restore(leaf.view(this.cell(path, schema, "as a whole")), value);
    this.#inverses.push(() => this.#takeAway(path, schema, value, ({ id }) => id === this.replica));
  }

  /** Begins the history of undo, at most `stepsMax` transactions deep. */
  trackUndo(stepsMax: number): void {
    this.#stepsMax = stepsMax;
    for (const part of this.contents.sequences.values()) this.follow(part);
  }

  /** Called for every text and list of the document that may be edited. */
  follow(part: SequencePart): void {
    if (this.#stepsMax > 0 && part.isOpen)
      part.undo ??= part.sequence.trackUndo({ stepsMax: this.#stepsMax });
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  undo(): boolean {
    return this.#takeBack(this.#undo.pop(), "undo");
  }

  redo(): boolean {
    return this.#takeBack(this.#redo.pop(), "redo");
  }

  stop(): void {
    this.#stepsMax = 0;
    for (const part of this.contents.sequences.values()) {
      part.undo?.stop();
      part.undo = undefined;
    }
    this.forgetSteps();
  }

  /** What was removed is forgotten: no step can bring it back. */
  forgetSteps(): void {
    this.#undo = [];
    this.#redo = [];
  }

  #takeBack(step: Step | undefined, doing: "undo" | "redo"): boolean {
    if (step === undefined) return false;
    this.#doing = doing;
    try {
      this.transact(() => {
        for (const inverse of step.inverses.toReversed()) inverse();
        for (const key of step.sequences)
          this.edit(key, ({ undo }) => (doing === "undo" ? undo?.undo() : undo?.redo()));
      });
    } finally {
      this.#doing = "edit";
    }
    return true;
  }

  #change(
    path: Path,
    { leaf }: AnyLeafSchema,
    mutate: (state: Causal<unknown>) => Causal<unknown>,
    inverse: (() => void) | undefined,
  ): void {
    const key = keyOf(path);
    const { lattices } = this.contents;
    if (lattices.isBottom(key, leaf)) this.contents.noteKeys(path);
    const delta = mutate(lattices.open(key, leaf));
    lattices.isBottom(key, leaf);
    const before = this.#deltas.get(key);
    if (before === undefined) this.#deltas.set(key, delta);
    else leaf.type.merge(before, delta);
    this.#events.touch(key);
    if (this.#stepsMax > 0 && inverse !== undefined) this.#inverses.push(inverse);
  }

  /** The marks of the keys on the way to a part that are not there yet. */
  #marksOf(path: Path): Path[] {
    const marks: Path[] = [];
    for (const { record, key, values } of recordsAbove(this.contents.root, path)) {
      const at = [...record, key];
      if (!this.contents.isThere(at, values)) marks.push([...at, 0]);
    }
    return marks;
  }

  #commit(): void {
    const [edited, deltas, inverses] = [this.#edited, this.#deltas, this.#inverses];
    this.#edited = new Map();
    this.#deltas = new Map();
    this.#inverses = [];
    this.#ids = 0;
    const sequences = new Set<string>();
    for (const [key, before] of edited) {
      const { engine, changes } = this.contents.sequence(key);
      const size = engine.sequence.log.next(engine.self) - before;
      if (size > 0) this.#history().inPart(this.replica, key, before, size);
      // A text's way forth has a step for each step back, even for one that changed nothing.
      if (size > 0 || this.#doing !== "edit") sequences.add(key);
      if (this.#doing === "edit") changes.end("local");
    }
    if (deltas.size > 0)
      this.#history().inLattices(this.replica, 1, this.contents.lattices.writeDeltas(deltas));
    // What had no effect can be undone to no effect, and redone.
    if (sequences.size + inverses.length > 0 || this.#doing !== "edit")
      this.#remember({ sequences, inverses });
    // What listeners write once they are told of an undoing is none of it.
    this.#doing = "edit";
    this.#events.raise("local");
  }

  #remember(step: Step): void {
    if (this.#stepsMax === 0) return;
    const steps = this.#doing === "undo" ? this.#redo : this.#undo;
    if (this.#doing === "edit") this.#redo = [];
    steps.push(step);
    if (steps.length > this.#stepsMax) steps.shift();
  }
}
