import { isIP } from "node:net";
import { isNodeId, type NodeId } from "@coterie/transport";
import { SettingsError } from "../errors.ts";

/** Where to listen, on an interface of this machine. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What one node must know to start. */
export interface NodeSettings {
  readonly id: NodeId;
  /** Names the cluster. A folder of another cluster is refused. */
  readonly cluster: string;
  /** Everything durable of this node is in it. */
  readonly directory: string;
  readonly http: Endpoint;
  /** The names of all nodes, this one too: who votes is never found out, but said. */
  readonly voters: readonly NodeId[];
  /** Where this node listens, and where it reaches those that it need not look for. */
  readonly peers: ReadonlyMap<NodeId, string>;
  /** Where some nodes listen, by which all others are found; empty when `peers` says where all are. */
  readonly seeds: readonly string[];
  /** The folder with this node's keys; without one, links are neither encrypted nor authenticated. */
  readonly keys: string | undefined;
}

/** Settings as they stand on a command line. */
export interface NodeFlags {
  readonly id: string;
  readonly cluster: string;
  readonly directory: string;
  /** `HOST:PORT`, or a port on loopback. */
  readonly http: string;
  /** `ID=tcp://HOST:PORT,...`; with seeds, `ID` is enough for all but this node. */
  readonly peers: string;
  /** `tcp://HOST:PORT,...`: one is enough, more are for the day on which that one is down. */
  readonly seeds?: string;
  /** A folder made by `coterie keygen`. */
  readonly keys?: string;
}

/** Throws `SettingsError` for what cannot name a node or a cluster. */
export function checkName(flag: string, value: string): string {
  if (isNodeId(value)) return value;
  throw new SettingsError(
    `--${flag} ${JSON.stringify(value)}: use 1 to 64 of the characters A-Z a-z 0-9 . _ -`,
  );
}

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `PORT`; a port alone is on loopback. Throws `SettingsError`. */
export function parseEndpoint(flag: string, text: string): Endpoint {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? "127.0.0.1";
  const known = bracketed === undefined || isIP(bracketed) === 6;
  if (digits !== undefined && port <= 65_535 && known) return { host, port };
  throw new SettingsError(`--${flag} ${JSON.stringify(text)}: write HOST:PORT, for instance 127.0.0.1:7101`);
}

const addressPattern = /^tcp:\/\/[^,\s]+:\d{1,5}$/;

interface Peers {
  readonly voters: readonly NodeId[];
  readonly peers: ReadonlyMap<NodeId, string>;
}

function parsePeers(text: string, seeded: boolean): Peers {
  const voters: NodeId[] = [];
  const peers = new Map<NodeId, string>();
  for (const part of text.split(",")) {
    const [named = "", address] = part.trim().split("=");
    if (address === undefined ? !seeded : !addressPattern.test(address))
      throw new SettingsError(`--peers: ${JSON.stringify(part)} is not ID=tcp://HOST:PORT`);
    const id = checkName("peers", named);
    if (voters.includes(id)) throw new SettingsError(`--peers names ${id} twice`);
    if (address !== undefined && [...peers.values()].includes(address))
      throw new SettingsError(`--peers gives ${address} to two nodes: each needs its own`);
    voters.push(id);
    if (address !== undefined) peers.set(id, address);
  }
  return { voters, peers };
}

/** Throws `SettingsError`, whose message says which flag to mend. */
export function parseSettings(flags: NodeFlags): NodeSettings {
  const id = checkName("id", flags.id);
  const cluster = checkName("cluster", flags.cluster);
  const { directory, keys } = flags;
  const seeds = flags.seeds?.split(",") ?? [];
  for (const seed of seeds)
    if (!addressPattern.test(seed))
      throw new SettingsError(`--seeds ${JSON.stringify(seed)}: write tcp://HOST:PORT`);
  const { voters, peers } = parsePeers(flags.peers, seeds.length > 0);
  if (!peers.has(id))
    throw new SettingsError(`--peers has no address for this node: add ${id}=tcp://HOST:PORT to it`);
  const http = parseEndpoint("http", flags.http);
  return { id, cluster, directory, http, voters, peers, seeds, keys };
}
