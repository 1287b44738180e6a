import type { Host, NodeId } from "@coterie/host";
import { World } from "@coterie/simulation";
import test, { type ExecutionContext } from "ava";
import { type Member, small } from "../simulation/raft.suite.ts";
import { type Command, Registers } from "../simulation/registers.ts";
import { RegistersOnDisk } from "../simulation/registers-on-disk.ts";
import { createRaft, recoverQuorum } from "../src/index.ts";

/** Counts what one life of a member has to do again. */
class Counted extends RegistersOnDisk {
  /** How far the state was when it was opened. */
  openedAt = -1;
  firstApplied = 0;
  override async open(): ReturnType<RegistersOnDisk["open"]> {
    const records = await super.open();
    this.openedAt = this.history.index;
    return records;
  }
  override apply(...[command, at]: Parameters<RegistersOnDisk["apply"]>): boolean {
    this.firstApplied ||= at.index;
    return super.apply(command, at);
  }
}

/** Three members, whose next lives may be given other state machines than the last. */
class Scene {
  readonly world: World<Member>;
  readonly machines: Map<NodeId, Registers> = new Map();
  machineOf: (host: Host) => Registers = (host) => new Counted(host.disk, "registers");
  group = "registers";
  /** What is done with a node's folder before it starts. */
  before: (host: Host) => Promise<void> = async () => {};
  #next = 1;

  constructor(seed: number) {
    this.world = new World<Member>({
      seed,
      nodes: 3,
      start: async (host, voters) => {
        await this.before(host);
        const stateMachine = this.machineOf(host);
        this.machines.set(host.id, stateMachine);
        const options = { group: this.group, voters, stateMachine, ...small };
        return createRaft<Command, boolean, string, number | null>(host, options);
      },
    });
  }

  counted(id: NodeId): Counted {
    return this.machines.get(id) as Counted;
  }

  status(id: NodeId): ReturnType<Member["status"]> {
    return this.world.node(id)!.status();
  }

  get leader(): NodeId | undefined {
    return this.world.ids.find((id) => this.world.node(id)?.status().role === "leader");
  }

  /** Writes so many numbers, one after the other, at whoever leads. */
  async write(t: ExecutionContext, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      t.true(await this.world.until(() => this.leader !== undefined, 20_000), "there is a leader");
      const number = this.#next++;
      let answered = false;
      this.world.on(this.leader!, (member) => {
        member.propose({ key: `k${number % 7}`, value: number }, { timeoutMs: 3_000 }).then(
          () => {
            answered = true;
          },
          () => {},
        );
      });
      await this.world.until(() => answered, 3_000);
    }
  }

  /** Runs until everybody who is up has applied the same. */
  async agree(t: ExecutionContext): Promise<void> {
    const up = (): NodeId[] => this.world.ids.filter((id) => this.world.node(id) !== undefined);
    const applied = (): Set<number> => new Set(up().map((id) => this.status(id).appliedIndex));
    await this.world.runFor(1_000);
    t.true(await this.world.until(() => applied().size === 1, 30_000), `applied up to ${[...applied()]}`);
    t.is(new Set(up().map((id) => JSON.stringify(this.machines.get(id)!.history))).size, 1);
  }

  /** Starts a node that must not come up. Answers what it says. */
  async refusal(t: ExecutionContext, id: NodeId): Promise<string> {
    const before = this.world.failures.length;
    this.world.start(id);
    await this.world.runFor(200);
    const failure = this.world.failures[before];
    t.is(failure?.how, "did not start");
    const error = failure!.error as Error & { code?: string };
    t.is(error.code, "RAFT_GROUP_STATE");
    return error.message;
  }

  copies(id: NodeId): readonly string[] {
    return this.world.platter(id).list("raft/registers/snapshots");
  }
}

test("a member goes on behind what its state machine has durably applied: nothing is restored, nothing applied twice", async (t) => {
  const scene = new Scene(1);
  const { world } = scene;
  await scene.write(t, 150);
  await scene.agree(t);
  for (const id of world.ids) {
    const { appliedIndex, snapshotIndex } = scene.status(id);
    t.true(snapshotIndex > 80, `marked at ${snapshotIndex}`);
    t.deepEqual(scene.copies(id), [], "no copy was made");
    world.crash(id, "power");
    world.start(id);
    await world.until(() => world.node(id) !== undefined, 1_000);
    const { openedAt } = scene.counted(id);
    t.true(openedAt >= snapshotIndex, `opened at ${openedAt}`);
    t.true(openedAt <= appliedIndex);
    await scene.write(t, 3);
    await scene.agree(t);
    t.true(scene.counted(id).firstApplied > openedAt, "goes on behind it");
    t.is(world.node(id)!.metrics().restored_total, 0);
  }
});

test("a member that was away for long is sent a copy, which is kept nowhere", async (t) => {
  const scene = new Scene(2);
  const { world } = scene;
  await scene.write(t, 10);
  const away = world.ids.find((id) => id !== scene.leader)!;
  world.crash(away);
  await scene.write(t, 150);
  world.start(away);
  await scene.agree(t);
  t.is(world.node(away)!.metrics().restored_total, 1);
  t.true(world.points.counts.has("raft:after-snapshot-commit"), "a copy was made");
  const copies = (): number[] => world.ids.map((id) => scene.copies(id).length);
  t.true(await world.until(() => copies().every((count) => count === 0), 1_000), `copies: ${copies()}`);
  // As far as it says that it is durable, it is.
  world.crash(away);
  world.start(away);
  await scene.agree(t);
  t.is(world.node(away)!.metrics().restored_total, 0);
});

