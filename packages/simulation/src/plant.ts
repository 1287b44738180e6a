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

/** A bug that has been planted. */
export interface Planted {
  /** Whether its file has been loaded since, with the bug in it. If not, it came too late, or nothing uses the file. */
  readonly took: boolean;
}

/**
 * Plants a bug in this process: from now on the file is loaded with the change. Call it before anything imports the
 * file; that is why it has an entry of its own, `@coterie/simulation/plant`, which imports nothing else. The sources themselves stay whole, and production code needs no switches.
 *
 * Throws `PlantError` when the text to replace does not stand exactly once in the file: then the table of planted
 * bugs has fallen behind the code.
 */
export function plant(bug: PlantedBug): Planted {
  const url = bug.file instanceof URL ? bug.file : pathToFileURL(bug.file.replace(/^file:\/\//, ""));
  const source = readFileSync(url, "utf8");
  const places = source.split(bug.find).length - 1;
  if (places !== 1)
    throw new PlantError(
      `${bug.name}: its text stands ${places} times in ${url.pathname}, not once: ${bug.find}`,
    );
  let took = false;
  registerHooks({
    load(loaded, context, next) {
      const result = next(loaded, context);
      if (loaded !== url.href || result.source === undefined) return result;
      took = true;
      return { ...result, source: String(textOf(result.source)).replace(bug.find, () => bug.replace) };
    },
  });
  return {
    get took() {
      return took;
    },
  };
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray): string {
  return typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
}
