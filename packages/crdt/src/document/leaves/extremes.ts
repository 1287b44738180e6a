import { InvalidArgumentError } from "../../errors.ts";
import type { ExtremeRegister, ExtremeRegisterType } from "../../registers/max-register.ts";
import type { Cell, Leaf } from "./leaf.ts";

export interface ExtremeView {
  /** Undefined before the first writing. */
  readonly value: number | undefined;
  /** Writes a finite number, which counts only when it is beyond the one there. Nothing takes it back, no undoing either. */
  set(value: number): void;
}

export function extremeLeaf(type: ExtremeRegisterType): Leaf<ExtremeView, number | undefined> {
  const read = ({ value }: ExtremeRegister): number | undefined =>
    Number.isFinite(value) ? value : undefined;
  return {
    type,
    dots: undefined,
    value: read,
    restore: () => {},
    view: (cell: Cell<ExtremeRegister>) => ({
      get value() {
        return read(cell.state);
      },
      set(value) {
        if (!Number.isFinite(value)) throw new InvalidArgumentError(`${value} is not a finite number.`);
        cell.change((state) => type.set(state, value));
      },
    }),
  };
}
