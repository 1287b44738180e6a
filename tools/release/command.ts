import { spawn } from "node:child_process";

export interface CommandOptions {
  readonly cwd: string;
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Kills the command. */
  readonly signal?: AbortSignal;
}

/** A command ended with another code than 0. The message holds what it printed. */
export class CommandFailedError extends Error {
  readonly code = "COMMAND_FAILED";
  override readonly name = "CommandFailedError";

  constructor(command: string, args: readonly string[], ended: string, output: string) {
    super(`\`${[command, ...args].join(" ")}\` ${ended}:\n${output.trimEnd().slice(-6000)}`);
  }
}

/**
 * npm and npx hand their whole configuration down as lower-case `npm_*` variables. A child npm would take them for
 * its own; without them it reads the user's configuration as it would from a plain shell.
 */
export function plainEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([key]) => !/^(npm|pnpm)_|^INIT_CWD$/.test(key));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** Runs a command to its end and gives what it printed. Throws `CommandFailedError`. */
export function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...plainEnvironment(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 300_000,
      killSignal: "SIGKILL",
      ...(options.signal && { signal: options.signal }),
    });
    let output = "";
    const take = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandFailedError(command, args, `ended with ${signal ?? code}`, output));
    });
  });
}
