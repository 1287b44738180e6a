import test from "ava";
import { closure, type Package, publishedPackages, workspace } from "../packages.ts";

const packages = (needs: Record<string, readonly string[]>): Package[] =>
  Object.entries(needs).map(([name, dependencies]) => ({
    folder: `packages/${name}`,
    manifest: { name, version: "1.0.0", dependencies: Object.fromEntries(dependencies.map((d) => [d, "*"])) },
  }));

test("the closure follows dependencies of dependencies and leaves strangers out", (t) => {
  const all = packages({ raft: ["host", "zeromq"], host: ["transport"], transport: [], crdt: [] });
  t.deepEqual(closure("raft", all), ["host", "transport"]);
  t.deepEqual(closure("crdt", all), []);
});

test("a circle ends, and a package is not in its own closure", (t) => {
  t.deepEqual(closure("a", packages({ a: ["b"], b: ["a"] })), ["b"]);
});

test("every published package of this workspace is found, each under its folder's name", async (t) => {
  const found = await publishedPackages(workspace);
  t.true(found.some((p) => p.manifest.name === "@coterie/raft"));
  for (const { manifest, folder } of found)
    t.true(folder.endsWith(`/${manifest.name.slice("@coterie/".length)}`));
});
