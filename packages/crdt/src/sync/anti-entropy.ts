import { checkDelay, checkDuration, checkOptions } from "../arguments.ts";
import { CrdtError, HistoryForgottenError } from "../errors.ts";
import { createLongMessages, type LongMessages } from "./long/long-messages.ts";
import type { BytesChannel, SyncHost } from "./road.ts";
import type { SyncSource } from "./source.ts";

export interface AntiEntropyOptions {
  readonly channel: BytesChannel;
  readonly source: SyncSource;
  readonly peers: readonly string[];
  /** How often one peer is asked what it has, in the mean. Default 1,000. */
  readonly intervalMs?: number;
  /** How long own changes are gathered before they are sent to all. Default 20. */
  readonly pushDelayMs?: number;
  /** How long an answer is waited for. Who is silent is asked less often, down to an eighth. Default 3,000. */
  readonly answerTimeoutMs?: number;
  /** A longer message travels in parts of so many bytes. Default 65,536: what every transport takes. */
  readonly partBytes?: number;
  /** A still longer message is neither sent nor put together, and counted. Default 67,108,864 bytes. */
  readonly messageBytesMax?: number;
  /** Called when a peer says that it has forgotten what is lacking here: take its whole document and begin anew. */
  readonly onForgotten?: (peer: string) => void;
}

/** Brings replicas together over a road that promises nothing, for as long as it is not disposed of. */
export interface AntiEntropy extends Disposable {
  peers: readonly string[];
  /** Says that something was changed here: it is sent to all after `pushDelayMs`. */
  changed(): void;
  /**
   * `sent`, `received`, `dropped` and `refused` messages, `pushed` own updates, `asked` and `answered` peers, `timeouts`,
   * `applied` operations, `forgotten` exchanges, `pendingBytes`; and of long messages what `LongMessages` counts.
   */
  metrics(): Readonly<Record<string, number>>;
}

const FRAME = 0xca;
/** "This is what I have; what do I lack?" */
const ASK = 1;
/** The same, in answer to a question, so that nobody answers for ever. */
const TELL = 2;
const UPDATE = 3;
/** "What you lack is forgotten." */
const FORGOTTEN = 4;
/** "I am here", and no more: what is lacking is already on its way. */
const HERE = 5;

interface Peer {
  nextMs: number;
  /** When its answer is overdue; undefined when none is awaited. */
  overdueMs: number | undefined;
  /** How many questions went without an answer since it was heard last. */
  unanswered: number;
}

const OPTIONS = [
  "channel",
  "source",
  "peers",
  "intervalMs",
  "pushDelayMs",
  "answerTimeoutMs",
  "partBytes",
  "messageBytesMax",
  "onForgotten",
];

/**
 * Anti-entropy by push and pull (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", 1987): own changes
 * go to all peers at once, which is quick and may fail; and now and then each is asked, with a version, what is lacking on
 * either side, which is slow and mends whatever failed.
 */
export function createAntiEntropy(host: SyncHost, options: AntiEntropyOptions): AntiEntropy {
  return new Exchange(host, options);
}

