import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreClient } from "../client/client.ts";
import { countLines, type Line, linesOf } from "../client/lines.ts";
import { forEachConcurrently } from "../client/pool.ts";
import { ClusterUnreachableError, SettingsError } from "../errors.ts";
import { type Leadership, watchLeadership } from "../supervisor/leadership.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { progress, table } from "./output.ts";

export interface OnceOptions {
  readonly input: string;
  readonly nodes: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly secure?: boolean;
  readonly say: (text: string) => void;
  /** Ends the run before its time: the nodes are stopped, their folders removed, and the process ends. */
  readonly signal: AbortSignal;
}

/** What a shell reports of a process that Ctrl-C ended. */
const interruptedCode = 130;

/** Below three there is no majority without the leader. */
const nodesMin = 3;

interface Written {
  readonly lines: number;
  /** Numbers of the lines whose write was acknowledged. */
  readonly acknowledged: ReadonlySet<number>;
  /** The node that was written through. */
  readonly through: string;
  readonly leadership: Leadership;
}

async function* atMost(lines: AsyncIterable<Line>, count: number): AsyncGenerator<Line> {
  // A log file may have grown since its lines were counted.
  for await (const line of lines) {
    if (line.number > count) return;
    yield line;
  }
}

/**
 * Writes every line through one node that does not lead, and kills the leader when half of them are through. A line that
 * nobody acknowledged in time is left out: it may be there or not.
 */
async function write(supervisor: Supervisor, lines: number, options: OnceOptions): Promise<Written> {
  const first = await supervisor.leader();
  const followers = supervisor.members.filter((member) => member.id !== first.id);
  const through = followers[0]!.id;
  const urls = followers.map((member) => member.url);
  const client = new StoreClient(urls, { timeoutMs: 60_000, repeatWrites: true });
  options.say(`loading ${lines} lines of ${options.input} through ${through}; ${first.id} leads`);
  using watch = watchLeadership(supervisor);
  using bar = progress("writing", lines);
  const acknowledged = new Set<number>();
  let ended = 0;
  let killed: Promise<void> | undefined;
  const killLeader = async (): Promise<void> => {
    const { id, term } = await supervisor.leader();
    const { pid } = supervisor.member(id);
    await supervisor.kill(supervisor.member(id));
    options.say(`killed ${id} (pid ${pid}), the leader of term ${term}, after ${ended} writes`);
  };
  await forEachConcurrently(atMost(linesOf(options.input), lines), options.concurrency, async (line) => {
    try {
      await client.put(line.key, line.value);
      acknowledged.add(line.number);
    } catch (error) {
      if (!(error instanceof ClusterUnreachableError)) throw error;
    }
    bar.set(++ended);
    if (ended < lines / 2 || killed) return;
    // Not waited for here: the other writes are to be in full flow when the leader goes.
    killed = killLeader();
    killed.catch(() => {});
  });
  await killed;
  // There is a leader again, but the watch may not have seen it yet.
  await supervisor.leader();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { lines, acknowledged, through, leadership: watch.seen() };
}

/** Reads every acknowledged line back from another node and gives the numbers of those that are not as written. */
async function findLost(supervisor: Supervisor, written: Written, options: OnceOptions): Promise<number[]> {
  const reader = supervisor.running.find((member) => member.id !== written.through)!;
  options.say(`reading ${written.acknowledged.size} keys back from ${reader.id}, linearizable`);
  const client = new StoreClient([reader.url], { timeoutMs: 30_000 });
  using bar = progress("reading", written.acknowledged.size);
  const lost: number[] = [];
  let read = 0;
  await forEachConcurrently(
    atMost(linesOf(options.input), written.lines),
    options.concurrency,
    async (line) => {
      if (!written.acknowledged.has(line.number)) return;
      const found = await client.get(line.key, "linearizable");
      if (!found || Buffer.compare(found.value, line.value) !== 0) lost.push(line.number);
      bar.set(++read);
    },
  );
  return lost;
}

/**
 * Proves on a real file that a cluster loses nothing it has acknowledged when its leader is killed half-way. The nodes
 * run on free ports in a temporary folder, which is kept when something went wrong. Gives the exit code.
 */
export async function once(options: OnceOptions): Promise<number> {
  if (options.nodes < nodesMin)
    throw new SettingsError(`--once kills a node: it needs at least ${nodesMin}, not ${options.nodes}`);
  const lines = await countLines(options.input);
  if (lines === 0) throw new SettingsError(`${options.input} has no lines: there is nothing to load`);
  const directory = await mkdtemp(join(tmpdir(), "coterie-once-"));
  let ok = false;
  try {
    const layout = {
      nodes: options.nodes,
      cluster: "once",
      directory,
      port: 0,
      secure: options.secure ?? false,
    };
    await using supervisor = await Supervisor.create(layout, {
      onEnded: (member, ending) => options.say(`${member.id} ended: ${ending.lastWords || ending.signal}`),
    });
    options.signal.addEventListener("abort", async () => {
      await supervisor.stop();
      await rm(directory, { recursive: true, force: true });
      process.exit(interruptedCode);
    });
    await supervisor.start();
    const written = await write(supervisor, lines, options);
    const lost = await findLost(supervisor, written, options);
    const { elections, withoutLeaderMs } = written.leadership;
    const head = ["written", "acknowledged", "lost", "elections", "ms without a leader"];
    const row = [lines, written.acknowledged.size, lost.length, elections, withoutLeaderMs];
    options.say(table(head, [row]));
    ok = lost.length === 0 && written.acknowledged.size === lines;
    if (lost.length > 0) options.say(`lost lines: ${lost.slice(0, 20).join(", ")}`);
  } finally {
    if (ok) await rm(directory, { recursive: true, force: true });
    else if (!options.signal.aborted) options.say(`the nodes' folders and logs are kept in ${directory}`);
  }
  return ok ? 0 : 1;
}
