import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreClient } from "../client/client.ts";
import { countLines, type Line, linesOf } from "../client/lines.ts";
import { forEachConcurrently } from "../client/pool.ts";
import { SettingsError } from "../errors.ts";
import { type Leadership, watchLeadership } from "../supervisor/leadership.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { progress, table } from "./output.ts";

export interface OnceOptions {
  readonly input: string;
  readonly nodes: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly say: (text: string) => void;
  /** Ends the run before its time: the nodes are stopped, their folders removed, and the process ends. */
  readonly signal: AbortSignal;
}

/** What a shell reports of a process that Ctrl-C ended. */
const interruptedCode = 130;

interface Written {
  readonly lines: number;
  /** Numbers of the lines whose write was acknowledged. */
  readonly acknowledged: ReadonlySet<number>;
  readonly killed: string;
  readonly leadership: Leadership;
}

async function* atMost(lines: AsyncIterable<Line>, count: number): AsyncGenerator<Line> {
  // A log file may have grown since its lines were counted.
  for await (const line of lines) {
    if (line.number > count) return;
    yield line;
  }
}

/** Writes every line through one node that does not lead, and kills the leader when half of them are acknowledged. */
async function write(supervisor: Supervisor, lines: number, options: OnceOptions): Promise<Written> {
  const first = await supervisor.leader();
  const followers = supervisor.members.filter((member) => member.id !== first.id);
  const client = new StoreClient(
    followers.map((member) => member.url),
    { timeoutMs: 60_000 },
  );
  options.say(`loading ${lines} lines of ${options.input} through ${followers[0]!.id}; ${first.id} leads`);
  using watch = watchLeadership(supervisor);
  using bar = progress("writing", lines);
  const acknowledged = new Set<number>();
  let killed: Promise<string> | undefined;
  const killLeader = async (): Promise<string> => {
    const { id, term } = await supervisor.leader();
    const { pid } = supervisor.member(id);
    await supervisor.kill(supervisor.member(id));
    options.say(`killed ${id} (pid ${pid}), the leader of term ${term}, after ${acknowledged.size} writes`);
    return id;
  };
  await forEachConcurrently(atMost(linesOf(options.input), lines), options.concurrency, async (line) => {
    await client.put(line.key, line.value);
    acknowledged.add(line.number);
    bar.set(acknowledged.size);
    if (acknowledged.size >= lines / 2) killed ??= killLeader();
  });
  const id = await killed!;
  // With the last write acknowledged there is a leader again, but the watch may not have seen it yet.
  await supervisor.leader();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { lines, acknowledged, killed: id, leadership: watch.seen() };
}

/** Reads every acknowledged line back from another node and gives the numbers of those that are not as written. */
async function findLost(supervisor: Supervisor, written: Written, options: OnceOptions): Promise<number[]> {
  const reader = supervisor.running.at(-1)!;
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
 * run on free ports in a temporary folder, which is kept when something was lost. Gives the exit code.
 */
export async function once(options: OnceOptions): Promise<number> {
  const lines = await countLines(options.input);
  if (lines === 0) throw new SettingsError(`${options.input} has no lines: there is nothing to load`);
  const directory = await mkdtemp(join(tmpdir(), "coterie-once-"));
  let ok = false;
  try {
    const layout = { nodes: options.nodes, cluster: "once", directory, port: 0 };
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
    if (lost.length > 0)
      options.say(`lost lines: ${lost.slice(0, 20).join(", ")}; the folders are kept in ${directory}`);
  } finally {
    if (ok) await rm(directory, { recursive: true, force: true });
  }
  return ok ? 0 : 1;
}
