import { join } from "node:path";

/** What a worker of many elements is started with: `LOADER LIBRARY TASK SIZE CACHE`. */
export interface WorkerArguments {
  /** The module that loads peers. */
  readonly loader: string;
  readonly library: string;
  readonly task: string;
  readonly size: number;
  /** The file of this name, of this library and size, that is kept for the processes that come after. */
  readonly file: (name: string) => string;
}

export function workerArguments(): WorkerArguments {
  const [loader, library, task, size, cache] = process.argv.slice(2) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const file = (name: string): string => join(cache, `${library.replaceAll("/", "_")}-${size}-${name}`);
  return { loader, library, task, size: Number(size), file };
}
