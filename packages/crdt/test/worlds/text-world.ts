import fc from "fast-check";
import { createText, type Text } from "../../src/index.ts";
import { FugueModel, type FugueOperation } from "../models/fugue.ts";

export type Step =
  | { readonly do: "insert"; readonly who: number; readonly at: number; readonly text: string }
  | { readonly do: "remove"; readonly who: number; readonly at: number; readonly count: number }
  | { readonly do: "sync"; readonly who: number; readonly from: number };

export const steps = (replicas: number, maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant("insert" as const),
          who: fc.nat(replicas - 1),
          at: fc.nat(),
          text: fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom(..."abcdefgh") }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("remove" as const),
          who: fc.nat(replicas - 1),
          at: fc.nat(),
          count: fc.integer({ min: 1, max: 5 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("sync" as const),
          who: fc.nat(replicas - 1),
          from: fc.nat(replicas - 1),
        }),
      },
    ),
    { maxLength },
  );

/** The fast texts and the paper's model, driven side by side. */
export class TextWorld {
  readonly texts: Text[];
  readonly models: FugueModel[];
  readonly #operations: FugueOperation[][];

  constructor(replicas: number, history: boolean) {
    const ids = Array.from({ length: replicas }, (_, i) => `replica-${i}`);
    this.texts = ids.map((replica) => createText({ replica, history }));
    this.models = ids.map((replica) => new FugueModel(replica));
    this.#operations = ids.map(() => []);
  }

  run(step: Step): void {
    const text = this.texts[step.who]!;
    const model = this.models[step.who]!;
    const own = this.#operations[step.who]!;
    if (step.do === "sync") {
      text.apply(this.texts[step.from]!.updateSince(text.version()));
      const known = new Set(own.map(({ id }) => id));
      for (const operation of this.#operations[step.from]!) {
        if (known.has(operation.id)) continue;
        model.apply(operation);
        own.push(operation);
      }
      return;
    }
    const at = step.at % (text.length + 1);
    if (step.do === "insert") {
      text.insert(at, step.text);
      for (const [i, value] of [...step.text].entries()) own.push(model.insert(at + i, value));
      return;
    }
    const count = Math.min(step.count, text.length - at);
    text.remove(at, count);
    for (let i = 0; i < count; i++) own.push(model.remove(at));
  }

  converge(): void {
    for (let who = 0; who < this.texts.length; who++)
      for (let from = 0; from < this.texts.length; from++) this.run({ do: "sync", who, from });
    for (let who = 0; who < this.texts.length; who++)
      for (let from = 0; from < this.texts.length; from++) this.run({ do: "sync", who, from });
  }
}