class Exchange implements AntiEntropy {
  readonly #host: SyncHost;
  readonly #road: LongMessages;
  readonly #source: SyncSource;
  readonly #intervalMs: number;
  readonly #pushDelayMs: number;
  readonly #answerTimeoutMs: number;
  readonly #onForgotten: ((peer: string) => void) | undefined;
  readonly #peers = new Map<string, Peer>();
  readonly #counts = {
    sent: 0,
    received: 0,
    dropped: 0,
    refused: 0,
    pushed: 0,
    asked: 0,
    answered: 0,
    timeouts: 0,
    applied: 0,
    forgotten: 0,
  };
  #pushMs = Number.POSITIVE_INFINITY;
  #wakeMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(host: SyncHost, options: AntiEntropyOptions) {
    checkOptions(options, OPTIONS);
    this.#host = host;
    this.#source = options.source;
    this.#intervalMs = checkDuration("intervalMs", options.intervalMs ?? 1_000);
    this.#pushDelayMs = checkDelay("pushDelayMs", options.pushDelayMs ?? 20);
    this.#answerTimeoutMs = checkDuration("answerTimeoutMs", options.answerTimeoutMs ?? 3_000);
    this.#onForgotten = options.onForgotten;
    const { partBytes, messageBytesMax } = options;
    this.#road = createLongMessages(host, options.channel, {
      ...(partBytes === undefined ? {} : { partBytes }),
      ...(messageBytesMax === undefined ? {} : { messageBytesMax }),
      accept: (from) => this.#peers.has(from),
    });
    this.#road.receive((from, message) => this.#receive(from, message));
    this.peers = options.peers;
  }

  get peers(): readonly string[] {
    return [...this.#peers.keys()];
  }

  set peers(peers: readonly string[]) {
    const now = this.#host.clock.now();
    for (const peer of this.#peers.keys())
      if (!peers.includes(peer)) {
        this.#peers.delete(peer);
        this.#road.forget(peer);
      }
    for (const peer of peers)
      if (!this.#peers.has(peer))
        this.#peers.set(peer, { nextMs: now + this.#pause(0), overdueMs: undefined, unanswered: 0 });
    this.#arm();
  }

  changed(): void {
    this.#pushMs = Math.min(this.#pushMs, this.#host.clock.now() + this.#pushDelayMs);
    this.#arm();
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts, ...this.#road.metrics(), pendingBytes: this.#source.pendingBytes };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#road[Symbol.dispose]();
  }

  /** A question to each peer comes once in as many intervals as there are peers; to the silent ones less often. */
  #pause(unanswered: number): number {
    // Two answers that do not come may be the road's fault.
    const slower = 2 ** Math.min(3, Math.max(0, unanswered - 2));
    const mean = this.#intervalMs * Math.max(1, this.#peers.size) * slower;
    return mean * (0.5 + this.#host.random.float());
  }

  #arm(): void {
    let dueMs = this.#pushMs;
    for (const { nextMs, overdueMs } of this.#peers.values())
      dueMs = Math.min(dueMs, nextMs, overdueMs ?? nextMs);
    if (this.#closed || dueMs === this.#wakeMs) return;
    this.#cancel?.();
    this.#wakeMs = dueMs;
    this.#cancel = Number.isFinite(dueMs) ? this.#host.clock.wake(dueMs, () => this.#advance()) : undefined;
  }

  #advance(): void {
    if (this.#closed) return;
    const now = this.#host.clock.now();
    this.#wakeMs = Number.POSITIVE_INFINITY;
    this.#cancel = undefined;
    if (now >= this.#pushMs) this.#push();
    for (const [peer, state] of this.#peers) {
      if (state.overdueMs !== undefined && now >= state.overdueMs) {
        // A long answer takes its time.
        if (this.#road.receiving(peer)) state.overdueMs = now + this.#answerTimeoutMs;
        else {
          state.overdueMs = undefined;
          state.unanswered++;
          this.#counts.timeouts++;
        }
      }
      if (now >= state.nextMs) this.#ask(peer, state, now);
    }
    this.#arm();
  }

  #ask(peer: string, state: Peer, now: number): void {
    // What comes may be all that is lacking: another peer would send the same, at the same length.
    if (this.#road.receiving()) {
      state.nextMs = now + this.#intervalMs / 4;
      return;
    }
    state.nextMs = now + this.#pause(state.unanswered);
    state.overdueMs ??= now + this.#answerTimeoutMs;
    this.#counts.asked++;
    this.#send(peer, ASK, this.#source.version());
  }

  #push(): void {
    this.#pushMs = Number.POSITIVE_INFINITY;
    const update = this.#source.take();
    if (update === undefined) return;
    this.#counts.pushed++;
    const message = framed(UPDATE, update);
    for (const peer of this.#peers.keys()) this.#give(peer, message);
  }

  #receive(from: string, message: Uint8Array): void {
    const peer = this.#peers.get(from);
    if (this.#closed || peer === undefined) return;
    this.#counts.received++;
    const body = message.subarray(2);
    const kind = message[0] === FRAME ? message[1] : undefined;
    try {
      if (kind === ASK || kind === TELL) this.#answer(from, body, kind === ASK);
      else if (kind === UPDATE) this.#apply(from, body);
      else if (kind === FORGOTTEN) this.#onForgotten?.(from);
      else if (kind !== HERE) this.#counts.refused++;
    } catch (error) {
      // Bad bytes are the peer's fault or the road's, so they are counted and dropped; anything else is ours.
      if (!(error instanceof CrdtError)) throw error;
      this.#counts.refused++;
    }
    peer.unanswered = 0;
    if (kind !== ASK && peer.overdueMs !== undefined) {
      peer.overdueMs = undefined;
      this.#counts.answered++;
    }
    this.#arm();
  }

  /** Gives a peer what it lacks, and tells what is here when the peer asked or something is lacking. */
  #answer(from: string, version: Uint8Array, asked: boolean): void {
    this.#source.observe?.(from, version);
    const lacks = this.#source.lacks(version);
    // While it is being sent much, this question is one of before that came.
    const update = this.#road.sending(from) ? undefined : this.#since(from, version);
    if (update !== undefined) this.#send(from, UPDATE, update);
    if (!asked) {
      if (lacks) this.#askSoon(from);
    } else if (this.#road.receiving()) this.#send(from, HERE, nothing);
    else if (lacks || update === undefined) this.#send(from, TELL, this.#source.version());
  }

  #since(from: string, version: Uint8Array): Uint8Array | undefined {
    try {
      return this.#source.since(version);
    } catch (error) {
      if (!(error instanceof HistoryForgottenError)) throw error;
      this.#counts.forgotten++;
      this.#send(from, FORGOTTEN, nothing);
      return undefined;
    }
  }

  #apply(from: string, update: Uint8Array): void {
    try {
      this.#counts.applied += this.#source.apply(update);
    } catch (error) {
      // Written before history was forgotten here: its sender carries it over once it hears of that.
      if (error instanceof HistoryForgottenError) this.#send(from, TELL, this.#source.version());
      throw error;
    }
  }

  /** An answer did not bring all that is lacking here. Not at once, or two that cannot help each other would not rest. */
  #askSoon(from: string): void {
    const peer = this.#peers.get(from)!;
    peer.nextMs = Math.min(peer.nextMs, this.#host.clock.now() + this.#intervalMs / 4);
  }

  #send(to: string, kind: number, body: Uint8Array): void {
    this.#give(to, framed(kind, body));
  }

  #give(to: string, message: Uint8Array): void {
    if (this.#road.send(to, message)) this.#counts.sent++;
    else this.#counts.dropped++;
  }
}

function framed(kind: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(body.length + 2);
  message[0] = FRAME;
  message[1] = kind;
  message.set(body, 2);
  return message;
}

const nothing = new Uint8Array(0);
