import { createHybridClock } from "@coterie/clocks";
import { seededRandom } from "@coterie/host";
import { AntiEntropyCore, type AntiEntropyOptions, type SyncMessage } from "../../src/anti-entropy/core.ts";
import { Replica, type ReplicaOptions } from "../../src/anti-entropy/replica.ts";
import { Standing } from "../../src/anti-entropy/standing.ts";
import type { Entry, ReplicaRecord } from "../../src/gen/replica.ts";

/** A replica and its core, with time by hand. */
export interface Node {
  readonly id: string;
  readonly replica: Replica;
  readonly core: AntiEntropyCore;
  readonly records: ReplicaRecord[];
  readonly changes: string[];
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a node shows, by key. */
export function shown(node: Node): Record<string, string> {
  const values = [...node.replica.values()].map(({ key, value }) => [key, new TextDecoder().decode(value)]);
  return Object.fromEntries(values.sort(([a], [b]) => (a! < b! ? -1 : 1)));
}

let wallMs = 1_000;

/** Later than every write before, on all nodes. */
export function write(node: Node, key: string, value: string | null, now = 0): Entry {
  wallMs++;
  return node.replica.write(key, value === null ? null : bytes(value), `${node.id}#1`, now);
}

export function node(id: string, options: Partial<ReplicaOptions> & Partial<AntiEntropyOptions> = {}): Node {
  const records: ReplicaRecord[] = [];
  const changes: string[] = [];
  const sink = {
    record: (record: ReplicaRecord) => void records.push(record),
    changed: ({ key, value, deleted }: Entry) =>
      void changes.push(deleted ? `${key} gone` : `${key} = ${new TextDecoder().decode(value)}`),
  };
  const replica = new Replica(
    {
      certificateMs: 1_000,
      dormantMs: 2_000,
      keepsDormant: () => true,
      treeDepth: 1,
      entriesMax: 1_000,
      ...options,
    },
    {
      clock: createHybridClock({ wall: () => wallMs }, { driftMaxMs: 1_000 }),
      standing: new Standing(`store of ${id}`, 1, 100),
      sink,
    },
  );
  const core = new AntiEntropyCore(
    {
      id,
      peers: [],
      random: seededRandom(id),
      mode: "push-pull",
      intervalMs: 100,
      answerTimeoutMs: 50,
      messageBytesMax: 10_000,
      ...options,
    },
    replica,
    0,
  );
  return { id, replica, core, records, changes };
}

/** Lets `a` begin an exchange with `b`, without loss. Answers the messages in order, as `a>b request` and so on. */
export function exchange(a: Node, b: Node, now: number): string[] {
  const told: string[] = [];
  a.core.advance(Math.max(now, a.core.deadline));
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      for (const effect of from.core.drain()) {
        if (effect.type !== "send" || effect.to !== to.id) continue;
        moved = true;
        told.push(`${from.id}>${to.id} ${describe(effect.message)}`);
        to.core.receive(from.id, effect.message, now);
      }
  }
  return told;
}

function describe(message: SyncMessage): string {
  const list = (name: string, items: readonly unknown[]) =>
    items.length > 0 ? [`${name} ${items.join(",")}`] : [];
  const keys = (entries: readonly Entry[]) => entries.map(({ key, deleted }) => (deleted ? `-${key}` : key));
  if (message.$case === "request") {
    const { compare, give, want, done } = message.value;
    const what = [
      ...list(
        "compare",
        compare.map(({ node: n }) => n),
      ),
      ...list("give", keys(give)),
      ...list("want", want),
      ...(done > 0 ? ["done"] : []),
    ];
    return `request: ${what.join("; ")}`;
  }
  const { children, leaves, same, entries } = message.value;
  const what = [
    ...list("same", same),
    ...list(
      "children of",
      children.map(({ node: n }) => n),
    ),
    ...list(
      "versions of",
      leaves.map(({ node: n }) => n),
    ),
    ...list("entries", keys(entries)),
  ];
  return `answer: ${what.join("; ") || "nothing"}`;
}
