// Real processes, real disks, real sockets, and every few moments something is killed, stopped or cut off. Clients write
// and read all the while; in the end what they saw must be linearizable.
//
//   npm run nx -- chaos @coterie/cluster --seconds 60 --nodes 5 --clients 10 --seed 1
//   npm run nx -- chaos:long @coterie/cluster                                            # ten minutes
//
// The seed fixes what is done and asked, not how processes and disks are scheduled: for worlds that can be repeated, see
// `npm run simulate`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { table } from "../src/commands/output.ts";
import { chaos } from "./run.ts";

const options = new Command("chaos")
  .option("--seconds <count>", "how long", Number, 60)
  .option("--nodes <count>", "how many nodes", Number, 5)
  .option("--clients <count>", "how many clients", Number, 10)
  .option("--seed <number>", "what the faults and calls are drawn from", Number, 1)
  .parse()
  .opts<{ seconds: number; nodes: number; clients: number; seed: number }>();

const directory = await mkdtemp(join(tmpdir(), "coterie-chaos-"));
const say = (text: string): void =>
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(7)} s  ${text}`);

const { verdict, failures, faults, counts } = await chaos({ ...options, directory, say });
console.log(table(["fault", "times"], [...faults]));
const head = ["answered", "reads without answer", "writes of unknown outcome", "verdict"];
console.log(table(head, [[counts.ok, counts.failed, counts.unknown, verdict]]));
for (const failure of failures) console.log(`a node stopped of itself: ${failure}`);

const good = verdict === "linearizable" && failures.length === 0;
if (good) await rm(directory, { recursive: true, force: true });
else console.log(`folders, logs and the history are kept in ${directory}`);
process.exitCode = good ? 0 : 1;
