import type { Core, Effect, NodeId, Random } from "@coterie/host";
import type { SyncAnswer, SyncRequest } from "../gen/replica.ts";
import { type Peers, samplePeers } from "../peers.ts";
import type { Replica } from "./replica.ts";
import { answerTo, Session, type SessionLimits } from "./session.ts";

export type SyncMessage =
  | { readonly $case: "request"; readonly value: SyncRequest }
  | { readonly $case: "answer"; readonly value: SyncAnswer };

export interface AntiEntropyOptions extends SessionLimits {
  readonly id: NodeId;
  readonly peers: Peers;
  readonly random: Random;
  /** `push`: gives what the peer lacks. `pull`: takes what it lacks itself. */
  readonly mode: "push" | "pull" | "push-pull";
  /** From one exchange that this node begins to the next. */
  readonly intervalMs: number;
  /** How long the peer may leave a request unanswered. */
  readonly answerTimeoutMs: number;
}

type OutEffect = Effect<SyncMessage, never, never>;

/**
 * Anti-entropy (Demers et al. 1987, section 1.3): every interval, a node and a random peer make their replicas equal.
 * Reaches everybody in the end, whatever was lost before.
 */
export class AntiEntropyCore implements Core<SyncMessage, never, never> {
  readonly #options: AntiEntropyOptions;
  readonly #replica: Replica;
  #session: Session | undefined;
  #sessionEnds = Number.POSITIVE_INFINITY;
  #nextAt: number;
  /** Counts on from the revisions of this life: an answer to an earlier one is never taken for one to this. */
  #sessions: number;
  #effects: OutEffect[] = [];
  readonly #counts = { begun_total: 0, completed_total: 0, abandoned_total: 0, answered_total: 0 };

  constructor(options: AntiEntropyOptions, replica: Replica, startAt: number) {
    this.#options = options;
    this.#replica = replica;
    this.#nextAt = startAt;
    this.#sessions = replica.standing.began;
  }

  get deadline(): number {
    return Math.min(this.#nextAt, this.#sessionEnds);
  }

  advance(now: number): void {
    if (now >= this.#sessionEnds) this.#abandon();
    if (now >= this.#nextAt) this.#begin(now);
  }

  receive(from: NodeId, message: SyncMessage, now: number): void {
    if (message.$case === "answer") this.#answered(from, message.value, now);
    else if (message.value.done > 0) this.#finished(from, message.value);
    else this.#answer(from, message.value, now);
  }

  drain(): readonly OutEffect[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  #begin(now: number): void {
    const { peers, id, random, intervalMs, mode } = this.#options;
    // Spread over half an interval: nodes that started together shall not go on together.
    this.#nextAt = now + intervalMs * (0.75 + random.float() / 2);
    if (this.#session) this.#abandon();
    const [peer] = samplePeers(peers, 1, id, random);
    if (peer === undefined) return;
    this.#counts.begun_total++;
    const parts = { peer, number: ++this.#sessions, replica: this.#replica };
    this.#session = new Session({ ...parts, push: mode !== "pull", pull: mode !== "push" }, this.#options);
    this.#ask(this.#session, now);
  }

  #ask(session: Session, now: number): void {
    this.#sessionEnds = now + this.#options.answerTimeoutMs;
    this.#send(session.peer, { $case: "request", value: session.request(now) });
  }

  #answered(from: NodeId, answer: SyncAnswer, now: number): void {
    const session = this.#session;
    if (session === undefined || from !== session.peer) return;
    const verdict = session.answer(answer, now);
    if (verdict === "stale") return;
    if (verdict === "again") return this.#ask(session, now);
    if (verdict === "off") return this.#abandon();
    const farewell = session.farewell();
    if (farewell) this.#send(from, { $case: "request", value: farewell });
    this.#counts.completed_total++;
    this.#end();
  }

  #answer(from: NodeId, request: SyncRequest, now: number): void {
    this.#counts.answered_total++;
    const parts = { replica: this.#replica, limits: this.#options };
    this.#send(from, { $case: "answer", value: answerTo(request, from, parts, now) });
  }

  /** The peer says that everything it had at the start of its session is here: it counts unless it must be yielded to. */
  #finished(from: NodeId, { standing, done, doneTo }: SyncRequest): void {
    if (doneTo < this.#replica.standing.began) return;
    if (standing && this.#replica.standing.isTrustedBy(from, standing))
      this.#replica.heard(from, standing, done);
  }

  #abandon(): void {
    this.#counts.abandoned_total++;
    this.#end();
  }

  #end(): void {
    this.#session = undefined;
    this.#sessionEnds = Number.POSITIVE_INFINITY;
  }

  #send(to: NodeId, message: SyncMessage): void {
    this.#effects.push({ type: "send", to, message });
  }
}
