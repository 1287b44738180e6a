import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkLinearizable, drawLinearizability, formatHistory, kv } from "@coterie/checker";
import { seededRandom } from "@coterie/host";
import { Supervisor } from "../src/supervisor/supervisor.ts";
import { startClients } from "./clients.ts";
import { Links } from "./links.ts";
import { unleash } from "./nemesis.ts";

export interface ChaosOptions {
  readonly seconds: number;
  readonly nodes: number;
  readonly clients: number;
  /** What the faults and calls are drawn from. */
  readonly seed: number;
  /** Folders and logs of the nodes go here, and the history when it is bad. */
  readonly directory: string;
  readonly say: (text: string) => void;
}

export interface ChaosReport {
  readonly verdict: string;
  /** Nodes that stopped for a reason of their own, and why. */
  readonly failures: readonly string[];
  /** What was done, by name. */
  readonly faults: ReadonlyMap<string, number>;
  readonly counts: { readonly ok: number; readonly failed: number; readonly unknown: number };
}

/** Runs a cluster of processes under load while things go wrong, and judges what its clients saw. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seconds, nodes, clients: count, directory, say } = options;
  const random = seededRandom(options.seed);
  const failures: string[] = [];
  await using links = new Links();
  const layout = { nodes, cluster: "chaos", directory, port: 0, between: links.between };
  await using supervisor = await Supervisor.create(layout, {
    onEnded: (member, ending) => failures.push(`${member.id}: ${ending.lastWords || ending.signal}`),
  });
  await supervisor.start();
  const urls = supervisor.members.map((member) => member.url);
  const clients = startClients(urls, count, random.fork("clients"));
  const nemesis = unleash(supervisor, links, random.fork("nemesis"), say);
  await sleep(seconds * 1000);
  await nemesis.stop();
  // Some calls without faults at the end: what was acknowledged before must still be seen.
  await sleep(2_000);
  const history = await clients.stop();

  const report = checkLinearizable(history, kv);
  if (report.verdict !== "linearizable") {
    await writeFile(join(directory, "history.jsonl"), formatHistory(history));
    await writeFile(join(directory, "violation.html"), drawLinearizability(history, kv, report));
  }
  return { verdict: report.verdict, failures, faults: nemesis.done, counts: clients.counts };
}
