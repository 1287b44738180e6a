// The storage package's journal on the faulty disk: one node, power failures, torn writes, full disks, failing syncs.
// What an append has resolved for must be replayed, in order, in every later life.
import type { Host } from "@coterie/host";
import { type Journal, openJournal } from "@coterie/storage";
import type { Invariant, Suite } from "../src/index.ts";

interface Logger {
  /** Numbers replayed when this life began. */
  readonly replayed: readonly number[];
  /** Numbers whose append has resolved in this life, in that order. */
  readonly acknowledged: readonly number[];
  append(number: number, bytes: number): Promise<void>;
}

interface Append {
  readonly number: number;
  readonly bytes: number;
}

async function startLogger(host: Host): Promise<Logger> {
  const replayed: number[] = [];
  const acknowledged: number[] = [];
  const journal: Journal = await openJournal(host.disk, {
    folder: "log",
    identity: "logger",
    segmentBytes: 16_384,
    replay: (record) => replayed.push(Buffer.from(record).readUInt32BE()),
  });
  return {
    replayed,
    acknowledged,
    async append(number, bytes) {
      const record = Buffer.alloc(4 + bytes, number & 0xff);
      record.writeUInt32BE(number);
      try {
        await journal.append([record]);
        acknowledged.push(number);
        host.reach("logger:acknowledged");
      } catch (error) {
        if ((error as { code?: string }).code === "JOURNAL_FAILED") host.fail(error as Error);
        throw error;
      }
    },
  };
}

function nothingAcknowledgedIsLost(): readonly Invariant<Logger>[] {
  let promised: number[] = [];
  let life: Logger | undefined;
  let seen = 0;
  return [
    {
      name: "nothing acknowledged is lost",
      check(node) {
        if (node !== life) {
          life = node;
          seen = 0;
          let at = 0;
          for (const number of node.replayed) if (number === promised[at]) at++;
          if (at < promised.length)
            return `${promised[at]} was acknowledged, and is not replayed in its place`;
          promised = [...node.replayed];
        }
        for (; seen < node.acknowledged.length; seen++) promised.push(node.acknowledged[seen]!);
        return undefined;
      },
    },
  ];
}

export const suite: Suite<Logger, Append> = {
  name: "journal",
  nodes: 1,
  node: startLogger,
  faults: ["crash", "pause", "disk-slow", "disk-full", "sync-fails"],
  invariants: nothingAcknowledgedIsLost,
  intensity: 2,
  calls: 400,
  durationMs: 10_000,
  workload: {
    draw: (random, { index }) => ({
      number: index,
      bytes: random.between(0, random.float() < 0.1 ? 3_000 : 200),
    }),
    perform: (node, { number, bytes }) => node.append(number, bytes),
    probe: { number: 999_999, bytes: 10 },
  },
};
