// Large histories of a register as real clients would record them, made from a seed.
import type { Operation } from "../src/history/operation.ts";
import type { KvInput, KvOutput } from "../src/models/kv.ts";
import { chance } from "./arbitrary.ts";

export interface Shape {
  readonly seed: number;
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** Share of operations whose outcome the client never learns. */
  readonly unknown?: number;
  /** Share of operations that are compare-and-set. */
  readonly cas?: number;
  /** Values are drawn from so few; each is written once when left out. */
  readonly values?: number;
}

export type KvOperation = Operation<KvInput, KvOutput>;

/**
 * Runs clients against a store that takes each operation at one moment between its call and its answer: what
 * comes out is linearizable. Every client is busy nearly all the time.
 */
export function linearizableHistory(shape: Shape): KvOperation[] {
  const random = chance(shape.seed);
  const store = new Map<string | number, unknown>();
  const history: KvOperation[] = [];
  type Event = { at: number; does: () => void };
  const agenda: Event[] = [];
  const later = (at: number, does: () => void): void => {
    agenda.push({ at, does });
  };
  const invoke = (process: number, at: number): void => {
    if (history.length >= shape.operations) return;
    const input = randomInput(random, shape, history.length);
    const index = history.push({ process, invokedAt: at, input, outcome: "unknown" }) - 1;
    const takesEffect = at + random() * 10;
    const completedAt = takesEffect + random() * 10;
    later(takesEffect, () => {
      const output = apply(store, input);
      if (random() < (shape.unknown ?? 0)) return;
      history[index] = { process, invokedAt: at, completedAt, input, output, outcome: "ok" };
    });
    later(completedAt, () => invoke(process, completedAt + random()));
  };
  for (let process = 0; process < shape.clients; process++) {
    const at = random() * 10;
    later(at, () => invoke(process, at));
  }
  while (agenda.length > 0) {
    let first = 0;
    for (let i = 1; i < agenda.length; i++) if (agenda[i]!.at < agenda[first]!.at) first = i;
    const event = agenda[first]!;
    agenda[first] = agenda.at(-1)!;
    agenda.pop();
    event.does();
  }
  return history;
}

/** Lets one read, at about this share of the history, answer what had been overwritten long before. */
export function withStaleRead(history: readonly KvOperation[], where: number): KvOperation[] {
  const broken = [...history];
  for (let index = Math.floor(history.length * where); index < history.length; index++) {
    const read = history[index]!;
    if (read.outcome !== "ok" || read.input.op !== "get") continue;
    const { key } = read.input;
    const before = history.filter(
      (one) =>
        one.outcome === "ok" &&
        one.input.op === "put" &&
        one.input.key === key &&
        one.completedAt < read.invokedAt,
    );
    // Two later writes that did not overlap it have certainly replaced it.
    const old = before.find((one) =>
      before.some((next) => next.invokedAt > one.completedAt! && next.completedAt! < read.invokedAt),
    );
    if (old?.input.op !== "put" || old.input.value === read.output) continue;
    broken[index] = { ...read, output: old.input.value };
    return broken;
  }
  throw new Error("the history has no read that could be made stale");
}

function randomInput(random: () => number, shape: Shape, count: number): KvInput {
  const key = Math.floor(random() * shape.keys);
  const value = shape.values === undefined ? count : Math.floor(random() * shape.values);
  const kind = random();
  if (kind < (shape.cas ?? 0)) {
    // Of distinct values, one that may still be there.
    const recent = Math.max(0, count - 1 - Math.floor(random() * 2 * shape.clients));
    const from = shape.values === undefined ? recent : Math.floor(random() * shape.values);
    return { op: "cas", key, from, to: value };
  }
  return random() < 0.5 ? { op: "get", key } : { op: "put", key, value };
}

function apply(store: Map<string | number, unknown>, input: KvInput): KvOutput {
  const held = store.get(input.key) ?? null;
  if (input.op === "get") return held;
  if (input.op === "put") store.set(input.key, input.value);
  if (input.op !== "cas") return null;
  if (held === input.from) store.set(input.key, input.to);
  return held === input.from;
}
