import type { Host } from "@coterie/host";
import type { Codec } from "@coterie/transport";
import { MalformedMessageError } from "../errors.ts";
import { TreeMessage as Wire } from "../gen/dissemination.ts";
import type { Item } from "../news/core.ts";
import { checkId, idBytesMax, readItem, writeItem } from "../news/item.ts";
import { type News, NewsNode } from "../news/node.ts";
import { count, name, positive } from "../options.ts";
import type { Peers } from "../peers.ts";
import { BroadcastCore, type TreeMessage } from "./core.ts";

/** Options of `createBroadcast`. Durations in milliseconds. */
export interface BroadcastOptions<Message> {
  /** This node's links: an overlay of few, mutual links a node, such as `ringNeighbours` gives. */
  readonly neighbours: Peers;
  readonly codec: Codec<Message>;
  /** Tells several of these on one host apart. The same on every node. Default: `broadcast`. */
  readonly name?: string;
  /** How long announcements wait for others to the same neighbour. Default: 50. */
  readonly lazyIntervalMs?: number;
  /** How long an announced message may take to come before it is asked for. Default: 500. */
  readonly graftTimeoutMs?: number;
  /** A link that announced a message this many hops sooner than it came replaces the one it came by. Default: 3. */
  readonly optimiseHops?: number;
  /** Longest message of the app, in bytes. Default: 1 MiB. */
  readonly payloadBytesMax?: number;
  /** Bytes of messages kept for neighbours that ask for them. Default: 16 MiB. */
  readonly keepBytesMax?: number;
  /** Announced messages waited for. Default: 4,096. */
  readonly missingMax?: number;
  /** Ids remembered. A message that comes back later than that is handed over again. Default: 65,536. */
  readonly rememberMax?: number;
}

/**
 * Broadcasts along trees that mend themselves: for large messages, as each node gets them once. Throws `OptionError`, and
 * `ChannelInUseError` for a name in use.
 */
export function createBroadcast<Message>(host: Host, options: BroadcastOptions<Message>): News<Message> {
  const { neighbours, codec, lazyIntervalMs = 50, graftTimeoutMs = 500, optimiseHops = 3 } = options;
  const {
    payloadBytesMax = 2 ** 20,
    keepBytesMax = 2 ** 24,
    missingMax = 4_096,
    rememberMax = 65_536,
  } = options;
  const channel = name("name", options.name ?? "broadcast");
  positive({ lazyIntervalMs, graftTimeoutMs });
  count({ optimiseHops, payloadBytesMax, keepBytesMax, missingMax, rememberMax });
  const core = new BroadcastCore<Item<Message>>({
    id: host.id,
    neighbours,
    idOf: ({ id }) => id,
    bytesOf: ({ payload }) => payload.length + idBytesMax,
    lazyIntervalMs,
    graftTimeoutMs,
    optimiseHops,
    keepBytesMax,
    missingMax,
    rememberMax,
  });
  return new NewsNode(host, {
    name: `gossip:${channel}`,
    codec,
    bytesMax: payloadBytesMax,
    wire: treeCodec(codec, payloadBytesMax),
    channel: { droppable: true, lane: "bulk" },
    core,
  });
}

function treeCodec<Message>(codec: Codec<Message>, bytesMax: number): Codec<TreeMessage<Item<Message>>> {
  return {
    encode: (message, writer) => Wire.encode({ kind: kindOf(message) }, writer),
    decode(input, length) {
      const { kind } = Wire.decode(input, length);
      switch (kind?.$case) {
        case "gossip":
          return {
            $case: "gossip",
            value: { item: readItem(kind.value, codec, bytesMax), hops: kind.value.hops },
          };
        case "iHave":
          for (const { id } of kind.value.announcements) checkId(id);
          return { $case: "iHave", value: kind.value.announcements };
        case "graft":
          return { $case: "graft", value: kind.value.id };
        case "prune":
          return { $case: "prune" };
        default:
          throw new MalformedMessageError("it is empty");
      }
    },
  };
}

function kindOf<Message>(message: TreeMessage<Item<Message>>): NonNullable<Wire["kind"]> {
  switch (message.$case) {
    case "gossip":
      return { $case: "gossip", value: writeItem(message.value.item, message.value.hops) };
    case "iHave":
      return { $case: "iHave", value: { announcements: [...message.value] } };
    case "graft":
      return { $case: "graft", value: { id: message.value } };
    case "prune":
      return { $case: "prune", value: {} };
  }
}
