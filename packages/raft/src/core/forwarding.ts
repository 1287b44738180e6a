import type { NodeId } from "@coterie/host";
import type { ProposeResponse } from "../gen/raft.ts";
import { sizeOf } from "./log.ts";
import type { State } from "./state.ts";

/** A command that is to reach the leader. */
export interface Forwarded {
  readonly id: number;
  readonly data: Uint8Array;
  /** The request that it left in last; 0 when it has not left. */
  request: number;
}

/** Silence doubles the wait for an answer so many times at most. */
const doublingsMax = 4;

/**
 * What a follower sends to the leader of one term, in order, window by window. Requests are counted, copies too, and
 * each answer says which one it is to: an answer to a request that left before a command did says nothing of it.
 *
 * When no answer comes, the first request alone is sent again, each time after twice the wait; what was behind it
 * follows only once an answer shows that it was lost. A link with a long way is not filled with copies then.
 */
export class Forwarding {
  readonly term: number;
  readonly #unacknowledged: Forwarded[] = [];
  /** The sequence number of the first of them. */
  #sequence = 1;
  /** How many of them are on their way, and their bytes. */
  #sent = 0;
  #sentBytes = 0;
  /** The leader took nothing of what it was sent last: it has no room, or something before it was lost. */
  #refused = false;
  #resendAt = 0;
  /** How often the first request was sent again since the leader last took or refused anything. */
  #silences = 0;
  #requests = 0;
  /** The request that the round trip is measured by. */
  #timed: { readonly request: number; readonly at: number } | null = null;
  /** Rises at once, and falls slowly. */
  #roundTripMs = 0;

  constructor(term: number) {
    this.term = term;
  }

  get isEmpty(): boolean {
    return this.#unacknowledged.length === 0;
  }

  /** When the first request must be sent again. */
  get deadline(): number {
    return this.isEmpty ? Number.POSITIVE_INFINITY : this.#resendAt;
  }

  add(command: Forwarded): void {
    command.request = 0;
    this.#unacknowledged.push(command);
  }

  flush(s: State, leader: NodeId): void {
    if (this.isEmpty) return;
    const isOut = this.#sent > 0 || this.#refused;
    if (isOut && s.now >= this.#resendAt) {
      this.#silences = Math.min(this.#silences + 1, doublingsMax);
      this.#send(s, leader, 0, this.#firstRequest());
      this.#expectAnswer(s);
    }
    // One request now and then asks whether there is room again: everything would be too much for a leader that has none.
    if (this.#refused) return;
    // A flood of proposals would leave no room on the link for what this follower owes its leader: acknowledgements.
    const windowBytes = s.options.inFlightBytesMax / 2;
    while (this.#sent < this.#unacknowledged.length && this.#sentBytes < windowBytes) {
      if (this.#sent === 0) this.#expectAnswer(s);
      const commands = fitting(this.#unacknowledged, this.#sent, s.options.messageBytesMax);
      this.#send(s, leader, this.#sent, commands);
    }
  }

  #expectAnswer({ now, options }: State): void {
    const waitMs = 2 * (options.heartbeatIntervalMs + this.#roundTripMs);
    this.#resendAt = now + waitMs * 2 ** this.#silences;
  }

  /** The commands that the first of them has left with. */
  #firstRequest(): readonly Forwarded[] {
    const { request } = this.#unacknowledged[0]!;
    const end = this.#unacknowledged.findIndex((command) => command.request !== request);
    return this.#unacknowledged.slice(0, end < 0 ? undefined : end);
  }

  /** Sends one request with these commands, which begin with the `at`th. */
  #send(s: State, leader: NodeId, at: number, commands: readonly Forwarded[]): void {
    const request = ++this.#requests;
    for (const command of commands) command.request = request;
    for (const command of commands.slice(this.#sent - at)) this.#sentBytes += sizeOf(command);
    this.#sent = Math.max(this.#sent, at + commands.length);
    this.#timed ??= { request, at: s.now };
    const proposals = commands.map(({ id, data }) => ({ id, data }));
    const sequence = this.#sequence + at;
    const value = { epoch: s.options.epoch, sequence, proposals, request };
    s.send(leader, { $case: "proposeRequest", value });
  }

  /** The leader has everything before `next`. */
  acknowledge(s: State, { epoch, next, request }: ProposeResponse): void {
    if (epoch !== s.options.epoch) return;
    this.#measure(s.now, request);
    const count = Math.min(next - this.#sequence, this.#unacknowledged.length);
    if (count < 0 || this.isEmpty) return;
    const taken = this.#unacknowledged.splice(0, count);
    for (const command of taken.slice(0, this.#sent)) this.#sentBytes -= sizeOf(command);
    this.#sequence += count;
    this.#sent = Math.max(0, this.#sent - count);
    const passedOver = this.#wasPassedOver(count, request);
    if (passedOver) {
      this.#sent = 0;
      this.#sentBytes = 0;
    }
    if (!passedOver && count === 0) return;
    this.#refused = count === 0;
    this.#silences = 0;
    this.#expectAnswer(s);
  }

  /** Whether the first command that the leader has not taken left before, or in, the request that was answered. */
  #wasPassedOver(count: number, request: number | undefined): boolean {
    const first = this.#unacknowledged[0];
    if (first === undefined || first.request === 0) return false;
    // Earlier versions do not say which request they answer.
    return request === undefined ? count === 0 : request >= first.request;
  }

  #measure(now: number, request: number | undefined): void {
    const timed = this.#timed;
    if (timed === null || request === undefined || request < timed.request) return;
    this.#timed = null;
    if (request > timed.request) return;
    const tookMs = now - timed.at;
    this.#roundTripMs = Math.max(tookMs, (7 * this.#roundTripMs + tookMs) / 8);
  }
}

/** As many as fit into one message, one at least. */
function fitting(commands: readonly Forwarded[], from: number, bytesMax: number): readonly Forwarded[] {
  let bytes = 0;
  let to = from;
  for (; to < commands.length; to++) {
    bytes += sizeOf(commands[to]!);
    if (to > from && bytes > bytesMax) break;
  }
  return commands.slice(from, to);
}
