import type { NodeId } from "@coterie/host";

interface Trap {
  readonly node: NodeId;
  readonly point: string | undefined;
  left: number;
  readonly spring: () => void;
}

/** The named points that nodes reached, and what waits there. */
export class CrashPoints {
  readonly #reached = new Map<string, { times: number }>();
  #traps: Trap[] = [];

  /** Every point reached so far, with how often: the list to crash at, one by one. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#reached].map(([point, { times }]) => [point, times]));
  }

  trap(node: NodeId, point: string | undefined, nth: number, spring: () => void): void {
    this.#traps.push({ node, point, left: nth, spring });
  }

  /** Takes all traps away. */
  disarm(): void {
    this.#traps = [];
  }

  reached(node: NodeId, point: string): void {
    const known = this.#reached.get(point);
    if (known) known.times++;
    else this.#reached.set(point, { times: 1 });
    if (this.#traps.length === 0) return;
    const sprung = this.#traps.find(
      (trap) => trap.node === node && (trap.point ?? point) === point && --trap.left === 0,
    );
    if (sprung === undefined) return;
    this.#traps = this.#traps.filter((trap) => trap !== sprung);
    sprung.spring();
  }
}
