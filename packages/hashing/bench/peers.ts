import type { Bench } from "@coterie/bench";

/** A peer's ring, seen as little more than a function from key to node. */
export interface PeerRing {
  owner(key: string): unknown;
  add(id: string): void;
  remove(id: string): void;
}

export type MakeRing = (ids: readonly string[]) => PeerRing;

interface ConsistentHash {
  add(node: string): void;
  remove(node: string): void;
  get(key: string): string;
}

interface Hashring {
  add(node: string): void;
  remove(node: string): void;
  get(key: string): string;
}

interface EffectModule {
  HashRing: {
    make(): object;
    add(ring: object, node: object): void;
    remove(ring: object, node: object): void;
    get(ring: object, key: string): object;
  };
  PrimaryKey: { symbol: string };
}

/** A CommonJS package stands under `default`. */
async function load<T>(bench: Bench, name: string): Promise<T | undefined> {
  const module = await bench.peer<{ default?: T }>(name);
  return (module?.default ?? module) as T | undefined;
}

/** The rings of npm, each as it comes: default points, default hash, default cache. */
export async function peerRings(bench: Bench): Promise<Record<string, MakeRing | undefined>> {
  const consistentHash = await load<new () => ConsistentHash>(bench, "consistent-hash");
  const hashring = await load<new (ids: readonly string[]) => Hashring>(bench, "hashring");
  const effect = await bench.peer<EffectModule>("effect");
  return {
    "consistent-hash": consistentHash && ((ids) => consistentHashRing(new consistentHash(), ids)),
    hashring: hashring && ((ids) => hashringRing(new hashring(ids))),
    effect: effect && ((ids) => effectRing(effect, ids)),
  };
}

function consistentHashRing(ring: ConsistentHash, ids: readonly string[]): PeerRing {
  for (const id of ids) ring.add(id);
  return {
    owner: (key) => ring.get(key),
    // It sorts its points when it is next asked: without the question an addition would cost nothing.
    add: (id) => {
      ring.add(id);
      ring.get(id);
    },
    remove: (id) => {
      ring.remove(id);
      ring.get(id);
    },
  };
}

function hashringRing(ring: Hashring): PeerRing {
  return { owner: (key) => ring.get(key), add: (id) => ring.add(id), remove: (id) => ring.remove(id) };
}

function effectRing({ HashRing, PrimaryKey }: EffectModule, ids: readonly string[]): PeerRing {
  const ring = HashRing.make();
  const nodes = new Map<string, object>();
  const add = (id: string): void => {
    nodes.set(id, { id, [PrimaryKey.symbol]: () => id });
    HashRing.add(ring, nodes.get(id)!);
  };
  for (const id of ids) add(id);
  return {
    owner: (key) => (HashRing.get(ring, key) as { id: string }).id,
    add,
    remove: (id) => HashRing.remove(ring, nodes.get(id)!),
  };
}

/** rendezvous-hash asks all nodes with MD5; its nodes are the keys of an object. */
export async function peerRendezvous(
  bench: Bench,
  ids: readonly string[],
): Promise<((key: string) => string) | undefined> {
  const select = await load<(key: string, nodes: Record<string, string>) => string>(bench, "rendezvous-hash");
  const nodes = Object.fromEntries(ids.map((id) => [id, id]));
  return select && ((key) => select(key, nodes));
}

/** jumphash hashes strings with SHA-1 and jumps with big-number objects. */
export async function peerJump(
  bench: Bench,
  ids: readonly string[],
): Promise<((key: string) => string) | undefined> {
  const jump = await load<(key: string, buckets: number) => number>(bench, "jumphash");
  return jump && ((key) => ids[jump(key, ids.length)]!);
}
