// npm run bench -- SUITE [--json] [what the suite itself understands]
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { jsonOutput, tableOutput } from "./output.ts";
import { installPeers } from "./peers.ts";
import { Session } from "./session.ts";
import { findSuites, loadSuite } from "./suites.ts";

const suites = findSuites(join(import.meta.dirname, "../../.."));

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]!.toFixed(2);
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, load ${load}, Node ${process.version}, ${process.platform} ${process.arch}`;
}

async function bench(name: string, args: readonly string[], json: boolean): Promise<void> {
  const file = suites.get(name);
  if (!file) throw new Error(`there is no suite "${name}"; there are: ${[...suites.keys()].join(", ")}`);
  const suite = await loadSuite(file);
  const output = json ? jsonOutput() : tableOutput();
  output.note(machine());
  const peers = await installPeers(suite.peers);
  const versions = Object.entries(suite.peers).map(([peer, version]) => `${peer} ${version}`);
  if (versions.length > 0) output.note(`peers: ${versions.join(", ")}`);
  await suite.run(new Session(name, args, peers, output));
  output.end();
}

await new Command("bench")
  .description("Measures ourselves and the peers, interleaved, in one run.")
  .argument("<suite>", `one of: ${[...suites.keys()].join(", ")}`)
  .argument("[args...]", "what the suite itself understands")
  .option("--json", "one JSON object a line instead of a table", false)
  .allowUnknownOption()
  .action((name: string, args: string[], options: { json: boolean }) => bench(name, args, options.json))
  .parseAsync()
  .catch((error: Error) => {
    console.error(`bench: ${error.message}`);
    process.exitCode = 1;
  });
