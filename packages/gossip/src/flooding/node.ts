import type { Host } from "@coterie/host";
import type { Codec } from "@coterie/transport";
import { MalformedMessageError, OptionError } from "../errors.ts";
import { FloodMessage } from "../gen/dissemination.ts";
import type { Item } from "../news/core.ts";
import { readItem, writeItem } from "../news/item.ts";
import { type News, NewsNode } from "../news/node.ts";
import { count, name } from "../options.ts";
import type { Peers } from "../peers.ts";
import { type Flooded, FloodingCore, type Forwarding } from "./core.ts";

/** Options of `createFlooding`. */
export interface FloodingOptions<Message> {
  /** Who this node passes messages on to: an overlay of few links a node, such as `ringNeighbours` gives. */
  readonly neighbours: Peers;
  readonly codec: Codec<Message>;
  /** Tells several of these on one host apart. The same on every node. Default: `flooding`. */
  readonly name?: string;
  /** Probability for each neighbour, or so many neighbours on average. Default: `{ probability: 1 }`. */
  readonly forwarding?: Forwarding;
  /** Nodes at fewer hops than this pass on to every neighbour. Default: 2. */
  readonly certainHops?: number;
  /** A message goes no further than this. Default: 64. */
  readonly hopsMax?: number;
  /** Longest message of the app, in bytes. Default: 16,384. */
  readonly payloadBytesMax?: number;
  /** Ids remembered. A message that comes back later than that is handed over again. Default: 65,536. */
  readonly rememberMax?: number;
}

/**
 * Passes each message on along every link, or along some by chance: the quickest way to everybody, and the dearest.
 * Nothing is sent again. Throws `OptionError`, and `ChannelInUseError` for a name in use.
 */
export function createFlooding<Message>(host: Host, options: FloodingOptions<Message>): News<Message> {
  const { neighbours, codec, forwarding = { probability: 1 }, certainHops = 2, hopsMax = 64 } = options;
  const { payloadBytesMax = 16_384, rememberMax = 65_536 } = options;
  const channel = name("name", options.name ?? "flooding");
  count({ hopsMax, payloadBytesMax, rememberMax });
  if (!(certainHops >= 0))
    throw new OptionError(`certainHops is a number of at least 0, not ${certainHops}.`);
  checkForwarding(forwarding);
  const core = new FloodingCore<Item<Message>>({
    id: host.id,
    neighbours,
    random: host.random.fork(`gossip/flooding/${channel}`),
    idOf: ({ id }) => id,
    forwarding,
    certainHops,
    hopsMax,
    rememberMax,
  });
  return new NewsNode(host, {
    name: `gossip:${channel}`,
    codec,
    bytesMax: payloadBytesMax,
    wire: floodCodec(codec, payloadBytesMax),
    channel: { droppable: true },
    core,
  });
}

function checkForwarding(forwarding: Forwarding): void {
  if ("probability" in forwarding) {
    const { probability } = forwarding;
    if (!(probability >= 0 && probability <= 1))
      throw new OptionError(`forwarding.probability is 0 to 1, not ${probability}.`);
  } else if (!(forwarding.byDegree > 0))
    throw new OptionError(`forwarding.byDegree is a positive number, not ${forwarding.byDegree}.`);
}

function floodCodec<Message>(codec: Codec<Message>, bytesMax: number): Codec<Flooded<Item<Message>>> {
  return {
    encode: ({ item, hops }, writer) => FloodMessage.encode({ news: writeItem(item, hops) }, writer),
    decode(input, length) {
      const { news } = FloodMessage.decode(input, length);
      if (news === undefined) throw new MalformedMessageError("it is empty");
      return { item: readItem(news, codec, bytesMax), hops: news.hops };
    },
  };
}
