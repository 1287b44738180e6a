import type { NodeId, Random } from "@coterie/host";
import { type Invariant, jsonCodec, type Suite } from "@coterie/simulation";
import { createReplicatedMap, type MapVersion, type ReplicatedMap } from "../src/index.ts";

export interface MapCall {
  readonly op: "set" | "delete";
  readonly key: string;
  readonly value: number;
}

/** A map, and what was asked of it in this life. */
export interface Member {
  readonly id: NodeId;
  readonly map: ReplicatedMap<number>;
  /** The latest deletion of each key that this node acknowledged in this life. */
  readonly deletions: Map<string, MapVersion>;
  /** The latest deletion of each key that any node acknowledged, in any life. */
  acknowledged: ReadonlyMap<string, MapVersion>;
  /** A deletion that was not later than what it deleted. */
  backwards?: string;
}

const keys = ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"];

/** -1 when `a` is the earlier write. */
function compare(a: MapVersion, b: MapVersion): number {
  return (
    a.wallMs - b.wallMs || a.logical - b.logical || (a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : 0)
  );
}

/**
 * Certificates live for a second or two here, and nodes are away for up to ten: cut off, crashed, or paused. A deletion
 * that was acknowledged must hold for ever: no node that acknowledged it may show an older value again, and in the end
 * none at all may.
 */
export const suite: Suite<Member, MapCall> = {
  name: "gossip-map",
  nodes: [3, 5],
  node: async (host, nodes) => {
    const map = await createReplicatedMap<number>(host, {
      peers: nodes,
      codec: jsonCodec<number>(),
      intervalMs: 200,
      answerTimeoutMs: 400,
      certificateMs: 1_000,
      dormantMs: 1_500,
      dormantCopies: 2,
      // Wall clocks jump by up to 100 s.
      driftMaxMs: 1_000_000,
      treeDepth: 1,
      // Small, so that exchanges take several steps, and journals are rewritten.
      messageBytesMax: 200,
      journalSegmentBytes: 32_768,
      rumors: { periodMs: 50, k: 1 },
    });
    return { id: host.id, map, deletions: new Map(), acknowledged: new Map() };
  },
  invariants: () => [noResurrection()],
  workload: {
    draw: (random: Random, { index }) => ({
      op: random.float() < 0.4 ? "delete" : "set",
      key: keys[random.between(0, keys.length - 1)]!,
      value: index,
    }),
    async perform(member, { op, key, value }, wait) {
      if (op === "set") {
        await member.map.set(key, value, wait);
        return;
      }
      const shown = member.map.version(key);
      const written = member.map.delete(key, wait);
      const version = member.map.version(key)!;
      if (shown && compare(version, shown) <= 0) member.backwards = `${print(version)} after ${print(shown)}`;
      await written;
      keepLatest(member.deletions, key, version);
    },
    probe: { op: "set", key: "probe", value: 1 },
  },
  heals: "all",
  converged: (members) => new Set(members.map(fingerprint)).size === 1 && members.every(showsNothingDeleted),
  calls: 120,
  durationMs: 25_000,
};

/** What a node shows, with the versions. */
function fingerprint({ map }: Member): string {
  const shown = [...map.entries()].map(([key]) => key).sort();
  return JSON.stringify(shown.map((key) => [key, map.version(key)]));
}

function showsNothingDeleted({ map, acknowledged }: Member): boolean {
  return [...acknowledged].every(([key, gone]) => !map.has(key) || compare(map.version(key)!, gone) > 0);
}

/** Nodes are held to what they themselves acknowledged at any time; to what others did, in the end. */
function noResurrection(): Invariant<Member> {
  const byNode = new Map<string, MapVersion>();
  const byAnyone = new Map<string, MapVersion>();
  return {
    name: "what was deleted stays deleted",
    check(member, id) {
      member.acknowledged = byAnyone;
      if (member.backwards) return `${id} deleted at ${member.backwards}`;
      for (const [key, version] of member.deletions) {
        keepLatest(byNode, `${id}/${key}`, version);
        keepLatest(byAnyone, key, version);
      }
      for (const key of keys) {
        const gone = byNode.get(`${id}/${key}`);
        if (gone === undefined || !member.map.has(key)) continue;
        const shown = member.map.version(key)!;
        if (compare(shown, gone) < 0)
          return `${id} acknowledged that ${key} was deleted at ${print(gone)}, and shows what was written at ${print(shown)}`;
      }
      return undefined;
    },
  };
}

function keepLatest(versions: Map<string, MapVersion>, key: string, version: MapVersion): void {
  const before = versions.get(key);
  if (before === undefined || compare(before, version) < 0) versions.set(key, version);
}

function print({ wallMs, logical, writer }: MapVersion): string {
  return `${wallMs}.${logical} by ${writer}`;
}
