import { type Driver, drive, type Host, type NodeId, type Wait } from "@coterie/host";
import { HeartbeatDetector } from "../detector/heartbeats.ts";
import { SwimDetector } from "../detector/swim.ts";
import { OptionError, StoppedError, TimeoutError } from "../errors.ts";
import { type Answer, Query, type QueryOptions } from "../events/queries.ts";
import { eventBytesMax, queryTimeoutMsMax } from "../events/user-events.ts";
import { fingerprint } from "../fingerprint.ts";
import { type MemberRecord, type Message, State, type UserEvent } from "../gen/membership.ts";
import { AddressBook } from "./address-book.ts";
import { openLanes } from "./channel.ts";
import { MembershipCore } from "./core.ts";
import type { Change, OwnEffect } from "./effects.ts";
import { guarded, Listeners } from "./listeners.ts";
import { hashText } from "./members.ts";
import type { ClusterEvent, Member, MemberChange, Membership, MembershipEvents } from "./membership.ts";
import { decodeMetadata, encodeMetadata } from "./metadata.ts";
import { type MembershipSettings, membershipSettings, type Preset } from "./options.ts";

/** Options of `createMembership`. */
export interface MembershipOptions {
  /** Addresses of some members, to find all others by. This node's own may be among them. Default: none. */
  readonly seeds?: readonly string[];
  /** Names the cluster: members of another one are not heard, however they got this node's address. Default: `coterie`. */
  readonly cluster?: string;
  /** Numbers that suit one machine, one network, or the wide world. Default: `lan`. */
  readonly preset?: Preset;
  /** Numbers of the preset to change, each with its unit in its name. */
  readonly settings?: Partial<MembershipSettings>;
  /** What this node says of itself: 512 bytes together. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Who finds out who does not answer: `swim` watches one member at a time and has others look too; `phi` (accrual)
   * watches a few neighbours all the time and learns how regular each of them is. Default: `swim`.
   */
  readonly detector?: "swim" | "phi";
}

const readyTimeoutMs = 10_000;
const leaveTimeoutMs = 5_000;
const lookEveryMs = 10;

/**
 * Makes this host a member: finds the others through its seeds, watches them, and tells who comes and goes. Returns at
 * once; `ready` waits for others. Runs beside any other protocol on the host.
 *
 * Throws `OptionError`, or `ChannelInUseError` when there is a membership on this host already.
 */
export function createMembership(host: Host, options: MembershipOptions = {}): Membership {
  const { seeds = [], cluster = "coterie", preset = "lan", settings = {}, metadata = {} } = options;
  const { detector = "swim" } = options;
  if (detector !== "swim" && detector !== "phi")
    throw new OptionError(`detector must be swim or phi, not ${JSON.stringify(detector)}`);
  const chosen = membershipSettings(preset, settings);
  const encoded = encodeMetadata(metadata);
  const now = host.clock.now();
  const core = new MembershipCore(
    {
      id: host.id,
      address: host.transport.address,
      life: host.epoch,
      cluster: hashText(cluster),
      metadata: encoded,
      seeds,
      settings: chosen,
      random: host.random.fork("membership"),
      detector: (watch, health, random, at) =>
        detector === "phi"
          ? new HeartbeatDetector(chosen, watch, at)
          : new SwimDetector(chosen, watch, health, at + random.float() * chosen.probeIntervalMs),
    },
    now,
  );
  return new MembershipNode(host, core, chosen, seeds);
}

class MembershipNode implements Membership {
  readonly #host: Host;
  readonly #core: MembershipCore;
  readonly #settings: MembershipSettings;
  readonly #driver: Driver;
  readonly #book: AddressBook;
  readonly #listeners = new Listeners();
  readonly #answerers = new Map<string, (query: ClusterEvent) => Uint8Array | undefined>();
  readonly #queries = new Map<number, Query>();
  /** Addresses that are being asked who listens there. */
  readonly #contacting = new Set<string>();
  readonly #closing = new AbortController();
  readonly #waiters = new Set<(error?: unknown) => void>();
  #isReady: boolean;

