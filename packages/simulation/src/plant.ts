import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { PlantError } from "./errors.ts";

/** A bug on purpose: a change of one place in a source file, made as the file is loaded and nowhere else. */
export interface PlantedBug {
  readonly name: string;
  /** What is wrong with it, in a sentence. */
  readonly what: string;
  /** The source file, as an absolute path or a `file:` URL. */
  readonly file: string | URL;
  /** A text that stands exactly once in the file. */
  readonly find: string;
  /** What stands there instead. */
  readonly replace: string;
  /** A simulation must find it within so many seeds. */
  readonly withinSeeds: number;
  /** The suite that finds it. Default: the one that the table stands beside. */
  readonly suite?: string | undefined;
}

/**
 * Plants a bug in this process: from now on the file is loaded with the change. Call it before anything imports the
 * file. The sources themselves stay whole, and production code needs no switches.
 *
 * Throws `PlantError` when the text to replace does not stand exactly once in the file: then the table of planted
 * bugs has fallen behind the code.
 */
export function plant(bug: PlantedBug): void {
  const url = bug.file instanceof URL ? bug.file : pathToFileURL(bug.file.replace(/^file:\/\//, ""));
  const source = readFileSync(url, "utf8");
  const places = source.split(bug.find).length - 1;
  if (places !== 1)
    throw new PlantError(
      `${bug.name}: its text stands ${places} times in ${url.pathname}, not once: ${bug.find}`,
    );
  registerHooks({
    load(loaded, context, next) {
      const result = next(loaded, context);
      if (loaded !== url.href || result.source === undefined) return result;
      return { ...result, source: String(textOf(result.source)).replace(bug.find, () => bug.replace) };
    },
  });
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  return typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
}
