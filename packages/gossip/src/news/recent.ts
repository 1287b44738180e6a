/** The last `max` ids that were added. What is older is forgotten: an id that comes back then is new again. */
export class RecentIds {
  readonly #max: number;
  readonly #ids: Set<string> = new Set();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    if (this.#ids.has(id)) return;
    if (this.#ids.size >= this.#max)
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    this.#ids.add(id);
  }
}
