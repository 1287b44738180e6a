import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { StoreClient } from "../src/client/client.ts";
import { createServer } from "../src/http/server.ts";
import { LocalStore } from "./local-store.ts";

const main = join(import.meta.dirname, "../src/main.ts");

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** Resolves with the output so far once it has the text. */
  saw(text: string): Promise<string>;
}

function coterie(t: ExecutionContext, ...args: string[]): Run {
  return coterieIn({}, t, ...args);
}

function coterieIn(env: NodeJS.ProcessEnv, t: ExecutionContext, ...args: string[]): Run {
  const child = spawn(process.execPath, ["--conditions=@coterie/source", main, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  const ended = new Promise<Awaited<Run["ended"]>>((resolve) =>
    child.once("close", (code) => resolve({ code, out, err })),
  );
  const saw = async (text: string): Promise<string> => {
    while (!out.includes(text)) {
      const over = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20, undefined))]);
      if (over && !out.includes(text)) throw new Error(`ended without ${text}:\n${out}${err}`);
    }
    return out;
  };
  return { child, ended, saw };
}

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "coterie-cli-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function untilGone(pids: readonly number[]): Promise<void> {
  const lives = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (pids.some(lives)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The process ids and addresses in the table that `start` prints. */
function nodesIn(out: string): { readonly pids: number[]; readonly urls: string[] } {
  const rows = [...out.matchAll(/n\d\s.*?(\d+)\s.*?(http:\/\/[\d.:]+)/g)];
  return { pids: rows.map((row) => Number(row[1])), urls: rows.map((row) => row[2]!) };
}

test.serial("start prints addresses, serves, and stops on Ctrl-C with no process left", async (t) => {
  const run = coterie(t, "start", "--nodes", "3", "--port", "0", "--directory", await folder(t));
  const { pids, urls } = nodesIn(await run.saw("Ctrl-C stops all of it."));
  t.is(pids.length, 3);
  t.is(await new StoreClient(urls).put("key", "value"), 1);
  run.child.kill("SIGINT");
  t.is((await run.ended).code, 0);
  await untilGone(pids);
});

test.serial("a killed node is started again by start", async (t) => {
  const run = coterie(t, "start", "--nodes", "1", "--port", "0", "--directory", await folder(t));
  const { pids, urls } = nodesIn(await run.saw("Ctrl-C stops all of it."));
  process.kill(pids[0]!, "SIGKILL");
  await run.saw("n1 was ended by SIGKILL");
  const client = new StoreClient([urls[0]!], { timeoutMs: 30_000 });
  t.is(await client.put("key", "value"), 1);
  run.child.kill("SIGTERM");
  t.is((await run.ended).code, 0);
});

test.serial("when the supervisor is killed, its node stops by itself", async (t) => {
  const run = coterie(t, "start", "--nodes", "1", "--port", "0", "--directory", await folder(t));
  const { pids } = nodesIn(await run.saw("Ctrl-C stops all of it."));
  run.child.kill("SIGKILL");
  await run.ended;
  await untilGone(pids);
  t.pass();
});

test.serial("--once loads a file, kills the leader half-way and loses nothing", async (t) => {
  const file = join(await folder(t), "lines.txt");
  await writeFile(file, Array.from({ length: 400 }, (_, i) => `line ${i % 50}`).join("\n"));
  const run = coterie(t, "start", "--once", "--input", file, "--nodes", "3");
  const { code, out, err } = await run.ended;
  t.is(code, 0, out + err);
  t.regex(out, /killed n\d \(pid \d+\), the leader of term \d+/);
  t.regex(out, /written.*acknowledged.*lost.*elections.*ms without a leader/);
  t.regex(out, /400\s+│\s+400\s+│\s+0\s+│/);
});

test.serial("Ctrl-C ends --once in the middle, with no folder left", async (t) => {
  const scratch = await folder(t);
  const file = join(scratch, "lines.txt");
  await writeFile(file, "line\n".repeat(1_000_000));
  const args = ["start", "--once", "--input", file, "--nodes", "3"];
  const run = coterieIn({ TMPDIR: scratch }, t, ...args);
  await run.saw("loading 1000000 lines");
  run.child.kill("SIGINT");
  t.is((await run.ended).code, 130);
  t.deepEqual(await readdir(scratch), ["lines.txt"]);
});

const usage: [name: string, args: string[], code: number, message: RegExp][] = [
  ["--once without a file", ["start", "--once"], 2, /--input FILE/],
  [
    "a file that is not there",
    ["start", "--once", "--input", "/no/such"],
    1,
    /^coterie: \/no\/such is not there: check/,
  ],
  ["lines that are not there", ["load", "no-such.txt"], 1, /^coterie: no-such\.txt is not there: check/],
  ["lines of a folder", ["load", "/"], 1, /is a folder: give a file/],
  ["keys in a file", ["keygen", "n1", "--keys", main], 1, /main\.ts is a file: give a folder/],
  [
    "a folder to recover that is not there",
    ["recover", "--directory", "no-such", "--id", "n1"],
    1,
    /no-such is not there/,
  ],
  [
    "data in a file",
    [
      "node",
      "--id",
      "n1",
      "--cluster",
      "c",
      "--directory",
      main,
      "--http",
      "0",
      "--peers",
      "n1=tcp://127.0.0.1:1",
    ],
    1,
    /^coterie: n1 did not start: [^.]*main\.ts is a file: give a folder, or a name that is not taken\.$/m,
  ],
  ["a file without lines", ["start", "--once", "--input", "/dev/null"], 1, /has no lines/],
  [
    "--once with too few nodes",
    ["start", "--once", "--input", main, "--nodes", "2"],
    1,
    /needs at least 3, not 2/,
  ],
  ["too many nodes", ["start", "--nodes", "10"], 1, /from 1 to 9/],
  ["an unknown command", ["raise"], 1, /unknown command/],
  ["an address that is none", ["get", "a", "--nodes", "ftp://x"], 1, /http:\/\/HOST:PORT/],
  [
    "a node without its own address",
    [
      "node",
      "--id",
      "n1",
      "--cluster",
      "c",
      "--directory",
      "/no",
      "--http",
      "1",
      "--peers",
      "n2=tcp://127.0.0.1:1",
    ],
    1,
    /n1 did not start: --peers has no address for this node/,
  ],
];

for (const [name, args, code, message] of usage)
  test(`bad usage: ${name}`, async (t) => {
    const ended = await coterie(t, ...args).ended;
    t.is(ended.code, code);
    t.regex(ended.err, message);
    t.false(ended.err.trim().includes("\n    at "), "no stack");
  });

test("put, get, delete, status and load against a node", async (t) => {
  const server = createServer(new LocalStore(), { cluster: "test" });
  t.teardown(() => server.close());
  const nodes = ["--nodes", await server.listen({ host: "127.0.0.1", port: 0 })];
  const run = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await coterie(t, ...args, ...nodes).ended;
    return code === 0 ? out : `${code} ${err}`;
  };
  t.is(await run("put", "key", "value"), "revision 1\n");
  t.is(await run("get", "key"), "value");
  t.is(await run("put", "key", "new", "--if-match", "1"), "revision 2\n");
  t.regex(await run("put", "key", "newer", "--if-match", "1"), /^1 coterie: The key is at revision 2/);
  t.is(await run("delete", "key"), "removed\n");
  t.regex(await run("get", "key"), /^1 coterie: there is no key key/);
  t.regex(await run("status"), /n1.*leader/);
  const file = join(await folder(t), "lines.txt");
  await writeFile(file, "a\nb\nc\n");
  t.regex(await run("load", file), /acknowledged/);
  t.is(await run("get", "lines.txt:2"), "b");
});
