import type { Host, NodeId } from "@coterie/host";
import type { Membership } from "../src/index.ts";

const beatEveryMs = 2_000;

/** An application on a membership: says now and then in which life it is, and notes what it is told. */
export class Member {
  readonly membership: Membership;
  readonly #host: Host;
  /** The latest life of each node that said something. */
  readonly #lives = new Map<NodeId, number>();
  readonly #told = new Set<string>();
  #count = 0;
  /** The first event that came twice in this life. */
  repeated: string | undefined;

  /** Whether its lives are counted. */
  readonly forgets: boolean;

  constructor(host: Host, membership: Membership, forgets: boolean) {
    this.#host = host;
    this.forgets = forgets;
    this.membership = membership;
    membership.on("event", ({ from, payload }) => this.#hear(from, new TextDecoder().decode(payload)));
    membership.answer("who", () => new TextEncoder().encode(host.id));
    this.#beat();
  }

  get id(): NodeId {
    return this.#host.id;
  }

  #beat(): void {
    if (this.#host.failed.aborted) return;
    this.tell();
    const { clock } = this.#host;
    clock.wake(clock.now() + beatEveryMs, () => this.#beat());
  }

  #hear(from: NodeId, said: string): void {
    const event = `${from}/${said}`;
    if (this.#told.has(event)) this.repeated ??= event;
    this.#told.add(event);
    this.#lives.set(from, Math.max(this.#lives.get(from) ?? 0, Number(said.split("/")[0])));
  }

  tell(): void {
    this.membership.broadcast("beat", new TextEncoder().encode(`${this.#host.epoch}/${this.#count++}`));
  }

  /** Asks all, and demands that most answer, each for itself and once: news that are seldom told do not reach all. */
  async ask(): Promise<void> {
    const answered = new Set<NodeId>();
    const answersMax = this.membership.alive().length;
    for await (const { from, payload } of this.membership.query("who", undefined, { answersMax })) {
      if (answered.has(from) || new TextDecoder().decode(payload) !== from)
        this.repeated ??= `an answer of ${from}`;
      answered.add(from);
    }
    if (answered.size * 2 < answersMax) throw new Error(`${answered.size} of ${answersMax} answered`);
  }

  /** Whether the other one's present life was heard. */
  hasHeard(other: Member): boolean {
    return this.#lives.get(other.id) === other.#host.epoch;
  }
}

/** A host whose disk is lost before every third start: it does not know then that it ever started before. */
export function forgetful(host: Host): Host {
  return {
    id: host.id,
    epoch: 1 + (host.epoch % 3),
    clock: host.clock,
    random: host.random,
    transport: host.transport,
    disk: host.disk,
    failed: host.failed,
    fail: (error) => host.fail(error),
    reach: (point) => host.reach(point),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}
