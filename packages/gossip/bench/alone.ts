import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Bench } from "@coterie/bench";
import { seededRandom } from "@coterie/host";
import { SwimDetector } from "../src/detector/swim.ts";
import { type MemberRecord, Message, State } from "../src/gen/membership.ts";
import { MembershipCore } from "../src/membership/core.ts";
import { membershipSettings } from "../src/membership/options.ts";

/** One of the scripted members says something new of itself that often. */
const newsPerSecond = 1;

/** One real member among scripted ones, its messages encoded and decoded: what it costs, by how many they are. */
export function alone(bench: Bench): void {
  const sizes = bench.args.includes("short") ? [10, 1_000] : [10, 100, 1_000, 10_000];
  for (const size of sizes) {
    const { cpuMicros, bytesPerMember, bytesPerSecond } = measure(size);
    const report = (what: string, unit: string, ours: number): void =>
      bench.report({ case: `one member among ${size}: ${what}`, unit, better: "lower", ours });
    report("CPU", "µs/period", cpuMicros);
    report("memory", "bytes/member", bytesPerMember);
    report("on the wire, both ways", "bytes/s", bytesPerSecond);
  }
}

function collect(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

class Script {
  readonly settings = membershipSettings("lan");
  readonly random = seededRandom(1);
  readonly core: MembershipCore;
  #words = 0;
  now = 0;
  bytes = 0;

  constructor() {
    const { settings, random } = this;
    this.core = new MembershipCore(
      {
        id: "self",
        address: "tcp://10.0.0.1:7000",
        life: 1,
        cluster: 0,
        metadata: new Uint8Array(0),
        seeds: [],
        settings,
        random: random.fork("core"),
        detector: (watch, health, _, at) => new SwimDetector(settings, watch, health, at),
      },
      0,
    );
  }

  /** A scripted member, as it would be read from a packet. */
  record(i: number): MemberRecord {
    return {
      id: `member-${i}`,
      address: `tcp://10.0.${i >> 8}.${i & 255}:7000`,
      incarnation: 2 ** 32 + ++this.#words,
      state: State.ALIVE,
      metadata: new Uint8Array(0),
      accuser: "",
    };
  }

  /** The core hears of all. Their records are read from bytes, as they are in earnest. */
  fill(size: number): void {
    for (let i = 0; i < size; i += 100) {
      const records = Array.from({ length: Math.min(100, size - i) }, (_, j) => this.record(i + j));
      this.hear("member-0", {
        incarnation: 2 ** 32,
        records: [],
        events: [],
        kind: { $case: "page", value: { records, wanted: [] } },
      });
    }
    while (this.core.roster.news.size > 0) this.core.roster.news.take(1e9, 1);
    this.core.drain();
  }

  hear(from: string, message: Omit<Message, "cluster">): void {
    const bytes = Message.encode({ ...message, cluster: 0 }).finish();
    this.bytes += bytes.length;
    this.core.receive(from, Message.decode(bytes), this.now);
  }

  /** Lets the time pass. Whom the core asks answers at once. */
  run(untilMs: number, size: number): void {
    let nextPing = this.now;
    let sequence = 0;
    while (this.now < untilMs) {
      this.now = Math.min(untilMs, nextPing, Math.max(this.core.deadline, this.now));
      if (this.now >= nextPing) {
        // Each member is watched once in a period, on average, and news ride along.
        nextPing += this.settings.probeIntervalMs;
        const records = newsPerSecond > 0 ? [this.record(this.random.between(0, size - 1))] : [];
        const kind = { $case: "ping", value: { sequence: ++sequence, introduce: false } } as const;
        this.hear(`member-${this.random.between(0, size - 1)}`, {
          incarnation: 0,
          records,
          events: [],
          kind,
        });
      }
      if (this.now >= this.core.deadline) this.core.advance(this.now);
      for (const effect of this.core.drain()) {
        if (effect.type !== "send") continue;
        const bytes = Message.encode(effect.message).finish();
        this.bytes += bytes.length;
        const { kind } = Message.decode(bytes);
        if (kind?.$case === "ping")
          this.hear(effect.to, {
            incarnation: 0,
            records: [],
            events: [],
            kind: { $case: "ack", value: { sequence: kind.value.sequence } },
          });
      }
    }
  }
}

function measure(size: number): { cpuMicros: number; bytesPerMember: number; bytesPerSecond: number } {
  // Of small ones several: one alone is lost in the noise of the heap.
  const copies = Math.ceil(10_000 / size);
  const before = collect();
  const scripts = Array.from({ length: copies }, () => new Script());
  for (const one of scripts) one.fill(size);
  const bytesPerMember = (collect() - before) / size / copies;
  const script = scripts[0]!;
  script.run(script.now + 60_000, size);
  script.bytes = 0;
  const periods = 600;
  const { user, system } = process.cpuUsage();
  script.run(script.now + periods * script.settings.probeIntervalMs, size);
  const used = process.cpuUsage({ user, system });
  return {
    cpuMicros: (used.user + used.system) / periods,
    bytesPerMember,
    bytesPerSecond: (script.bytes / periods / script.settings.probeIntervalMs) * 1_000,
  };
}
