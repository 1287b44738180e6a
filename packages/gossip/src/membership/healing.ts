import type { NodeId, Random } from "@coterie/host";
import { State } from "../gen/membership.ts";
import type { Roster } from "./roster.ts";

export interface HealingActions {
  /** Compare with a member. */
  greet(id: NodeId): void;
  /** Find out who listens there, and greet it. */
  contact(address: string): void;
}

/** A node that knows nobody tries its seeds that many times as often. */
const lonelyFactor = 10;

/**
 * Finds those who were lost: a cluster that fell in two does not watch its other half any more, so the dead and the
 * seeds are tried again now and then. All members together try each of the dead about once in an interval: each
 * member acts with the probability that keeps it so, however many they are.
 */
export class Healing {
  readonly #roster: Roster;
  readonly #seeds: string[] = [];
  readonly #intervalMs: number;
  readonly #random: Random;
  readonly #actions: HealingActions;
  #nextAt: number;

  constructor(
    roster: Roster,
    seeds: readonly string[],
    intervalMs: number,
    random: Random,
    now: number,
    actions: HealingActions,
  ) {
    this.#roster = roster;
    this.addSeeds(seeds);
    this.#intervalMs = intervalMs;
    this.#random = random;
    this.#actions = actions;
    this.#nextAt = now;
  }

  addSeeds(addresses: readonly string[]): void {
    for (const address of addresses)
      if (address !== this.#roster.own.address && !this.#seeds.includes(address)) this.#seeds.push(address);
  }

  get deadline(): number {
    const { members } = this.#roster;
    return this.#seeds.length === 0 && members.gone.size === 0 ? Number.POSITIVE_INFINITY : this.#nextAt;
  }

  advance(now: number): void {
    if (now < this.deadline) return;
    const { members } = this.#roster;
    const lonely = members.inService === 0;
    const interval = lonely ? this.#intervalMs / lonelyFactor : this.#intervalMs;
    this.#nextAt = now + interval * (0.75 + 0.5 * this.#random.float());
    this.#roster.forget(now);
    this.#tryTheDead();
    this.#tryASeed(lonely);
  }

  #tryTheDead(): void {
    const { members } = this.#roster;
    const dead = [...members.gone].filter(({ record }) => record.state === State.DEAD);
    if (this.#random.float() * (dead.length + this.#roster.size) >= dead.length * 2) return;
    const one = dead[this.#random.between(0, dead.length - 1)];
    if (one !== undefined) this.#actions.greet(one.record.id);
  }

  /** A seed that is in service needs no healing. */
  #tryASeed(lonely: boolean): void {
    const { members } = this.#roster;
    if (this.#seeds.length === 0 || (!lonely && this.#random.float() * this.#roster.size >= 2)) return;
    const address = this.#seeds[this.#random.between(0, this.#seeds.length - 1)]!;
    const known = [...members.values()].some(({ record, place }) => place >= 0 && record.address === address);
    if (!known) this.#actions.contact(address);
  }
}
