// What the contract's cases are made of.
import { ok } from "node:assert/strict";
import type { Channel, NodeId, Transport } from "../transport.ts";
import type { RoadUnderTest } from "./road.ts";

export type Heard = [from: NodeId, message: string][];

export function listen(channel: Channel<string>): Heard {
  const heard: Heard = [];
  channel.receive((from, message) => heard.push([from, message]));
  return heard;
}

export async function until(road: RoadUnderTest, condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 10_000 && !condition(); waited += 10) await road.pass(10);
  ok(condition(), what);
}

export function introduce(...transports: Transport[]): void {
  for (const one of transports)
    for (const other of transports) if (one !== other) one.connect(other.id, other.address);
}

/** Two transports that know each other and are through with making their links. */
export async function pair(road: RoadUnderTest): Promise<[Transport, Transport]> {
  const a = await road.transport("a");
  const b = await road.transport("b");
  introduce(a, b);
  return [a, b];
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `message ${i}`);
}