  constructor(host: Host, core: MembershipCore, settings: MembershipSettings, seeds: readonly string[]) {
    this.#host = host;
    this.#core = core;
    this.#settings = settings;
    this.#isReady = seeds.every((address) => address === host.transport.address);
    this.#book = new AddressBook(host, () => this.#core.roster.members.values());
    this.#driver = drive<Message, never, OwnEffect>(host, {
      name: "membership",
      core,
      channel: openLanes(host.transport),
      persist: async () => {},
      perform: (effect) => this.#perform(effect),
    });
    host.failed.addEventListener("abort", this.#stop, { once: true });
    if (host.failed.aborted) this.#stop();
    void this.#recall();
  }

  /** Seeds may all be down when this node starts again: whoever it knew will do as well. */
  async #recall(): Promise<void> {
    const addresses = await this.#book.read();
    if (this.#closing.signal.aborted || addresses.length === 0) return;
    this.#core.addSeeds(addresses);
    this.#driver.touch();
  }

  // --- What the core wants done ------------------------------------------------------------------------------------

  #perform(effect: OwnEffect): void {
    switch (effect.type) {
      case "member":
        return this.#changed(effect.change, effect.record);
      case "connect":
        return this.#connect(effect.id, effect.address);
      case "forget":
        return this.#host.transport.disconnect(effect.id);
      case "contact":
        return void this.#contact(effect.address);
      case "conflict":
        return this.#listeners.emit("conflict", { address: effect.address });
      case "event":
        return this.#happened(effect.event);
      case "answer":
        return this.#queries.get(effect.number)?.answered(effect.from, effect.payload);
    }
  }

  #changed(type: Change, record: MemberRecord): void {
    if (type === "joined") this.#becomeReady();
    this.#book.changed();
    this.#listeners.change({ type, member: viewOf(record) });
  }

  /** Members come from the network: an address of nonsense must not stop this node. */
  #connect(id: NodeId, address: string): void {
    try {
      this.#host.transport.connect(id, address);
    } catch {
      // Nobody can be reached there: the member will be found not to answer.
    }
  }

  /** Somebody listens at a seed's address, or will some day: the core asks for it again and again. */
  async #contact(address: string): Promise<void> {
    if (this.#contacting.has(address)) return;
    this.#contacting.add(address);
    const { transport, clock } = this.#host;
    try {
      const { signal } = this.#closing;
      const id = await transport.discover(address, { signal, timeoutMs: this.#settings.healIntervalMs });
      if (signal.aborted || id === this.#host.id) return;
      transport.connect(id, address);
      this.#core.greet(id, clock.now());
      this.#driver.touch();
    } catch {
      // Nobody there yet.
    } finally {
      this.#contacting.delete(address);
    }
  }

  // --- Events and queries ------------------------------------------------------------------------------------------

  #happened(event: UserEvent): void {
    const { origin: from, name, payload, queryTimeoutMs } = event;
    if (queryTimeoutMs === 0) return this.#listeners.emit("event", { from, name, payload });
    guarded(() => {
      const answer = this.#answerers.get(name)?.({ from, name, payload });
      if (answer === undefined) return;
      if (from === this.#host.id) this.#queries.get(event.number)?.answered(from, answer);
      else this.#core.answer(event, checkAnswer(answer));
      this.#driver.touch();
    });
  }

  broadcast(name: string, payload: Uint8Array = nothing): void {
    this.#say(name, payload, 0);
  }

  query(name: string, payload: Uint8Array = nothing, options: QueryOptions = {}): AsyncIterable<Answer> {
    const { gossipIntervalMs } = this.#settings;
    // Serf's rule: several times what news take to reach everybody.
    const usual = Math.ceil(16 * gossipIntervalMs * Math.log10(this.#core.roster.size + 9));
    const { timeoutMs = usual, signal } = options;
    if (!(timeoutMs > 0 && timeoutMs <= queryTimeoutMsMax))
      throw new OptionError(`timeoutMs must be above 0 and at most ${queryTimeoutMsMax}, not ${timeoutMs}`);
    signal?.throwIfAborted();
    const { number } = this.#say(name, payload, Math.ceil(timeoutMs));
    const query = new Query(this.#host.clock, timeoutMs, options, () => this.#queries.delete(number));
    this.#queries.set(number, query);
    return query;
  }

  #say(name: string, payload: Uint8Array, queryTimeoutMs: number): UserEvent {
    this.#demandOpen();
    const bytes = Buffer.byteLength(name) + payload.length;
    if (name === "" || bytes > eventBytesMax)
      throw new OptionError(`name and payload must have 1 to ${eventBytesMax} bytes together, not ${bytes}`);
    const event = this.#core.say(name, payload.slice(), queryTimeoutMs);
    this.#driver.touch();
    return event;
  }

  answer(name: string, answer: (query: ClusterEvent) => Uint8Array | undefined): () => void {
    if (this.#answerers.has(name)) throw new OptionError(`queries of the name ${name} are answered already`);
    this.#answerers.set(name, answer);
    return () => {
      if (this.#answerers.get(name) === answer) this.#answerers.delete(name);
    };
  }

  // --- The view ----------------------------------------------------------------------------------------------------

  get self(): Member {
    return viewOf(this.#core.roster.own);
  }

  members(): readonly Member[] {
    const { members } = this.#core.roster;
    return [this.self, ...[...members.values()].map(({ record, announced }) => viewOf(record, announced))];
  }

  alive(): readonly Member[] {
    return this.members().filter(({ state }) => state === "alive" || state === "suspect");
  }

  member(id: NodeId): Member | undefined {
    if (id === this.#host.id) return this.self;
    const member = this.#core.roster.members.get(id);
    return member && viewOf(member.record, member.announced);
  }

  fingerprint(): string {
    return fingerprint(this.alive().map(({ id }) => id));
  }

  on<Name extends keyof MembershipEvents>(
    name: Name,
    listener: (event: MembershipEvents[Name]) => void,
  ): () => void {
    return this.#listeners.on(name, listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<MemberChange> {
    return this.#listeners.read();
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.#core.metrics(), queries: this.#queries.size };
  }

  // --- Coming and going --------------------------------------------------------------------------------------------

  update(metadata: Readonly<Record<string, string>>): void {
    this.#demandOpen();
    this.#core.update(encodeMetadata(metadata));
    this.#driver.touch();
  }

  #becomeReady(): void {
    this.#isReady = true;
    for (const end of [...this.#waiters]) end();
  }

  async ready({ signal, timeoutMs = readyTimeoutMs }: Wait = {}): Promise<void> {
    this.#demandOpen();
    signal?.throwIfAborted();
    if (this.#isReady) return;
    const { clock } = this.#host;
    await new Promise<void>((resolve, reject) => {
      const end = (error?: unknown): void => {
        this.#waiters.delete(end);
        disarm();
        signal?.removeEventListener("abort", abort);
        if (error === undefined) resolve();
        else reject(error);
      };
      const abort = (): void => end(signal?.reason);
      const disarm = clock.wake(clock.now() + timeoutMs, () =>
        end(new TimeoutError("No other member was found: is one of the seeds up? None answered", timeoutMs)),
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(end);
    });
  }

  async leave({ signal, timeoutMs = leaveTimeoutMs }: Wait = {}): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { clock } = this.#host;
    const until = clock.now() + timeoutMs;
    this.#core.leave();
    this.#driver.touch();
    const isDone = (): boolean =>
      this.#core.hasSaidGoodbye ||
      clock.now() >= until ||
      this.#closing.signal.aborted ||
      signal?.aborted === true;
    await new Promise<void>((resolve) => {
      const look = (): void => void (isDone() ? resolve() : clock.wake(clock.now() + lookEveryMs, look));
      look();
    });
    this.#stop();
    signal?.throwIfAborted();
  }

  #demandOpen(): void {
    if (this.#closing.signal.aborted || this.#core.roster.isLeaving)
      throw new StoppedError({ cause: this.#host.failed.reason });
  }

  readonly #stop = (): void => {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new StoppedError({ cause: this.#host.failed.reason }));
    this.#host.failed.removeEventListener("abort", this.#stop);
    this.#driver[Symbol.dispose]();
    this.#book.close();
    for (const query of [...this.#queries.values()]) query.end(this.#closing.signal.reason);
    for (const end of [...this.#waiters]) end(this.#closing.signal.reason);
    this.#listeners.end();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
  }
}

const nothing = new Uint8Array(0);
const answerBytesMax = 64 * 1024;

function checkAnswer(payload: Uint8Array): Uint8Array {
  if (payload.length > answerBytesMax)
    throw new OptionError(`an answer must have ${answerBytesMax} bytes at most, not ${payload.length}`);
  return payload;
}

const states: Readonly<Record<number, Member["state"]>> = {
  [State.ALIVE]: "alive",
  [State.SUSPECT]: "suspect",
  [State.DEAD]: "failed",
  [State.LEFT]: "left",
};

/** A member that is held back for flapping is shown as it was last announced. */
function viewOf({ id, address, state, metadata, incarnation }: MemberRecord, announced = true): Member {
  const shown = states[state]!;
  const held = !announced && (shown === "alive" || shown === "suspect");
  return { id, address, state: held ? "failed" : shown, metadata: decodeMetadata(metadata), incarnation };
}
