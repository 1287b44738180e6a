// Who may import whom, checked over nx's project graph. pnpm's isolated node_modules already stop imports that
// no package.json declares.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Graph = {
  nodes: Record<string, { data: { root: string; tags?: string[] } }>;
  dependencies: Record<string, { target: string }[]>;
};

/** From the ground up. A project imports from its own floor or below. */
const floors = ["data", "foundation", "testing", "protocol", "service", "app", "tool"];

/** Protocols that are defined on another protocol, as Paxos Commit is on Paxos. All others stand alone. */
const definedOn: Record<string, readonly string[]> = {};

function projectGraph(): Graph {
  const file = join(mkdtempSync(join(tmpdir(), "layers-")), "graph.json");
  execFileSync("nx", ["graph", `--file=${file}`], {
    stdio: "ignore",
    env: { ...process.env, NX_DAEMON: "false" },
  });
  return (JSON.parse(readFileSync(file, "utf8")) as { graph: Graph }).graph;
}

function violations({ nodes, dependencies }: Graph): string[] {
  const found: string[] = [];
  const floor = (name: string): string => {
    const tag = nodes[name]?.data.tags?.find((t) => t.startsWith("layer:"));
    return tag?.slice("layer:".length) ?? "";
  };
  for (const name of Object.keys(nodes)) {
    if (!floors.includes(floor(name)))
      found.push(
        `${name} has no layer: add "nx": { "tags": ["layer:..."] } to its package.json (${floors.join(", ")})`,
      );
  }
  for (const [from, edges] of Object.entries(dependencies)) {
    const manifest = JSON.parse(readFileSync(join(nodes[from]!.data.root, "package.json"), "utf8"));
    for (const { target } of edges) {
      if (!nodes[target]) continue;
      const below = floors.indexOf(floor(target)) <= floors.indexOf(floor(from));
      const sideways =
        floor(from) === "protocol" && floor(target) === "protocol" && !definedOn[from]?.includes(target);
      const testing =
        floor(target) === "testing" && floor(from) === "protocol" && target in (manifest.dependencies ?? {});
      // What is only tried on a floor above, in its tests and measurements, does not stand on it.
      const tried =
        (["testing", "tool"].includes(floor(target)) || floor(from) === "data") &&
        target in (manifest.devDependencies ?? {});
      if (!below && !tried)
        found.push(
          `${from} (${floor(from)}) must not depend on ${target} (${floor(target)}): it is a floor above`,
        );
      if (sideways)
        found.push(`${from} must not depend on ${target}: protocols meet through plain data in an app`);
      if (testing) found.push(`${from} must have ${target} as a development dependency only`);
    }
  }
  return found;
}

const found = violations(projectGraph());
for (const line of found) console.error(`layers: ${line}`);
console.log(found.length > 0 ? `layers: ${found.length} violations` : "layers: ok");
process.exitCode = found.length > 0 ? 1 : 0;
