import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { plainEnvironment } from "./command.ts";

/** A registry of our own on loopback, for as long as it is held. */
export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** An npm configuration file that names this registry and may publish to it. */
  readonly userconfig: string;
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Our own packages live here alone and anyone may publish them; all others come from the uplink. */
function configuration(folder: string, uplink: string): string {
  return JSON.stringify({
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
    uplinks: { upstream: { url: uplink, maxage: "30m", cache: true } },
    packages: {
      "@coterie/*": { access: "$all", publish: "$all", unpublish: "$all" },
      "**": { access: "$all", proxy: "upstream" },
    },
    web: { enable: false },
    log: { type: "stdout", format: "json", level: "warn" },
    server: { keepAliveTimeout: 5 },
  });
}

async function untilItAnswers(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 60_000; ) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const ready = await fetch(`${url}/-/ping`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    if (ready?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`verdaccio did not come up at ${url}:\n${output()}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(force);
}

/** Starts verdaccio on a free loopback port. All that it writes is in `folder`, npm configuration included. */
export async function startRegistry(folder: string, uplink: string): Promise<Registry> {
  await mkdir(folder, { recursive: true });
  const config = join(folder, "config.json");
  await writeFile(config, configuration(folder, uplink));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const userconfig = join(folder, "npmrc");
  await writeFile(userconfig, `registry=${url}/\n//127.0.0.1:${port}/:_authToken=rehearsal\n`);

  const child = spawn(
    "node",
    [
      join(import.meta.dirname, "node_modules/verdaccio/bin/verdaccio"),
      "--config",
      config,
      "--listen",
      `127.0.0.1:${port}`,
    ],
    { cwd: folder, env: plainEnvironment(), stdio: ["ignore", "pipe", "pipe"] },
  );
  // However this process ends, the registry ends with it.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-10_000);
    });
  try {
    await untilItAnswers(url, child, () => output);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return {
    url,
    userconfig,
    async [Symbol.asyncDispose]() {
      process.off("exit", kill);
      await stop(child);
    },
  };
}
