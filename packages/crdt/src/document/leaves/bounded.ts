import { checkCount } from "../../arguments.ts";
import { type BoundedCounter, boundedCounter } from "../../counters/bounded-counter.ts";
import { InvalidArgumentError } from "../../errors.ts";
import type { Causal } from "../../kernel/causal.ts";
import type { Cell, Leaf } from "./leaf.ts";
import { changed, type Lives, live, lives } from "./lives.ts";

export interface BoundedCounterView {
  readonly value: number;
  /** How far this replica may count down without asking anyone. */
  readonly rights: number;
  increment(by?: number): void;
  /** Throws InvalidArgumentError when this replica has not the rights. */
  decrement(by?: number): void;
  transfer(to: string, amount: number): void;
}

type Stock = Causal<Lives<BoundedCounter>>;

const type = lives(boundedCounter);
const sumOf = ({ store }: Stock): number =>
  store.reduce((sum, { state }) => sum + boundedCounter.value(state), 0);
const rightsOf = ({ store }: Stock, replica: string): number =>
  store.reduce((sum, { state }) => sum + boundedCounter.rights(state, replica), 0);

/**
 * A bounded counter that can be reset: a reset ends the stock it has seen as a whole, with what is counted in it
 * concurrently, for rights that were spent could not be told from rights that are gone. Each stock keeps the bound for
 * itself, so their sum does.
 *
 * Rights that were earned may have been spent elsewhere, so counting up is not undone; what was counted down is.
 */
export const boundedCounterLeaf: Leaf<BoundedCounterView, number> = {
  type,
  dots: type.dots,
  value: sumOf,
  restore: (view, value) => value > 0 && view.increment(value),
  view(cell: Cell<Stock>) {
    const { replica } = cell;
    const increment = (by?: number, inverse?: () => void): void =>
      cell.change(
        (state) =>
          live(boundedCounter, state, replica, (stock) => boundedCounter.increment(stock, replica, by)),
        inverse,
      );
    const decrement = (by: number): void =>
      cell.change(
        (state) => give(state, replica, by, (stock, part) => boundedCounter.decrement(stock, replica, part)),
        () => increment(by, () => by <= rightsOf(cell.state, replica) && decrement(by)),
      );
    return {
      get value() {
        return sumOf(cell.state);
      },
      get rights() {
        return rightsOf(cell.state, replica);
      },
      increment: (by) => increment(by),
      decrement: (by = 1) => decrement(by),
      transfer: (to, amount) =>
        cell.change((state) =>
          give(state, replica, amount, (stock, part) => boundedCounter.transfer(stock, replica, to, part)),
        ),
    };
  },
};

/** Takes an amount of a replica's rights from as many stocks as it needs; all of it or nothing. */
function give(
  state: Stock,
  replica: string,
  amount: number,
  take: (stock: BoundedCounter, part: number) => BoundedCounter,
): Stock {
  checkCount("What is counted", amount);
  const rights = rightsOf(state, replica);
  if (amount > rights)
    throw new InvalidArgumentError(
      `${replica} has the right to count down by ${rights}, not by ${amount}: ask for a transfer.`,
    );
  let left = amount;
  const changes = state.store.flatMap((life) => {
    const part = Math.min(left, boundedCounter.rights(life.state, replica));
    if (part <= 0) return [];
    left -= part;
    return [{ ...life, state: take(life.state, part) }];
  });
  return changed(changes);
}
