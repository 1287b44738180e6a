// Real processes, real disks, real sockets, and every few moments something is killed or stopped. Clients write and read
// all the while; in the end what they saw must be linearizable.
//
//   npm run nx -- chaos @coterie/cluster --seconds 60 --nodes 5 --clients 10 --seed 1
//
// The seed fixes what is done and asked, not how processes and disks are scheduled: for worlds that can be repeated, see
// `npm run simulate`.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkLinearizable, drawLinearizability, formatHistory, kv } from "@coterie/checker";
import { seededRandom } from "@coterie/host";
import { Command } from "commander";
import { table } from "../src/commands/output.ts";
import { Supervisor } from "../src/supervisor/supervisor.ts";
import { startClients } from "./clients.ts";
import { unleash } from "./nemesis.ts";

const options = new Command("chaos")
  .option("--seconds <count>", "how long", Number, 60)
  .option("--nodes <count>", "how many nodes", Number, 5)
  .option("--clients <count>", "how many clients", Number, 10)
  .option("--seed <number>", "what the faults and calls are drawn from", Number, 1)
  .parse()
  .opts<{ seconds: number; nodes: number; clients: number; seed: number }>();

const random = seededRandom(options.seed);
const directory = await mkdtemp(join(tmpdir(), "coterie-chaos-"));
const failures: string[] = [];
const say = (text: string): void =>
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(7)} s  ${text}`);

async function run(): Promise<boolean> {
  const layout = { nodes: options.nodes, cluster: "chaos", directory, port: 0 };
  await using supervisor = await Supervisor.create(layout, {
    onEnded: (member, ending) => failures.push(`${member.id}: ${ending.lastWords || ending.signal}`),
  });
  await supervisor.start();
  const urls = supervisor.members.map((member) => member.url);
  const clients = startClients(urls, options.clients, random.fork("clients"));
  const nemesis = unleash(supervisor, random.fork("nemesis"), say);
  await sleep(options.seconds * 1000);
  await nemesis.stop();
  // Some calls without faults at the end: what was acknowledged before must still be seen.
  await sleep(2_000);
  const history = await clients.stop();

  const report = checkLinearizable(history, kv);
  const faults = [...nemesis.done.values()].reduce((sum, count) => sum + count, 0);
  const { ok, failed, unknown } = clients.counts;
  const head = ["faults", "answered", "reads without answer", "writes of unknown outcome", "verdict"];
  console.log(table(head, [[faults, ok, failed, unknown, report.verdict]]));
  for (const failure of failures) console.log(`a node stopped of itself: ${failure}`);
  if (report.verdict !== "linearizable") {
    await writeFile(join(directory, "history.jsonl"), formatHistory(history));
    await writeFile(join(directory, "violation.html"), drawLinearizability(history, kv, report));
  }
  return report.verdict === "linearizable" && failures.length === 0;
}

const good = await run();
if (good) await rm(directory, { recursive: true, force: true });
else console.log(`folders, logs and the history are kept in ${directory}`);
process.exitCode = good ? 0 : 1;
