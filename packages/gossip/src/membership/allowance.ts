/** What may be sent: so many bytes a second, and a second's worth at once. */
export class Allowance {
  readonly #bytesPerSecond: number;
  #bytes: number;
  #at: number;

  constructor(bytesPerSecond: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#bytes = bytesPerSecond;
    this.#at = now;
  }

  /** Whether so many bytes may be sent now; then they count as sent. */
  take(bytes: number, now: number): boolean {
    const earned = (Math.max(0, now - this.#at) / 1_000) * this.#bytesPerSecond;
    this.#bytes = Math.min(this.#bytesPerSecond, this.#bytes + earned);
    this.#at = Math.max(this.#at, now);
    if (bytes > this.#bytes) return false;
    this.#bytes -= bytes;
    return true;
  }
}
