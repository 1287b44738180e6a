import { createMembership } from "@coterie/gossip";
import { createHost, type Host } from "@coterie/host";
import { createRaft } from "@coterie/raft";
import type { Logger } from "pino";
import { SettingsError } from "../errors.ts";
import { createServer } from "../http/server.ts";
import { readKeys } from "../keys/keyring.ts";
import { keyBytesMax, Store, valueBytesMax } from "../store/store.ts";
import { RaftStore } from "./raft-store.ts";
import type { Endpoint, NodeSettings } from "./settings.ts";

/** A node that serves. Disposing of it stops it cleanly. */
export interface RunningNode extends AsyncDisposable {
  /** Aborted, with the reason, when the node cannot go on by itself. */
  readonly failed: AbortSignal;
}

/** The one Raft group that the nodes of a cluster are members of. */
export const groupName = "kv";

/** What a command adds to its key and value in the log. */
const commandOverheadBytes = 1024;

/**
 * Bytes of writes that wait on one node, and on the leader: beyond them writes are refused, and clients come again.
 * What waits must stay well below what the journal takes at once, or a burst of large values would stop the leader.
 */
const pendingBytesMax: number = 16 * 1024 * 1024;
const uncommittedBytesMax: number = 32 * 1024 * 1024;

async function listen(server: ReturnType<typeof createServer>, { host, port }: Endpoint): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") throw error;
    const why = code === "EADDRINUSE" ? "is in use by another process" : `cannot be listened on (${code})`;
    throw new SettingsError(`${host}:${port} ${why}: choose another address with --http`, { cause: error });
  }
}

/**
 * Starts one node: its host, its member of the Raft group, its HTTP face. Throws when anything of it is
 * not as it must be; nothing keeps running then.
 */
export async function startNode(settings: NodeSettings, logger: Logger): Promise<RunningNode> {
  const { id, cluster, directory, voters, peers, seeds, keys } = settings;
  const security = keys === undefined ? undefined : await readKeys(keys, id);
  await using starting = new AsyncDisposableStack();
  const host = starting.use(
    await createHost({
      id,
      cluster,
      listen: peers.get(id)!,
      directory,
      peers: Object.fromEntries(peers),
      ...(security && { transport: { security } }),
    }),
  );
  if (seeds.length > 0) starting.use(findOthers(host, settings, logger));
  const store = new Store();
  const raft = starting.use(
    await createRaft(host, {
      group: groupName,
      voters,
      stateMachine: store,
      commandBytesMax: keyBytesMax + valueBytesMax + commandOverheadBytes,
      pendingBytesMax,
      uncommittedBytesMax,
    }),
  );
  raft.on("role", (event) => logger.info(event, "role"));
  raft.on("disagreement", (event) => logger.error(event, "another node was started with other peers"));
  raft.on("snapshot", (event) => logger.info(event, "snapshot taken"));
  raft.on("restored", (event) => logger.info(event, "restored from the leader's snapshot"));
  const failure = (): Error | undefined => (host.failed.aborted ? (host.failed.reason as Error) : undefined);
  const server = createServer(new RaftStore(host, raft, store), { cluster, logger, failure });
  starting.defer(() => server.close());
  await listen(server, settings.http);
  logger.info({ http: settings.http, listen: peers.get(id), directory }, "serving");
  const running = starting.move();
  return { failed: host.failed, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Gossip finds where the others listen, and tells the host, which is all that Raft needs. */
function findOthers(host: Host, { cluster, seeds }: NodeSettings, logger: Logger): AsyncDisposable {
  const members = createMembership(host, { cluster, seeds });
  for (const change of ["joined", "suspected", "failed", "left"] as const)
    members.on(change, ({ id, address }) => logger.info({ id, address }, `member ${change}`));
  members.on("conflict", ({ address }) => logger.error({ address }, "another node has this node's name"));
  return members;
}
