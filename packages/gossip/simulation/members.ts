import type { NodeId } from "@coterie/host";
import { SwimDetector } from "../src/detector/swim.ts";
import type { Message } from "../src/gen/membership.ts";
import { State } from "../src/gen/membership.ts";
import { MembershipCore } from "../src/membership/core.ts";
import type { Change, OwnEffect } from "../src/membership/effects.ts";
import { type MembershipSettings, membershipSettings, type Preset } from "../src/membership/options.ts";
import { Cores, type CoresOptions } from "./cores.ts";

/** What a member was told of another one. */
export interface Told {
  readonly at: number;
  readonly by: NodeId;
  readonly change: Change;
  readonly about: NodeId;
}

export interface MembersOptions {
  readonly seed: number | string;
  /** Default: `lan`. */
  readonly preset?: Preset;
  readonly settings?: Partial<MembershipSettings>;
  /** Told of every change that a member is told; all are kept when there is nobody to tell. */
  readonly told?: (told: Told) => void;
  readonly sent?: CoresOptions<Message, OwnEffect>["sent"];
}

/** A cluster of membership cores in virtual time. */
export class Members {
  readonly cores: Cores<Message, OwnEffect>;
  readonly settings: MembershipSettings;
  readonly told: Told[] = [];
  /** Directed pairs whose messages are lost, as `a>b`. */
  readonly cut: Set<string> = new Set();
  /** Share of all messages that is lost. */
  loss = 0;
  /** Who listens where. */
  readonly #addresses = new Map<string, NodeId>();
  readonly #lives = new Map<NodeId, number>();

  constructor(options: MembersOptions) {
    this.settings = membershipSettings(options.preset ?? "lan", options.settings);
    const keep = (one: Told): void => void this.told.push(one);
    const { told = keep } = options;
    this.cores = new Cores({
      seed: options.seed,
      loses: (from, to, random) => this.cut.has(`${from}>${to}`) || random.float() < this.loss,
      ...(options.sent && { sent: options.sent }),
      perform: (by, effect, at) => {
        if (effect.type === "member") told({ at, by, change: effect.change, about: effect.record.id });
        if (effect.type === "contact") this.#contact(by, effect.address);
      },
    });
  }

  /** A seed is found if it is up, and if it can be reached both ways. */
  #contact(by: NodeId, address: string): void {
    const id = this.#addresses.get(address);
    if (id === undefined || !this.cores.isUp(id)) return;
    if (this.cut.has(`${by}>${id}`) || this.cut.has(`${id}>${by}`)) return;
    const { now } = this.cores;
    this.cores.at(now + 1, () => {
      if (!this.cores.isUp(by)) return;
      this.core(by).greet(id, this.cores.now);
      this.cores.touch(by);
    });
  }

  core(id: NodeId): MembershipCore {
    return this.cores.core(id) as MembershipCore;
  }

  /** Starts a member; with a life of its own, when it forgot how often it had started. */
  start(id: NodeId, seeds: readonly NodeId[] = [], more: { address?: string; life?: number } = {}): void {
    const life = more.life ?? (this.#lives.get(id) ?? 0) + 1;
    this.#lives.set(id, life);
    const { address = addressOf(id) } = more;
    this.#addresses.set(address, id);
    const random = this.cores.random.fork(`${id}/${life}`);
    this.cores.start(
      id,
      (now) =>
        new MembershipCore(
          {
            id,
            address,
            life,
            cluster: 0,
            metadata: new Uint8Array(0),
            seeds: seeds.map(addressOf),
            settings: this.settings,
            random,
            detector: (watch, health, chance, at) =>
              new SwimDetector(
                this.settings,
                watch,
                health,
                at + chance.float() * this.settings.probeIntervalMs,
              ),
          },
          now,
        ),
    );
  }

  /** Starts n1 ... nN, the first of them their seed. */
  startAll(count: number): readonly NodeId[] {
    const ids = Array.from({ length: count }, (_, i) => `n${i + 1}`);
    for (const id of ids) this.start(id, ["n1"]);
    return ids;
  }

  state(by: NodeId, about: NodeId): State | undefined {
    return this.core(by).roster.members.get(about)?.record.state;
  }

  /** Whether all of these hold each other for alive, and nobody else. */
  agree(ids: readonly NodeId[]): boolean {
    return ids.every(
      (by) =>
        this.core(by).roster.size === ids.length &&
        ids.every((about) => about === by || this.state(by, about) === State.ALIVE),
    );
  }

  partition(one: readonly NodeId[], other: readonly NodeId[]): void {
    for (const a of one) for (const b of other) this.cut.add(`${a}>${b}`).add(`${b}>${a}`);
  }
}

export function addressOf(id: NodeId): string {
  return `memory://${id}`;
}
