import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

export type Patch = readonly [position: number, removed: number, inserted: string];

export interface Transaction {
  readonly patches: readonly Patch[];
  readonly parents?: readonly number[];
  readonly agent?: number;
}

export interface Trace {
  readonly endContent: string;
  readonly numAgents?: number;
  readonly txns: readonly Transaction[];
}

/** The folder named after `--traces`, or the usual place beside the repository; undefined when it is not there. */
export function tracesFolder(args: readonly string[]): string | undefined {
  const at = args.indexOf("--traces");
  const folder =
    at >= 0 ? args[at + 1] : resolve(import.meta.dirname, "../../../../shared/data/editing-traces");
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

export function readTrace(folder: string, name: string): Trace {
  return JSON.parse(gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString()) as Trace;
}
