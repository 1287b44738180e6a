import { World } from "@coterie/simulation";
import test from "ava";
import { Node, suite } from "../../simulation/raft-groups.suite.ts";

const registers = ["k1", "k2", "k3"];

/** Three hosts of several groups that write all the while; what was acknowledged must be everywhere in the end. */
class Scene {
  readonly world: World<Node>;
  /** For each group, the values that were acknowledged, in the order of the calls. */
  readonly acknowledged: Map<string, number> = new Map();
  broken: string | undefined;
  #next = 1;

  constructor(seed: number) {
    const invariants = suite.invariants!();
    this.world = new World<Node>({
      seed,
      nodes: 3,
      start: Node.start,
      disk: { sync: { minMs: 0.5, meanMs: 4 } },
      observe: (node, id) => {
        for (const { check } of invariants) this.broken ??= check(node, id);
      },
    });
  }

  /** Each client writes to one group, a value after the other, at any member: the last acknowledged must not get lost. */
  async write(durationMs: number): Promise<void> {
    const end = this.world.now + durationMs;
    while (this.world.now < end) {
      const number = this.#next++;
      const group = registers[number % 3]!;
      const key = `${group}/${number}`;
      this.world.on(this.world.ids[number % 2]!, (node) => {
        const command = { key, value: number, padding: "-".repeat(700) };
        node
          .member(group)
          .propose(command, { timeoutMs: 3_000 })
          .then(
            () => this.acknowledged.set(key, number),
            () => {},
          );
      });
      await this.world.runFor(2);
    }
  }

  /** Runs until every group has a leader. */
  async ready(): Promise<void> {
    const { world } = this;
    const isLed = (id: string): boolean =>
      registers.every((group) => world.node(id)?.members.get(group)?.status().leader != null);
    await world.until(() => world.ids.every(isLed), 10_000);
  }

  async verdict(): Promise<string | undefined> {
    const { world } = this;
    for (const id of world.ids) world.start(id);
    const settled = (): boolean =>
      world.ids.every((id) => world.node(id)) && suite.converged!(world.ids.map((id) => world.node(id)!));
    await world.runFor(3_000);
    if (!(await world.until(settled, 20_000))) return "the groups do not come to rest in agreement";
    for (const id of world.ids) {
      for (const [key, number] of this.acknowledged) {
        const member = world.node(id)!.member(key.split("/")[0]!);
        const seen = await member.read(key, { consistency: "stale" });
        if (seen !== number) return `${id} has ${seen} where ${number} was acknowledged`;
      }
    }
    return this.broken;
  }
}

for (const everybody of [false, true]) {
  const who = everybody ? "everybody" : "one of several hosts";
  test(`${who} loses power wherever something is sent, persisted or moved`, async (t) => {
    let acknowledged = 0;
    let crashes = 0;
    for (let nth = 1; nth <= 30; nth++) {
      const scene = new Scene(nth);
      const { world } = scene;
      await scene.ready();
      await scene.write(150);
      const moves = nth % 3 === 0;
      const point = moves
        ? nth % 2 === 0
          ? "raft-groups:before-move"
          : "raft-groups:after-move"
        : undefined;
      world.crashAt("n3", point, moves ? 1 : nth, () => {
        crashes++;
        for (const id of everybody ? world.ids : ["n3"]) {
          world.crash(id);
          world.at(world.now + 300, () => world.start(id));
        }
      });
      await scene.write(200);
      t.is(await scene.verdict(), undefined, `crash at point ${nth}`);
      acknowledged += scene.acknowledged.size;
    }
    t.true(crashes >= 25, `only ${crashes} points were reached`);
    t.true(acknowledged > 30 * 50, `only ${acknowledged} writes were acknowledged: the test tests nothing`);
  });
}
