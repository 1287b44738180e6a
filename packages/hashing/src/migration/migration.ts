import { InvalidOptionError, MismatchedHashError, StalePlanError, UnknownStepError } from "../errors.ts";
import type { Key } from "../hash/key.ts";
import { HASHES } from "../hash/mix.ts";
import { checkedInteger, checkedNumber, checkedPlacement } from "../options.ts";
import type { Placement } from "../placement.ts";
import type { HashRange, MigrationPlan, Move } from "./plan.ts";

export interface MigrationOptions {
  /** The most that one step carries, as a part of all hashes: 2^-20 to 1, default 2^-10. */
  readonly stepShareMax?: number | undefined;
  /** Steps under way at once, default 8. */
  readonly stepsMax?: number | undefined;
  /** Steps under way at once in which one node sends or receives, default 2. */
  readonly stepsPerNodeMax?: number | undefined;
  /** How much may be started in a second, as a part of all hashes; default Infinity. At least 1e-9. */
  readonly sharePerSecond?: number | undefined;
}

/** A piece of a migration: what one node hands to another in one go. */
export interface Step {
  /** Its place in the migration, from 0. */
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly share: number;
  readonly ranges: readonly HashRange[];
}

/** How far a migration is. The shares are parts of what is to move, not of all hashes. */
export interface MigrationProgress {
  readonly steps: number;
  readonly waiting: number;
  readonly underWay: number;
  readonly completed: number;
  /** The part of what is to move that has moved, 0 .. 1. */
  readonly part: number;
}

type State = "waiting" | "under way" | "completed";

/** Where one node's incoming ranges are, ascending by start. */
interface Incoming {
  readonly range: HashRange;
  readonly step: Step;
}

/**
 * A migration plan carried out step by step, no faster than the throttle allows. Copies nothing and keeps no time
 * itself: `next` says what may be copied now, the caller copies and reports, and `owner` says who serves a key
 * meanwhile.
 */
export class Migration {
  readonly #after: Placement;
  readonly #revision: number;
  readonly #steps: Step[] = [];
  readonly #states: State[] = [];
  readonly #incoming: Map<string, Incoming[]> = new Map();
  readonly #busy: Map<string, number> = new Map();
  readonly #stepsMax: number;
  readonly #stepsPerNodeMax: number;
  readonly #sharePerSecond: number;
  /** Steps that wait, in order. */
  #queue: number[] = [];
  #underWay = 0;
  #completed = 0;
  #completedShare = 0;
  /** When the rate lets the next step begin. */
  #startsAt = -Infinity;

  /**
   * @param after the placement that the plan leads to; must not change until the migration is over
   * @throws InvalidOptionError, MismatchedHashError when the plan is in other hashes than the placement's
   */
  constructor(plan: MigrationPlan, after: Placement, options: MigrationOptions = {}) {
    checkPlan(plan);
    if (plan.hashing !== checkedPlacement(after).hashing) {
      throw new MismatchedHashError(
        `The plan is in hashes of ${plan.hashing}, the placement of ${after.hashing}.`,
      );
    }
    this.#after = after;
    this.#revision = after.revision;
    this.#stepsMax = checkedInteger("stepsMax", options.stepsMax ?? 8, 1, 1_000_000);
    this.#stepsPerNodeMax = checkedInteger("stepsPerNodeMax", options.stepsPerNodeMax ?? 2, 1, 1_000_000);
    this.#sharePerSecond = checkedNumber(
      "sharePerSecond",
      options.sharePerSecond ?? Infinity,
      1e-9,
      Infinity,
    );
    const stepShareMax = checkedNumber("stepShareMax", options.stepShareMax ?? 2 ** -10, 2 ** -20, 1);
    for (const { from, to, ranges } of plan.moves) {
      for (const part of portions(ranges, Math.floor(stepShareMax * HASHES))) this.#append(from, to, part);
    }
    for (const incoming of this.#incoming.values()) incoming.sort((a, b) => a.range.start - b.range.start);
  }

  /** Whether every step is completed. */
  get done(): boolean {
    return this.#completed === this.#steps.length;
  }

  /** When `next` is worth calling again, in the caller's milliseconds; Infinity when a step must be reported first. */
  get deadline(): number {
    const held = this.#underWay >= this.#stepsMax || !this.#queue.some((number) => this.#mayStart(number));
    return held ? Infinity : this.#startsAt;
  }

