import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { keygen } from "../src/commands/keygen.ts";
import { makeKeys, readKeys } from "../src/keys/keyring.ts";

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "coterie-keys-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("every node finds its own pair and everybody's public key", async (t) => {
  const keys = await folder(t);
  await makeKeys(keys, ["n1", "n2"]);
  const [one, two] = [await readKeys(keys, "n1"), await readKeys(keys, "n2")];
  t.deepEqual([...one.peers], [...two.peers]);
  t.is(one.peers.get("n2"), two.publicKey);
  t.not(one.secretKey, two.secretKey);
  t.is((await stat(join(keys, "n1.secret.json"))).mode & 0o777, 0o600);
});

test("a node that comes later is added, and nobody's secret is written over", async (t) => {
  const keys = await folder(t);
  const said: string[] = [];
  await keygen(["n1"], keys, (line) => said.push(line));
  const before = await readFile(join(keys, "n1.secret.json"), "utf8");
  await keygen(["n1", "n2"], keys, (line) => said.push(line));
  t.is(await readFile(join(keys, "n1.secret.json"), "utf8"), before);
  t.deepEqual([...(await readKeys(keys, "n1")).peers.keys()], ["n1", "n2"]);
  t.true(said.includes("n1 has a key already: kept"));
});

test("what is wrong with a key file is said, with its name and what to do", async (t) => {
  const keys = await folder(t);
  const refused = (message: RegExp) => t.throwsAsync(readKeys(keys, "n1"), { code: "KEY_FILE", message });
  await refused(/n1\.secret\.json is not there: make keys with: coterie keygen n1 --keys /);
  await makeKeys(keys, ["n1"]);
  const [secret, trusted] = [join(keys, "n1.secret.json"), join(keys, "trusted.json")];
  await chmod(secret, 0o644);
  await refused(/can be read by others: chmod 600/);
  await chmod(secret, 0o600);
  const good = await readFile(trusted, "utf8");
  for (const bad of ["", "[]", "{}", '{"n1": 7}']) {
    await writeFile(trusted, bad);
    await refused(/trusted\.json/);
    await t.throwsAsync(makeKeys(keys, ["n2"]), { code: "KEY_FILE" }, "it is not written over either");
  }
  await writeFile(trusted, good.replace(/: "[^"]+"/, `: "${"x".repeat(40)}"`));
  await refused(/has another key for n1/);
  await writeFile(secret, "{}");
  await refused(/has no publicKey and secretKey/);
});
