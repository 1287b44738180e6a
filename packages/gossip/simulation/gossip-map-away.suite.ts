import { jsonCodec, type Suite } from "@coterie/simulation";
import { createReplicatedMap } from "../src/index.ts";
import { type MapCall, type Member, suite as map } from "./gossip-map.suite.ts";

/**
 * The map when hardly anything is kept: certificates are forgotten in less time than one exchange may take, and nodes
 * are cut off, stopped and crashed all the while. What this finds are nodes that are trusted though they should not be.
 */
export const suite: Suite<Member, MapCall> = {
  ...map,
  name: "gossip-map-away",
  nodes: [4, 6],
  node: async (host, nodes) => ({
    id: host.id,
    map: await createReplicatedMap<number>(host, {
      peers: nodes,
      codec: jsonCodec<number>(),
      intervalMs: 100,
      answerTimeoutMs: 400,
      certificateMs: 150,
      dormantMs: 50,
      dormantCopies: 1,
      driftMaxMs: 1_000_000,
      treeDepth: 1,
      messageBytesMax: 60,
      journalSegmentBytes: 32_768,
      rumors: { periodMs: 50, k: 1 },
    }),
    deletions: new Map(),
    acknowledged: new Map(),
  }),
  faults: ["partition", "crash", "freeze", "pause", "delay", "slow", "loss"],
  intensity: 2,
  calls: 200,
};
