import { type Suite, World } from "@coterie/simulation";
import { type Member, suite as raft } from "../simulation/raft.suite.ts";

/** Three members that take a write every few milliseconds; what was acknowledged must be everywhere in the end. */
export class Scene {
  readonly world: World<Member>;
  readonly acknowledged: Set<number> = new Set();
  broken: string | undefined;
  #next = 1;

  constructor(seed: number, suite: Pick<Suite<Member, never>, "node" | "invariants"> = raft) {
    const invariants = suite.invariants?.() ?? [];
    this.world = new World<Member>({
      seed,
      nodes: 3,
      start: (host, nodes) => suite.node(host, nodes, {}),
      // Syncs that take long, and now and then very long: whoever speaks too early is ahead of its disk by a wide margin.
      disk: { sync: { minMs: 0.5, meanMs: 6 } },
      observe: (member, id) => {
        for (const { check } of invariants) this.broken ??= check(member, id);
      },
    });
  }

  get leader(): string | undefined {
    return this.world.ids.find((id) => this.world.node(id)?.status().role === "leader");
  }

  /** Runs until there is a leader. Answers it, or a follower. */
  async choose(which: "leader" | "follower"): Promise<string> {
    await this.world.until(() => this.leader !== undefined, 10_000);
    return which === "leader" ? this.leader! : this.world.ids.find((id) => id !== this.leader)!;
  }

  /** Writes for a while, at every member in turn. */
  async write(durationMs: number): Promise<void> {
    const end = this.world.now + durationMs;
    while (this.world.now < end) {
      const number = this.#next++;
      this.world.on(this.world.ids[number % 3]!, (member) => {
        member.propose({ key: `k${number}`, value: number }, { timeoutMs: 3_000 }).then(
          () => this.acknowledged.add(number),
          () => {},
        );
      });
      await this.world.runFor(4);
    }
  }

  restartAfter(id: string, ms: number): void {
    this.world.at(this.world.now + ms, () => this.world.start(id));
  }

  /** Lets everybody come back and agree; answers what is wrong. */
  async verdict(): Promise<string | undefined> {
    const { world } = this;
    for (const id of world.ids) {
      world.platter(id).full = false;
      world.platter(id).failingSyncs = 0;
      world.start(id);
    }
    const applied = (): number[] => world.ids.map((id) => world.node(id)?.status().appliedIndex ?? -1);
    await world.runFor(3_000);
    if (!(await world.until(() => new Set(applied()).size === 1 && applied()[0]! > 0, 20_000)))
      return `members do not agree: ${applied()}`;
    for (const id of world.ids) {
      for (const number of this.acknowledged) {
        const seen = await world.node(id)!.read(`k${number}`, { consistency: "stale" });
        if (seen !== number) return `${id} has ${seen} where ${number} was acknowledged`;
      }
    }
    return this.broken;
  }
}
