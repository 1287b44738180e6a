import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderInUseError } from "@coterie/host";
import test from "ava";
import { pino } from "pino";
import { StoreClient } from "../src/client/client.ts";
import { recover } from "../src/commands/recover.ts";
import { startNode } from "../src/node/node.ts";
import { layOut } from "../src/supervisor/layout.ts";

const quiet = pino({ level: "silent" });

test("two of three nodes are gone for good: the third is made to serve alone, by whoever says so", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "coterie-recover-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const nodes = await layOut({ nodes: 3, cluster: "test", directory, port: 0 });
  const survivor = nodes[2]!;
  const client = new StoreClient([`http://${survivor.http.host}:${survivor.http.port}`], {
    repeatWrites: true,
  });
  const said: string[] = [];
  const options = { directory: survivor.directory, id: survivor.id, acceptLoss: false };
  const say = (text: string): void => void said.push(text);
  {
    await using running = new AsyncDisposableStack();
    for (const settings of nodes) running.use(await startNode(settings, quiet));
    await client.put("kept", "yes");
    t.truthy(await client.get("kept", "linearizable"));
    await t.throwsAsync(recover(options, say), { instanceOf: FolderInUseError });
    t.deepEqual(said, []);
  }

  await recover(options, say);
  t.regex(said.join("\n"), /DANGER[\s\S]*n1, n2, n3[\s\S]*Nothing was changed/);
  said.length = 0;
  await recover({ ...options, acceptLoss: true }, say);
  t.regex(said.join("\n"), /DANGER[\s\S]*Done\. Start n3/);

  await using _node = await startNode(survivor, quiet);
  t.is(Buffer.from((await client.get("kept", "linearizable"))!.value).toString(), "yes");
  await client.put("new", "too");
});
