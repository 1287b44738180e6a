import { join } from "node:path";
import { makeKeys } from "../keys/keyring.ts";
import type { NodeSettings } from "../node/settings.ts";
import { freePorts } from "./ports.ts";

export interface LayoutOptions {
  readonly nodes: number;
  readonly cluster: string;
  /** Each node gets a folder of its own in it. */
  readonly directory: string;
  /** HTTP from this port upwards, and the peers' ports above those; 0 takes ports that are free now. */
  readonly port: number;
  /** Encrypts and authenticates the links, with keys made in `keys` below `directory`. Default: false. */
  readonly secure?: boolean;
  /** Where one node is to reach another that listens at `address`, for something between them. Default: there. */
  readonly between?: (from: string, to: string, address: string) => Promise<string>;
}

const host = "127.0.0.1";
/** One is enough; the second is for the day on which the first is down. */
const seedCount = 2;

/** Who the nodes are and where they listen: all of them on loopback. */
export async function layOut(options: LayoutOptions): Promise<NodeSettings[]> {
  const { nodes, cluster, directory, port, secure = false } = options;
  const ports =
    port === 0 ? await freePorts(2 * nodes, host) : Array.from({ length: 2 * nodes }, (_, i) => port + i);
  const ids = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
  const peers = new Map(ids.map((id, i) => [id, `tcp://${host}:${ports[nodes + i]}`]));
  const keys = secure ? join(directory, "keys") : undefined;
  if (keys !== undefined) await makeKeys(keys, ids);
  return await Promise.all(
    ids.map(async (id, i) => ({
      id,
      cluster,
      directory: join(directory, id),
      http: { host, port: ports[i]! },
      voters: ids,
      peers: await peersOf(id, peers, options.between),
      // What stands between two nodes is known to those two alone: gossip would lead around it.
      seeds: options.between === undefined ? [...peers.values()].slice(0, seedCount) : [],
      keys,
    })),
  );
}

/** Where a node listens; and where it reaches each of the others, unless it is to find that out by itself. */
async function peersOf(
  id: string,
  listens: ReadonlyMap<string, string>,
  between: LayoutOptions["between"],
): Promise<ReadonlyMap<string, string>> {
  if (between === undefined) return new Map([[id, listens.get(id)!]]);
  const peers = new Map<string, string>();
  for (const [peer, address] of listens)
    peers.set(peer, peer === id ? address : await between(id, peer, address));
  return peers;
}
