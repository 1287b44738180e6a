// The other process: runs the far end of every road until its parent goes.
import type { KeyPair } from "@coterie/transport";
import { farCoterie } from "./roads/coterie.ts";
import { farGrpc } from "./roads/grpc.ts";
import { farNet } from "./roads/net.ts";
import type { FarRoad } from "./roads/road.ts";
import { farZeromq } from "./roads/zeromq.ts";

const peersFolder = process.argv[2]!;
const withoutPeer = process.argv[3] === "without-grpc";
const keys = JSON.parse(process.argv[4]!) as Record<"near" | "far", KeyPair>;
const trusted = new Map(Object.entries(keys).map(([id, { publicKey }]) => [id, publicKey]));
const roads: Record<string, FarRoad | undefined> = {
  coterie: await farCoterie(),
  curve: await farCoterie({ security: { ...keys.far, peers: trusted } }),
  zeromq: await farZeromq(),
  net: await farNet(),
  grpc: withoutPeer ? undefined : await farGrpc(peersFolder),
};

process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
process.on("message", ({ road, count }: { road: string; count: number }) => {
  if (road === "stall") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, count);
  else {
    roads[road]!.expect(count, () => process.send!("done"));
    process.send!("ready");
  }
});
process.send!(Object.fromEntries(Object.entries(roads).map(([name, road]) => [name, road?.address])));
