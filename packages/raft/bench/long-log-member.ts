// A process that fills the log of a group of one, or starts on it: its parent measures what that takes.
import { createHost } from "@coterie/host";
import { bytes, type StateMachine } from "@coterie/state-machine";
import { createRaft } from "../src/index.ts";
import type { LongLogFigures } from "./long-log.ts";

const [directory = "", task = "", count = "0"] = process.argv.slice(2);
const commandBytes = 100;
const atOnce = 4_096;
const none = new Uint8Array();

/** Keeps nothing: what is measured is the log. */
class Tally implements StateMachine<Uint8Array, Uint8Array, null, number> {
  readonly commands = bytes;
  readonly results = bytes;
  #applied = 0;
  apply(): Uint8Array {
    this.#applied++;
    return none;
  }
  query(): number {
    return this.#applied;
  }
  snapshot(): Iterable<Uint8Array> {
    return [];
  }
  async restore(): Promise<void> {}
}

const residentBytes = (): number => process.memoryUsage().rss;

const host = await createHost({ id: "a", listen: "tcp://127.0.0.1:*", directory });
host.failed.addEventListener("abort", () => {
  console.error(host.failed.reason);
  process.exit(1);
});
const before = residentBytes();
const began = performance.now();
const raft = await createRaft<Uint8Array, Uint8Array, null, number>(host, {
  group: "long",
  voters: ["a"],
  stateMachine: new Tally(),
  // None: the whole log stays.
  snapshotEntries: 2 ** 40,
  snapshotBytes: 2 ** 50,
});
const startMs = performance.now() - began;
if (task === "fill") {
  let left = Number(count);
  const command = new Uint8Array(commandBytes);
  const client = async (): Promise<void> => {
    while (left-- > 0) await raft.propose(command, { timeoutMs: 60_000 });
  };
  await Promise.all(Array.from({ length: atOnce }, client));
} else {
  await raft.read(null, { timeoutMs: 60_000 });
}
const appliedMs = performance.now() - began;
await new Promise((resolve) => setTimeout(resolve, 3_000));
process.send?.({ startMs, appliedMs, before, idle: residentBytes() } satisfies LongLogFigures);
await raft[Symbol.asyncDispose]();
await host[Symbol.asyncDispose]();
process.disconnect?.();
