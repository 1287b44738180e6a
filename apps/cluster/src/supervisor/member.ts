import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NodeStartError } from "../errors.ts";
import type { NodeSettings } from "../node/settings.ts";

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last line that the node wrote about it, when there is one. */
  readonly lastWords: string;
}

const main = join(import.meta.dirname, "../main.ts");

function nodeArguments(settings: NodeSettings): string[] {
  const { id, cluster, directory, http, voters, peers, seeds, keys } = settings;
  const named = voters.map((voter) => (peers.has(voter) ? `${voter}=${peers.get(voter)}` : voter));
  const flags = {
    id,
    cluster,
    directory,
    http: `${http.host}:${http.port}`,
    peers: named.join(","),
    ...(seeds.length > 0 && { seeds: seeds.join(",") }),
    ...(keys !== undefined && { keys }),
  };
  return Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
}

/**
 * One node as a process of its own. Its log goes to `<directory>.log`. The channel between the two processes is also
 * a leash: when the supervisor is gone, however it went, the node stops by itself.
 */
export class Member {
  readonly settings: NodeSettings;
  readonly url: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  #ended: Promise<Ending> | undefined;

  constructor(settings: NodeSettings) {
    this.settings = settings;
    this.url = `http://${settings.http.host}:${settings.http.port}`;
    this.logFile = `${settings.directory}.log`;
  }

  get id(): string {
    return this.settings.id;
  }

  /** The process's id; undefined when it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves once the process has ended; at once when there is none. */
  get ended(): Promise<Ending> {
    return this.#ended ?? Promise.resolve({ code: 0, signal: null, lastWords: "" });
  }

  /** Resolves once the node listens. Throws `NodeStartError` with the node's own words when it ends before that. */
  async start(): Promise<void> {
    if (this.#child) return;
    await mkdir(dirname(this.logFile), { recursive: true });
    const log = await open(this.logFile, "a");
    const child = spawn(
      process.execPath,
      ["--conditions=@coterie/source", main, "node", ...nodeArguments(this.settings)],
      { stdio: ["ignore", log.fd, "pipe", "ipc"] },
    );
    await log.close();
    this.#child = child;
    let words = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      words = (words + chunk).slice(-4_000);
    });
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => {
        words = error.message;
      });
      child.once("close", (code, signal) => {
        this.#child = undefined;
        const lastWords = words
          .trim()
          .split("\n")
          .at(-1)!
          .replace(/^coterie: /, "");
        resolve({ code, signal, lastWords });
      });
    });
    const listening = new Promise<undefined>((resolve) => child.once("message", () => resolve(undefined)));
    const ending = await Promise.race([listening, this.#ended]);
    if (ending)
      throw new NodeStartError(ending.lastWords || `${this.id} ended with ${ending.signal ?? ending.code}`);
  }

  /** Ends the process without giving it a chance to do anything about it. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.ended;
  }

  /** Asks the process to stop, and makes it stop when it has not after `graceMs`. */
  async stop(graceMs = 5_000): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(force);
  }
}
