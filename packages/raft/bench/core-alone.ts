import { seededRandom } from "@coterie/host";
import type { RaftEffect } from "../src/core/effects.ts";
import { Log, logStart } from "../src/core/log.ts";
import { defaultCoreOptions } from "../src/core/options.ts";
import { RaftCore } from "../src/core/raft.ts";
import type { Message } from "../src/gen/raft.ts";

const ids = ["a", "b", "c"];
const valueBytes = 100;
const keptEntries = 10_000;

/** Entries per second that three cores in one process commit and hand out, in batches, without any input or output. */
export function entriesPerSecond(batch: number, entries: number): number {
  const cores = new Map(ids.map((id) => [id, newCore(id)]));
  const network: { from: string; to: string; message: Message }[] = [];
  let handedOut = 0;
  let now = 0;

  const carryOut = (id: string, effects: readonly RaftEffect[]): void => {
    for (const effect of effects) {
      if (effect.type === "send") network.push({ from: id, to: effect.to, message: effect.message });
      else if (effect.type === "persist") carryOut(id, effect.whenDurable);
      else if (effect.type === "stored") cores.get(id)!.stored(effect, now);
      else if (effect.type === "apply") {
        handedOut += effect.entries.length;
        const { index } = effect.entries.at(-1)!;
        cores.get(id)!.applied(index);
        cores.get(id)!.compact(index - keptEntries);
      }
    }
  };
  const drain = (id: string): void => {
    for (let effects = cores.get(id)!.drain(); effects.length > 0; effects = cores.get(id)!.drain())
      carryOut(id, effects);
  };
  const settle = (): void => {
    for (let at = 0; at < network.length; at++) {
      const { from, to, message } = network[at]!;
      cores.get(to)!.receive(from, message, now);
      drain(to);
    }
    network.length = 0;
  };

  now = 10_000;
  cores.get("a")!.advance(now);
  drain("a");
  settle();
  const data = new Uint8Array(valueBytes);
  handedOut = 0;
  const began = performance.now();
  for (let proposed = 0; proposed < entries; proposed += batch) {
    for (let i = 0; i < batch; i++) cores.get("a")!.propose(data, now);
    drain("a");
    settle();
  }
  const seconds = (performance.now() - began) / 1000;
  if (handedOut < entries * ids.length)
    throw new Error(`only ${handedOut} of ${entries * ids.length} were handed out`);
  return entries / seconds;
}

function newCore(id: string): RaftCore {
  const voters = ids.map((voter) => ({ id: voter, address: "" }));
  const recovered = {
    term: 0,
    vote: null,
    log: new Log(),
    snapshot: logStart,
    applied: logStart,
    replaced: false,
    configurationIndex: 0,
    configurations: [],
    configuration: { voters, outgoing: [], learners: [] },
  };
  return new RaftCore({ ...defaultCoreOptions, id, epoch: 1 }, seededRandom(id), recovered, 0);
}
