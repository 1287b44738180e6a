import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKeys, type KeyPair, type NodeId, type SecurityOptions } from "@coterie/transport";
import { KeyFileError } from "../errors.ts";

/*
 * A folder of keys: `ID.secret.json` has the key pair of one node and stays on that node; `trusted.json` has the public
 * key of every node and is the same everywhere.
 */

const trustedFile = "trusted.json";
const secretFile = (id: NodeId): string => `${id}.secret.json`;

async function readJson(file: string, hint: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KeyFileError(code === "ENOENT" ? `${file} is not there: ${hint}` : `${file}: ${code}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KeyFileError(`${file} is no JSON: ${hint}`, { cause: error });
  }
}

function isKeyPair(value: unknown): value is KeyPair {
  const { publicKey, secretKey } = (value ?? {}) as Partial<KeyPair>;
  return typeof publicKey === "string" && typeof secretKey === "string";
}

async function readTrusted(directory: string, hint: string): Promise<Map<NodeId, string>> {
  const file = join(directory, trustedFile);
  const value = await readJson(file, hint);
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0 || entries.some(([, key]) => typeof key !== "string"))
    throw new KeyFileError(`${file} must be an object of public keys by node id: ${hint}`);
  return new Map(entries as [NodeId, string][]);
}

/**
 * Makes key pairs for nodes that have none in the folder, and adds their public keys to `trusted.json`. Returns the
 * nodes it made keys for. A secret that is there is never written over.
 */
export async function makeKeys(directory: string, ids: readonly NodeId[]): Promise<NodeId[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const trustedPath = join(directory, trustedFile);
  const known = await stat(trustedPath).then(
    () => readTrusted(directory, "mend it, or start with an empty folder"),
    () => new Map<NodeId, string>(),
  );
  const made: NodeId[] = [];
  for (const id of ids) {
    const pair = generateKeys();
    try {
      const text = `${JSON.stringify(pair, undefined, 2)}\n`;
      await writeFile(join(directory, secretFile(id)), text, { mode: 0o600, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    known.set(id, pair.publicKey);
    made.push(id);
  }
  const beside = `${trustedPath}.new`;
  await writeFile(beside, `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`);
  await rename(beside, trustedPath);
  return made;
}

/** What one node needs of the folder. Throws `KeyFileError`, which says what to do. */
export async function readKeys(directory: string, id: NodeId): Promise<SecurityOptions> {
  const hint = `make keys with: coterie keygen ${id} --keys ${directory}`;
  const file = join(directory, secretFile(id));
  const pair = await readJson(file, hint);
  if (!isKeyPair(pair)) throw new KeyFileError(`${file} has no publicKey and secretKey: ${hint}`);
  if (process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0)
    throw new KeyFileError(`${file} can be read by others: chmod 600 ${file}`);
  const peers = await readTrusted(directory, hint);
  if (peers.get(id) !== pair.publicKey)
    throw new KeyFileError(
      `${join(directory, trustedFile)} has another key for ${id} than ${file}: its peers would refuse it`,
    );
  return { publicKey: pair.publicKey, secretKey: pair.secretKey, peers };
}
