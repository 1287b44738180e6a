#!/usr/bin/env -S node --conditions=@coterie/source
import { Command, InvalidArgumentError } from "commander";
import { type IfMatch, StoreClient } from "./client/client.ts";
import { inPlainWords } from "./paths.ts";

const say = (text: string): void => console.log(text);

const nodesDefault = Array.from({ length: 5 }, (_, i) => `http://127.0.0.1:${7101 + i}`).join(",");

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

function revision(text: string): IfMatch {
  return text === "*" ? text : whole(1, Number.MAX_SAFE_INTEGER)(text);
}

function urls(text: string): string[] {
  return text.split(",").map((part) => {
    const url = URL.parse(part.includes("://") ? part : `http://${part}`);
    if (url?.protocol !== "http:") throw new InvalidArgumentError(`${part} is not http://HOST:PORT.`);
    return url.origin;
  });
}

/**
 * Aborts on Ctrl-C or a request to stop; a second one ends the process at once. Ctrl-C reaches every process of the
 * terminal: a supervised one leaves it to its supervisor.
 */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  const supervised = process.send !== undefined;
  if (supervised) process.on("SIGINT", () => {});
  else process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}

const program = new Command("coterie").description("A replicated key-value store on a cluster of nodes.");

program
  .command("start")
  .description("run a cluster on this machine until Ctrl-C")
  .option("--nodes <count>", "how many nodes", whole(1, 9), 5)
  .option("--cluster <name>", "the cluster's name", "demo")
  .option("--directory <path>", "where the nodes keep their data", "data")
  .option("--port <port>", "the first port; 0 takes free ones", whole(0, 65_000), 7101)
  .option(
    "--secure",
    "encrypt and authenticate what the nodes say to each other; makes keys when there are none",
  )
  .option("--once", "load a file, kill the leader half-way, read everything back, and end")
  .option("--input <file>", "the file for --once")
  .option("--concurrency <count>", "requests under way at once, for --once", whole(1, 1024), 64)
  .action(async (options) => {
    if (!options.once) {
      const { start } = await import("./commands/start.ts");
      return start({ ...options, say, signal: interrupted() });
    }
    if (options.input === undefined) program.error("error: --once needs --input FILE", { exitCode: 2 });
    const { once } = await import("./commands/once.ts");
    process.exitCode = await once({ ...options, say, signal: interrupted() });
  });

program
  .command("node")
  .description("run one node until it is told to stop")
  .requiredOption("--id <name>", "this node's name")
  .requiredOption("--cluster <name>", "the cluster's name")
  .requiredOption("--directory <path>", "where this node keeps its data")
  .requiredOption("--http <host:port>", "where to serve HTTP")
  .requiredOption("--peers <list>", "every node, this one too: n1=tcp://HOST:PORT,n2=... or, with seeds, n2")
  .option("--seeds <list>", "tcp://HOST:PORT of one node or more by which the others are found")
  .option("--keys <folder>", "this node's keys, made by keygen: only nodes with trusted keys may connect")
  .action(async (options) => (await import("./commands/node.ts")).node(options, interrupted()));

program
  .command("keygen")
  .description("make the keys with which nodes know each other")
  .argument("<ids...>", "the nodes' names")
  .option("--keys <folder>", "where to keep them", "keys")
  .action(async (ids, { keys }) => (await import("./commands/keygen.ts")).keygen(ids, keys, say));

program
  .command("recover")
  .description(
    "when a majority of the nodes is lost for good: make a surviving one, which does not run, decide alone",
  )
  .requiredOption("--directory <path>", "the surviving node's folder")
  .requiredOption("--id <name>", "the surviving node's name")
  .option("--voters <ids>", "who decides from now on, with commas; default: this node alone")
  .option("--yes-i-may-lose-writes", "do it; without this, only say what would be done")
  .action(async ({ directory, id, voters, yesIMayLoseWrites }) =>
    (await import("./commands/recover.ts")).recover(
      { directory, id, voters: voters?.split(","), acceptLoss: yesIMayLoseWrites === true },
      say,
    ),
  );

const nodesOption = [
  "--nodes <urls>",
  "the nodes' HTTP addresses, with commas",
  urls,
  urls(nodesDefault),
] as const;

program
  .command("put")
  .description("write a key")
  .argument("<key>")
  .argument("<value>")
  .option(...nodesOption)
  .option("--if-match <revision>", "only at this revision; * only when it is there", revision)
  .action(async (key, value, { nodes, ifMatch }) =>
    say(`revision ${await new StoreClient(nodes).put(key, value, ifMatch)}`),
  );

program
  .command("get")
  .description("print a key's value")
  .argument("<key>")
  .option(...nodesOption)
  .option("--stale", "from the first node that answers, as far as it has come")
  .action(async (key, { nodes, stale }) => {
    const found = await new StoreClient(nodes).get(key, stale ? "stale" : "linearizable");
    if (found) process.stdout.write(found.value);
    else program.error(`coterie: there is no key ${key}`, { exitCode: 1 });
  });

program
  .command("delete")
  .description("remove a key")
  .argument("<key>")
  .option(...nodesOption)
  .option("--if-match <revision>", "only at this revision; * only when it is there", revision)
  .action(async (key, { nodes, ifMatch }) => {
    if (await new StoreClient(nodes).remove(key, ifMatch)) say("removed");
    else program.error(`coterie: there is no key ${key}`, { exitCode: 1 });
  });

program
  .command("status")
  .description("show what each node says of itself")
  .option(...nodesOption)
  .action(async ({ nodes }) => say(await (await import("./commands/status.ts")).status(nodes)));

program
  .command("load")
  .description("write every line of a file")
  .argument("<file>")
  .option(...nodesOption)
  .option("--concurrency <count>", "requests under way at once", whole(1, 1024), 64)
  .action(async (file, { nodes, concurrency }) =>
    (await import("./commands/load.ts")).load(
      new StoreClient(nodes, { repeatWrites: true }),
      file,
      concurrency,
      say,
    ),
  );

try {
  await program.parseAsync();
} catch (error) {
  // One line, whatever the message: a supervisor passes on the last one.
  console.error(`coterie: ${inPlainWords(error as Error).replaceAll(/\s*\n\s*/g, " ")}`);
  process.exitCode = 1;
}
