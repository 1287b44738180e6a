import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { run } from "../command.ts";
import { startRegistry } from "../registry.ts";

test("the registry answers while it is held, writes only in its folder, and is gone afterwards", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "coterie-registry-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  let url: string;
  {
    await using registry = await startRegistry(folder, "http://127.0.0.1:9/");
    url = registry.url;
    t.true((await fetch(`${url}/-/ping`)).ok);
    t.true((await readFile(registry.userconfig, "utf8")).includes(url));
  }
  await t.throwsAsync(fetch(`${url}/-/ping`));
});

test("a command that fails tells its name, its end and what it printed", async (t) => {
  const error = await t.throwsAsync(
    run("node", ["-e", "console.error('why'); process.exit(3)"], { cwd: "." }),
  );
  t.regex(error!.message, /node -e .*ended with 3:\nwhy/s);
});

test("npm's own variables do not reach a child, and those of the user do", async (t) => {
  process.env.npm_config_call = "x";
  t.teardown(() => delete process.env.npm_config_call);
  const printed = await run("node", ["-p", "process.env.npm_config_call + process.env.HOME"], {
    cwd: ".",
  });
  t.is(printed.trim(), `undefined${process.env.HOME}`);
});
