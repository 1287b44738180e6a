import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const page = new URL("./page/", import.meta.url);

/** The demo as one HTML page that needs nothing else: style and program stand in it. */
export async function buildPage(): Promise<string> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", page))],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    conditions: ["@coterie/source"],
    write: false,
    logLevel: "silent",
  });
  const [html, style] = await Promise.all(
    ["index.html", "style.css"].map((name) => readFile(new URL(name, page), "utf8")),
  );
  // Replaced by functions: what stands in a program must not be taken for a pattern.
  return html!
    .replace("/* style */", () => style!)
    .replace("/* program */", () => bundle.outputFiles[0]!.text.replaceAll("</script", "<\\/script"));
}
