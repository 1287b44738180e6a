import type { NodeId } from "@coterie/host";
import { LogReader } from "./log-reader.ts";

/** A request on its way to a follower that has not been answered. */
interface InFlight {
  readonly lastIndex: number;
  readonly bytes: number;
}

/**
 * What the leader knows of one follower.
 *
 * - `probe`: where the logs agree is not known; one request at a time, until an answer or a heartbeat's answer.
 * - `replicate`: they agree up to `next - 1` unless something is lost; requests are pipelined within the window.
 * - `snapshot`: the follower needs entries that are compacted; nothing is sent until the transfer has ended.
 */
export type ProgressState = "probe" | "replicate" | "snapshot";

export class Progress {
  state: ProgressState = "probe";
  /** Highest index known to be durable on the follower (matchIndex). Never falls within a term. */
  match = 0;
  /** The index to send next (nextIndex). */
  next: number;
  /** The highest commit index that it has been told. */
  commitSent = 0;
  /** The highest read round that it has answered in this term. */
  round = 0;
  /** When it last answered anything, by this node's clock. */
  lastContact: number;
  /** The follower has asked for something that ends here: it is told at once when that much is committed. */
  awaited: number;
  /** In `probe`: whether the one request is out. */
  probing = false;
  /** The latest round of heartbeats that left before the last request did. */
  askedAfter = 0;
  /** Behind this index the follower will want entries, whatever it has acknowledged: a snapshot is on its way to it. */
  snapshotIndex = 0;
  /** Reads what is to be sent. */
  readonly reader: LogReader;
  #inFlight: InFlight[] = [];
  #bytesInFlight = 0;

  constructor(follower: NodeId, next: number, now: number) {
    this.reader = new LogReader(follower);
    this.next = next;
    // Of what an earlier leader has left, some may be the follower's own.
    this.awaited = next - 1;
    this.lastContact = now;
  }

  get messagesInFlight(): number {
    return this.#inFlight.length;
  }

  hasRoom(messagesMax: number, bytesMax: number): boolean {
    return this.#inFlight.length < messagesMax && this.#bytesInFlight < bytesMax;
  }

  sent(lastIndex: number, bytes: number): void {
    this.#inFlight.push({ lastIndex, bytes });
    this.#bytesInFlight += bytes;
    this.next = lastIndex + 1;
  }

  /** An answer for `index` has arrived: all requests up to it are answered. */
  #answered(index: number): void {
    let count = 0;
    while (count < this.#inFlight.length && this.#inFlight[count]!.lastIndex <= index) {
      this.#bytesInFlight -= this.#inFlight[count]!.bytes;
      count++;
    }
    if (count > 0) this.#inFlight.splice(0, count);
  }

  /** Takes a verified index. Answers whether it says something new. */
  accept(index: number): boolean {
    this.#answered(index);
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    return true;
  }

  becomeProbe(next: number = this.match + 1): void {
    this.state = "probe";
    this.next = Math.max(next, this.match + 1);
    this.probing = false;
    this.#clear();
  }

  becomeReplicate(): void {
    this.state = "replicate";
    this.next = this.match + 1;
    this.probing = false;
    this.#clear();
  }

  /** `baseIndex`: entries behind it are there, and the snapshot holds no less. */
  becomeSnapshot(baseIndex: number): void {
    this.state = "snapshot";
    this.snapshotIndex = baseIndex;
    this.probing = false;
    this.#clear();
  }

  #clear(): void {
    this.reader.reset();
    this.#inFlight = [];
    this.#bytesInFlight = 0;
  }
}