  /**
   * The steps that may start at `now`, in monotonic milliseconds. Each is to be reported with `complete` or `fail`.
   * O(steps that wait).
   */
  next(now: number): Step[] {
    if (!Number.isFinite(now))
      throw new InvalidOptionError(`now must be a time in milliseconds, not ${now}.`);
    const started: Step[] = [];
    const waiting: number[] = [];
    for (const number of this.#queue) {
      const free = this.#underWay < this.#stepsMax && now >= this.#startsAt && this.#mayStart(number);
      if (!free) {
        waiting.push(number);
        continue;
      }
      started.push(this.#start(number, now));
    }
    this.#queue = waiting;
    return started;
  }

  /** The step's data is at its new node, which owns it from now on. @throws UnknownStepError */
  complete(step: Step): void {
    this.#end(step, "completed");
    this.#completed += 1;
    this.#completedShare += step.share;
  }

  /** The step did not succeed: its data stays where it is, and it waits again behind the others. @throws UnknownStepError */
  fail(step: Step): void {
    this.#end(step, "waiting");
    this.#queue.push(step.number);
  }

  /**
   * Who has the key now: its new owner once the step that brings it is completed, and before that the node that the
   * step takes it from. O(log ranges). @throws StalePlanError, InvalidKeyError
   */
  owner(key: Key): string {
    return this.ownerAt(this.#after.hash(key));
  }

  /** `owner` for a hash instead of a key. */
  ownerAt(hash: number): string {
    if (this.#after.revision !== this.#revision) throw new StalePlanError();
    const owner = this.#after.ownerAt(hash);
    const step = this.#bringing(owner, hash);
    return step === undefined || this.#states[step.number] === "completed" ? owner : step.from;
  }

  progress(): MigrationProgress {
    const total = this.#steps.reduce((sum, step) => sum + step.share, 0);
    return {
      steps: this.#steps.length,
      waiting: this.#queue.length,
      underWay: this.#underWay,
      completed: this.#completed,
      part: this.done ? 1 : this.#completedShare / total,
    };
  }

  #append(from: string, to: string, ranges: readonly HashRange[]): void {
    const share = ranges.reduce((sum, range) => sum + (range.end - range.start), 0) / HASHES;
    const step: Step = { number: this.#steps.length, from, to, share, ranges };
    this.#steps.push(step);
    this.#states.push("waiting");
    this.#queue.push(step.number);
    const incoming = this.#incoming.get(to) ?? [];
    this.#incoming.set(to, incoming);
    for (const range of ranges) incoming.push({ range, step });
  }

  #mayStart(number: number): boolean {
    const { from, to } = this.#steps[number]!;
    const busiest = Math.max(this.#busy.get(from) ?? 0, this.#busy.get(to) ?? 0);
    return busiest < this.#stepsPerNodeMax;
  }

  #start(number: number, now: number): Step {
    const step = this.#steps[number]!;
    this.#states[number] = "under way";
    this.#underWay += 1;
    for (const id of [step.from, step.to]) this.#busy.set(id, (this.#busy.get(id) ?? 0) + 1);
    this.#startsAt = Math.max(this.#startsAt, now) + (1000 * step.share) / this.#sharePerSecond;
    return step;
  }

  #end(step: Step, state: State): void {
    if (step == null || this.#steps[step.number] !== step || this.#states[step.number] !== "under way") {
      throw new UnknownStepError(step?.number);
    }
    this.#states[step.number] = state;
    this.#underWay -= 1;
    for (const id of [step.from, step.to]) this.#busy.set(id, this.#busy.get(id)! - 1);
  }

  /** The step that brings a hash to a node, if the plan has one. */
  #bringing(to: string, hash: number): Step | undefined {
    const incoming = this.#incoming.get(to) ?? [];
    let low = 0;
    let high = incoming.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (incoming[middle]!.range.end <= hash) low = middle + 1;
      else high = middle;
    }
    const found = incoming[low];
    return found !== undefined && found.range.start <= hash ? found.step : undefined;
  }
}

/** Cuts ranges into portions of at most so many hashes. */
function* portions(ranges: readonly HashRange[], hashesMax: number): Generator<HashRange[]> {
  let portion: HashRange[] = [];
  let size = 0;
  for (const { start, end } of ranges) {
    for (let at = start; at < end; ) {
      const until = Math.min(end, at + hashesMax - size);
      portion.push({ start: at, end: until });
      size += until - at;
      at = until;
      if (size < hashesMax) continue;
      yield portion;
      portion = [];
      size = 0;
    }
  }
  if (portion.length > 0) yield portion;
}

/** A plan may have been to disk and back since it was made. */
function checkPlan(plan: MigrationPlan): void {
  const isRange = ({ start, end }: HashRange): boolean =>
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end && end <= HASHES;
  const isMove = (move: Move): boolean =>
    typeof move?.from === "string" && typeof move.to === "string" && Array.isArray(move.ranges);
  const sound =
    Array.isArray(plan?.moves) &&
    plan.moves.every(
      (move) =>
        isMove(move) && move.ranges.every((range: HashRange | null) => range !== null && isRange(range)),
    );
  if (!sound) throw new InvalidOptionError("The plan is not one that planMigration made: plan again.");
}
