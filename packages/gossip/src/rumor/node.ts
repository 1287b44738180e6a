import type { Host } from "@coterie/host";
import type { Codec } from "@coterie/transport";
import { OptionError } from "../errors.ts";
import { RumorsMessage } from "../gen/dissemination.ts";
import type { Item } from "../news/core.ts";
import { idBytesMax, readItem, writeItem } from "../news/item.ts";
import { type News, NewsNode } from "../news/node.ts";
import { count, name, positive } from "../options.ts";
import type { Peers } from "../peers.ts";
import { RumorCore, type RumorMessage } from "./core.ts";

/** Options of `createRumors`. */
export interface RumorsOptions<Message> {
  /** Who may be told: see `Peers`. */
  readonly peers: Peers;
  readonly codec: Codec<Message>;
  /** Tells several of these on one host apart. The same on every node. Default: `rumors`. */
  readonly name?: string;
  /** Whether only contacts that knew the rumor already count against it. Default: true. */
  readonly feedback?: boolean;
  /** How interest is lost: with probability 1/k, or by the k-th contact that counts. Default: `coin`. */
  readonly loss?: "coin" | "counter";
  /** The larger, the fewer nodes are missed and the more messages are sent. Default: 4. */
  readonly k?: number;
  /** Peers told a period. Default: 1. */
  readonly fanout?: number;
  /** Milliseconds between contacts. Default: 200. */
  readonly periodMs?: number;
  /** Longest message of the app, in bytes. Default: 16,384. */
  readonly payloadBytesMax?: number;
  /** A packet takes rumors until it has this many bytes, and one at least. Default: 32,768. */
  readonly messageBytesMax?: number;
  /** Hot rumors kept; beyond that the one told most often goes. Default: 1,024. */
  readonly rumorsMax?: number;
  /** Ids remembered. A rumor that comes back later than that is handed over again. Default: 65,536. */
  readonly rememberMax?: number;
}

/**
 * Spreads small messages by rumor mongering (Demers et al., "Epidemic algorithms for replicated database maintenance",
 * 1987, section 1.4). Reaches nearly everybody, in a time that grows with the logarithm of their number; with feedback
 * and coin a share s = e^-((k+1)(1-s)) is missed. Throws `OptionError`, and `ChannelInUseError` for a name in use.
 */
export function createRumors<Message>(host: Host, options: RumorsOptions<Message>): News<Message> {
  const { peers, codec, feedback = true, loss = "coin", k = 4, fanout = 1, periodMs = 200 } = options;
  const { payloadBytesMax = 16_384, messageBytesMax = 32_768 } = options;
  const { rumorsMax = 1_024, rememberMax = 65_536 } = options;
  const channel = name("name", options.name ?? "rumors");
  count({
    fanout,
    payloadBytesMax,
    messageBytesMax,
    rumorsMax,
    rememberMax,
    ...(loss === "counter" ? { k } : {}),
  });
  positive({ periodMs });
  if (!(k >= 1 && Number.isFinite(k))) throw new OptionError(`k is a number of at least 1, not ${k}.`);
  const core = new RumorCore<Item<Message>>({
    id: host.id,
    peers,
    random: host.random.fork(`gossip/rumors/${channel}`),
    idOf: ({ id }) => id,
    bytesOf: ({ payload }) => payload.length + idBytesMax,
    feedback,
    loss,
    k,
    fanout,
    periodMs,
    messageBytesMax,
    rumorsMax,
    rememberMax,
    contactsMax: Math.ceil(64 * k),
  });
  return new NewsNode(host, {
    name: `gossip:${channel}`,
    codec,
    bytesMax: payloadBytesMax,
    wire: rumorsCodec(codec, payloadBytesMax),
    channel: { droppable: true },
    core,
  });
}

function rumorsCodec<Message>(codec: Codec<Message>, bytesMax: number): Codec<RumorMessage<Item<Message>>> {
  return {
    encode: ({ rumors, known }, writer) =>
      RumorsMessage.encode({ rumors: rumors.map((item) => writeItem(item, 0)), known: [...known] }, writer),
    decode(input, length) {
      const { rumors, known } = RumorsMessage.decode(input, length);
      return { rumors: rumors.map((news) => readItem(news, codec, bytesMax)), known };
    },
  };
}
