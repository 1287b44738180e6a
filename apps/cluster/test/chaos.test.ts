import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { chaos } from "../chaos/run.ts";

// Half a minute, beside all other tests on the same cores. Longer forms: `npm run nx -- chaos:long @coterie/cluster`.
test("five processes that are killed, stopped and cut off under load: what clients saw is linearizable", async (t) => {
  t.timeout(240_000);
  const directory = await mkdtemp(join(tmpdir(), "coterie-chaos-"));
  const said: string[] = [];
  const report = await chaos({
    seconds: 30,
    nodes: 5,
    clients: 5,
    seed: 1,
    directory,
    say: (text) => said.push(text),
  });
  t.is(report.verdict, "linearizable", `${said.join(", ")}: the history is in ${directory}`);
  t.deepEqual(report.failures, []);
  t.true(report.counts.ok > 20, `${report.counts.ok} calls were answered`);
  t.true(report.faults.size > 0, said.join(", "));
  await rm(directory, { recursive: true, force: true });
});
