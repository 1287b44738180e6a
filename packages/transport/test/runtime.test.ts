import { readFileSync } from "node:fs";
import test from "ava";
import { UnsupportedNodeError } from "../src/index.ts";
import { checkNode } from "../src/zmq/runtime.ts";

test("an older Node.js than package.json says is refused in words", (t) => {
  const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const least = Number(/\d+/.exec(engines.node)![0]);
  for (const version of [`${least}.0.0`, `${least + 1}.3.1`, `${least + 80}.0.0`])
    t.notThrows(() => checkNode(version));
  for (const version of [`${least - 1}.99.0`, "8.17.0"])
    t.throws(() => checkNode(version), {
      instanceOf: UnsupportedNodeError,
      message: `this is Node.js ${version}, and ${least} or later is needed: install that, and start again`,
    });
});
