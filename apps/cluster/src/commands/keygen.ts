import { makeKeys } from "../keys/keyring.ts";
import { checkName } from "../node/settings.ts";

/** Makes a key pair for each node that has none, and says where they are. */
export async function keygen(
  ids: readonly string[],
  directory: string,
  say: (text: string) => void,
): Promise<void> {
  for (const id of ids) checkName("id", id);
  const made = await makeKeys(directory, ids);
  for (const id of ids)
    say(made.includes(id) ? `${directory}/${id}.secret.json is new` : `${id} has a key already: kept`);
  say(`${directory}/trusted.json: give it to every node; give ID.secret.json to its own node alone`);
}