test("a member that is interrupted while it installs a copy, and has lost its old state, installs it at the next start", async (t) => {
  const scene = new Scene(3);
  const { world } = scene;
  await scene.write(t, 10);
  const away = world.ids.find((id) => id !== scene.leader)!;
  world.crash(away);
  await scene.write(t, 150);
  // A state machine that is not atomic: the old state is gone as soon as the new one comes.
  let interrupted = 0;
  const started = scene.machineOf;
  scene.machineOf = (host) => {
    if (host.id !== away) return started(host);
    const machine = new Counted(host.disk, "registers");
    machine.restore = async () => {
      interrupted++;
      world.crash(away, "process");
      for (const name of world.platter(away).list("registers"))
        world.platter(away).remove(`registers/${name}`);
      await new Promise(() => {});
    };
    return machine;
  };
  world.start(away);
  t.true(await world.until(() => interrupted === 1, 20_000));
  scene.machineOf = started;
  world.start(away);
  await scene.agree(t);
  await scene.write(t, 5);
  await scene.agree(t);
});

test("a state machine on disk whose files are lost is refused once the log is cut, and replays before", async (t) => {
  const scene = new Scene(4);
  const { world } = scene;
  await scene.write(t, 10);
  const [first, second] = world.ids as [NodeId, NodeId, NodeId];
  scene.machineOf = (host) => new Counted(host.disk, host.id === first ? "elsewhere" : "registers");
  world.crash(first);
  world.start(first);
  await scene.agree(t);
  t.is(scene.counted(first).openedAt, 0);
  await scene.write(t, 100);
  scene.machineOf = (host) => new Counted(host.disk, "nowhere");
  world.crash(second);
  t.regex(await scene.refusal(t, second), /is at entry 0, but the log begins after \d+/);
});

test("a state machine on disk that is ahead of the log is refused: entries of the log were lost", async (t) => {
  const scene = new Scene(5);
  const { world } = scene;
  await scene.write(t, 60);
  const [first] = world.ids as [NodeId, NodeId, NodeId];
  world.crash(first, "process");
  scene.group = "another";
  t.regex(await scene.refusal(t, first), /is at entry \d+, but the log ends at 0/);
});

test("a state that was on disk is not begun anew in memory", async (t) => {
  const scene = new Scene(6);
  const { world } = scene;
  await scene.write(t, 100);
  const [first] = world.ids as [NodeId, NodeId, NodeId];
  scene.machineOf = () => new Registers();
  world.crash(first);
  t.regex(await scene.refusal(t, first), /was kept by a state machine on disk/);
});

test("a state in memory moves to the disk by its latest snapshot", async (t) => {
  const scene = new Scene(7);
  const { world } = scene;
  scene.machineOf = () => new Registers();
  await scene.write(t, 100);
  scene.machineOf = (host) => new Counted(host.disk, "registers");
  for (const id of world.ids) {
    world.crash(id);
    world.start(id);
    await scene.agree(t);
    t.true(scene.machines.get(id) instanceof Counted);
  }
  await scene.write(t, 60);
  await scene.agree(t);
});

test("the last of three decides alone: what is on disk is where the log goes on", async (t) => {
  const scene = new Scene(9);
  const { world } = scene;
  await scene.write(t, 100);
  await scene.agree(t);
  const [survivor] = world.ids as [NodeId, NodeId, NodeId];
  const { appliedIndex, snapshotIndex } = scene.status(survivor);
  for (const id of world.ids) world.crash(id);
  let committed = 0;
  scene.before = async (host) => {
    const report = await recoverQuorum(host.disk, { group: "registers", id: host.id, acceptLoss: true });
    committed = report.committed;
  };
  world.start(survivor);
  await scene.write(t, 5);
  t.is(committed, snapshotIndex, "the mark says what is committed");
  t.true(scene.status(survivor).appliedIndex > appliedIndex);
  t.true(scene.counted(survivor).firstApplied > scene.counted(survivor).openedAt);
});

test("a member that is closed while it makes a copy stops making it", async (t) => {
  const scene = new Scene(10);
  const { world } = scene;
  const chunks = new Map<string, number>();
  scene.machineOf = (host) => {
    const machine = new Counted(host.disk, "registers");
    machine.snapshot = function* () {
      try {
        for (let made = 1; ; made++) {
          chunks.set(host.id, made);
          yield new Uint8Array(100_000);
        }
      } finally {
        chunks.delete(host.id);
      }
    };
    return machine;
  };
  await scene.write(t, 10);
  const away = world.ids.find((id) => id !== scene.leader)!;
  world.crash(away);
  await scene.write(t, 100);
  world.start(away);
  const leader = scene.leader!;
  t.true(await world.until(() => (chunks.get(leader) ?? 0) > 5, 20_000));
  let closed = false;
  world.on(leader, async (member) => {
    await member[Symbol.asyncDispose]();
    closed = true;
  });
  t.true(await world.until(() => closed, 1_000));
  t.false(chunks.has(leader));
  t.deepEqual(world.failures, []);
});

test("what the state machine says no to stops the member, and the next life goes on", async (t) => {
  const scene = new Scene(8);
  const { world } = scene;
  const started = scene.machineOf;
  scene.machineOf = (host) => {
    const machine = new Counted(host.disk, "registers");
    if (host.id === "n1") machine.sync = () => Promise.reject(new Error("the disk of the state is broken"));
    return machine;
  };
  world.crash("n1");
  world.start("n1");
  await scene.write(t, 60);
  t.true(await world.until(() => world.failures.length > 0, 5_000));
  t.regex(String(world.failures[0]!.error), /the disk of the state is broken/);
  scene.machineOf = started;
  world.start("n1");
  await scene.write(t, 60);
  await scene.agree(t);
});
