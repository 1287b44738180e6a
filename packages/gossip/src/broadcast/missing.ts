import type { NodeId } from "@coterie/host";

/** Somebody has it. */
export interface Announcer {
  readonly peer: NodeId;
  readonly hops: number;
}

interface Awaited {
  announcers: Announcer[];
  askAt: number;
}

const announcersMax = 16;

/** Items that were announced and have not come: each is asked for when it is overdue, from one announcer after the other. */
export class MissingItems {
  readonly #timeoutMs: number;
  readonly #max: number;
  /** In the order in which they are due: what is asked for again goes to the end. */
  readonly #awaited: Map<string, Awaited> = new Map();

  constructor(timeoutMs: number, max: number) {
    this.#timeoutMs = timeoutMs;
    this.#max = max;
  }

  get size(): number {
    return this.#awaited.size;
  }

  get deadline(): number {
    for (const { askAt } of this.#awaited.values()) return askAt;
    return Number.POSITIVE_INFINITY;
  }

  /** Answers whether it was noted: what is beyond the bound is not. */
  announced(id: string, announcer: Announcer, now: number): boolean {
    const awaited = this.#awaited.get(id);
    if (awaited === undefined) {
      if (this.#awaited.size >= this.#max) return false;
      this.#awaited.set(id, { announcers: [announcer], askAt: now + this.#timeoutMs });
    } else if (awaited.announcers.length < announcersMax) awaited.announcers.push(announcer);
    return true;
  }

  /** It has come. Answers who had announced it. */
  arrived(id: string): readonly Announcer[] {
    const announcers = this.#awaited.get(id)?.announcers ?? [];
    this.#awaited.delete(id);
    return announcers;
  }

  /** Whom to ask for what now. Ids without anybody left to ask are given up, and come with no peer. */
  *overdue(now: number): Iterable<{ readonly id: string; readonly peer: NodeId | undefined }> {
    for (const [id, awaited] of [...this.#awaited]) {
      if (awaited.askAt > now) return;
      this.#awaited.delete(id);
      const peer = awaited.announcers.shift()?.peer;
      if (peer !== undefined) this.#awaited.set(id, { ...awaited, askAt: now + this.#timeoutMs });
      yield { id, peer };
    }
  }
}
