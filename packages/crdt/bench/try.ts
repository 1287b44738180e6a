import { createText, decodeText } from "../src/index.ts";
import { readTrace, tracesFolder } from "./traces.ts";

const what = process.argv[2];
const trace = readTrace(tracesFolder([])!, "automerge-paper");
const cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1000;
};
const patches = trace.txns.flatMap((x) => x.patches);
const time = (name: string, f: () => void) => {
  const t = performance.now(),
    c = cpu();
  f();
  console.log(name, (performance.now() - t).toFixed(1), "cpu", (cpu() - c).toFixed(1));
};
const local = () => {
  const text = createText({ replica: "a" });
  for (const [p, d, s] of patches) {
    if (d) text.remove(p, d);
    if (s) text.insert(p, s);
  }
  return text;
};
if (what === "local") {
  for (let i = 0; i < 3; i++) time("local", local);
}
if (what === "load") {
  const b = local().encode();
  for (let i = 0; i < 3; i++) time("load", () => decodeText(b, { replica: "b" }).toString());
}
if (what === "one" || what === "batch") {
  const text = createText({ replica: "a" });
  const updates: Uint8Array[] = [];
  time("gen", () => {
    for (const [p, d, s] of patches) {
      if (d) text.remove(p, d);
      if (s) text.insert(p, s);
      updates.push(text.takeUpdate()!);
    }
  });
  for (let i = 0; i < 3; i++)
    time(what, () => {
      const b = createText({ replica: "b" });
      if (what === "one") for (const u of updates) b.apply(u);
      else b.apply(updates);
      if (b.toString() !== trace.endContent) throw 1;
    });
}
