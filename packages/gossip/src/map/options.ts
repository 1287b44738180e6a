import type { Codec } from "@coterie/transport";
import { OptionError } from "../errors.ts";
import { count, name, positive } from "../options.ts";
import type { Peers } from "../peers.ts";
import type { Mongering } from "../rumor/core.ts";
import type { MapCoreOptions } from "./core.ts";

/** Options of `createReplicatedMap`. Durations in milliseconds. Those marked (same) must be the same on every node. */
export interface ReplicatedMapOptions<Value> {
  /** Who else has the map: see `Peers`. */
  readonly peers: Peers;
  /** How values become bytes. (same) */
  readonly codec: Codec<Value>;
  /** Tells several maps on one host apart. Default: `map`. (same) */
  readonly name?: string;
  /** Whether writes are on disk before they are answered, and there after a restart. Default: true. */
  readonly durable?: boolean;
  /** What an exchange with a peer does: give what it lacks, take what this node lacks, or both. Default: `push-pull`. */
  readonly mode?: "push" | "pull" | "push-pull";
  /** From one exchange that this node begins to the next. Default: 1,000. */
  readonly intervalMs?: number;
  /** How long a peer may leave a request of an exchange unanswered. Default: 1,000. */
  readonly answerTimeoutMs?: number;
  /** How rumors of writes lose interest. Default: feedback and coin, k = 2. */
  readonly rumors?: Partial<Mongering> & { readonly fanout?: number; readonly periodMs?: number };
  /** How long a deletion is told to everybody. Default: one day. (same) */
  readonly certificateMs?: number;
  /** How long it sleeps after that, and wakes when what it deleted returns. Default: 30 days. (same) */
  readonly dormantMs?: number;
  /** On how many nodes it sleeps. Default: on all. (same) */
  readonly dormantCopies?: number;
  /** How far another node's clock may be ahead of this one's before its writes have to wait. Default: 60,000. */
  readonly driftMaxMs?: number;
  /** Levels of the tree of digests: 16, 256, 4,096 or 65,536 leaves. Default: 3. (same) */
  readonly treeDepth?: number;
  /** Keys and certificates kept. Default: 1,000,000. */
  readonly entriesMax?: number;
  /** Longest key, in UTF-16 units. Default: 256. (same) */
  readonly keyLengthMax?: number;
  /** Longest value in bytes. Default: 65,536. (same) */
  readonly valueBytesMax?: number;
  /** A packet takes entries until it has this many bytes, and one at least. Default: 65,536. */
  readonly messageBytesMax?: number;
  /** Rumors told at a time. Default: 1,024. */
  readonly rumorsMax?: number;
  /** Size of a file of the journal. Default: 4 MiB. */
  readonly journalSegmentBytes?: number;
}

/** Every option, checked. */
export interface MapSettings<Value>
  extends Required<Omit<ReplicatedMapOptions<Value>, "rumors" | "rumorsMax">> {
  readonly rumors: MapCoreOptions["rumors"];
}

const dayMs = 86_400_000;

/** Throws `OptionError`. */
export function settle<Value>(options: ReplicatedMapOptions<Value>): MapSettings<Value> {
  const { feedback = true, loss = "coin", k = 2, fanout = 1, periodMs = 200 } = options.rumors ?? {};
  const settings: MapSettings<Value> = {
    peers: options.peers,
    codec: options.codec,
    name: name("name", options.name ?? "map"),
    durable: options.durable ?? true,
    mode: options.mode ?? "push-pull",
    intervalMs: options.intervalMs ?? 1_000,
    answerTimeoutMs: options.answerTimeoutMs ?? 1_000,
    certificateMs: options.certificateMs ?? dayMs,
    dormantMs: options.dormantMs ?? 30 * dayMs,
    dormantCopies: options.dormantCopies ?? Number.POSITIVE_INFINITY,
    driftMaxMs: options.driftMaxMs ?? 60_000,
    treeDepth: options.treeDepth ?? 3,
    entriesMax: options.entriesMax ?? 1_000_000,
    keyLengthMax: options.keyLengthMax ?? 256,
    valueBytesMax: options.valueBytesMax ?? 65_536,
    messageBytesMax: options.messageBytesMax ?? 65_536,
    journalSegmentBytes: options.journalSegmentBytes ?? 4 * 2 ** 20,
    rumors: {
      feedback,
      loss,
      k,
      fanout,
      periodMs,
      rumorsMax: options.rumorsMax ?? 1_024,
      rememberMax: 65_536,
    },
  };
  const { intervalMs, answerTimeoutMs, certificateMs, dormantMs, dormantCopies, driftMaxMs } = settings;
  const { treeDepth, entriesMax, keyLengthMax, valueBytesMax, messageBytesMax, journalSegmentBytes } =
    settings;
  const { rumorsMax } = settings.rumors;
  positive({ intervalMs, answerTimeoutMs, certificateMs, periodMs, driftMaxMs });
  count({
    treeDepth,
    entriesMax,
    keyLengthMax,
    valueBytesMax,
    messageBytesMax,
    journalSegmentBytes,
    rumorsMax,
    fanout,
  });
  if (!["push", "pull", "push-pull"].includes(settings.mode))
    throw new OptionError(`mode is push, pull or push-pull, not ${settings.mode}.`);
  if (!(k >= 1 && Number.isFinite(k)) || (loss === "counter" && !Number.isInteger(k)))
    throw new OptionError(`rumors.k is a number of at least 1, whole for a counter, not ${k}.`);
  if (!(dormantMs >= 0 && Number.isFinite(dormantMs)))
    throw new OptionError(`dormantMs is a number of at least 0, not ${dormantMs}.`);
  if (!(dormantCopies >= 0))
    throw new OptionError(`dormantCopies is a number of at least 0, not ${dormantCopies}.`);
  if (treeDepth > 4) throw new OptionError(`treeDepth is 1 to 4, not ${treeDepth}.`);
  return settings;
}
