// The text against the libraries people use, on recorded keystrokes: every figure from fresh processes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Bench, Contender } from "@coterie/bench";
import { createText, decodeText } from "@coterie/crdt";
import { counterCases } from "./counters.ts";
import { documentCases } from "./documents.ts";
import { inProcess } from "./process.ts";
import { setCases } from "./sets.ts";
import { readTrace, tracesFolder } from "./traces.ts";

export const peers: Readonly<Record<string, string>> = {
  yjs: "13.6.33",
  "json-joy": "17.67.0",
  "@automerge/automerge": "3.5.0",
  "loro-crdt": "1.17.1",
  "diamond-types-node": "1.0.2",
};

const all = Object.keys(peers);
/** Automerge needs over a millisecond for each update of a long text: it takes part where it can finish. */
const quick = all.filter((name) => name !== "@automerge/automerge");
/** Those that finish thousands of insertions at one place within a minute. */
const crowdFit = ["yjs", "json-joy"];

interface Case {
  readonly name: string;
  readonly task: string;
  readonly trace: string;
  readonly unit: string;
  readonly against: readonly string[];
  readonly target?: number;
}

const paper = "automerge-paper";
const cases: readonly Case[] = [
  { name: "local edits", task: "local", trace: paper, unit: "ms", against: all, target: 1 },
  { name: "remote, one by one", task: "one", trace: paper, unit: "ms", against: quick, target: 2 },
  {
    name: "remote, one batch",
    task: "batch",
    trace: paper,
    unit: "ms",
    against: ["yjs", "json-joy"],
    target: 2,
  },
  { name: "all updates", task: "update bytes", trace: paper, unit: "B", against: quick },
  { name: "document", task: "size", trace: paper, unit: "B", against: all },
  { name: "cold load", task: "load", trace: paper, unit: "ms", against: all, target: 1 },
  { name: "cold load and an edit", task: "load and edit", trace: paper, unit: "ms", against: all, target: 1 },
  { name: "memory loaded and edited", task: "memory", trace: paper, unit: "B", against: all },
  ...["friendsforever", "clownschool"].flatMap((trace) => [
    { name: "one by one", task: "one", trace, unit: "ms", against: quick, target: 1 },
    { name: "one batch", task: "batch", trace, unit: "ms", against: quick, target: 1 },
  ]),
  { name: "1,000 at one place", task: "crowd-1000", trace: paper, unit: "ms", against: crowdFit },
  { name: "4,000 at one place", task: "crowd-4000", trace: paper, unit: "ms", against: crowdFit, target: 4 },
  { name: "16,000 at one place", task: "crowd-16000", trace: paper, unit: "ms", against: ["json-joy"] },
];

/** `--traces FOLDER`, `--only WORD` for the cases whose name has the word, `--rounds N`, `--elements N` for sets, maps and counters, `--entries N` for documents. */
export async function run(bench: Bench): Promise<void> {
  const folder = tracesFolder(bench.args);
  if (folder === undefined) bench.note("No editing traces here: give their folder with --traces FOLDER.");
  const only = option(bench.args, "--only") ?? "";
  const rounds = Number(option(bench.args, "--rounds") ?? 5);
  const size = Number(option(bench.args, "--elements") ?? 1_000_000);
  const entries = Number(option(bench.args, "--entries") ?? 10_000);
  const cache = await mkdtemp(join(tmpdir(), "coterie-crdt-"));
  try {
    await setCases(bench, { cache, only, rounds: Math.min(rounds, 3), size });
    await counterCases(bench, { cache, only, rounds: Math.min(rounds, 3), size });
    await documentCases(bench, { cache, only, rounds: Math.min(rounds, 3), size: entries });
    if (folder === undefined) return;
    for (const { name, task, trace, unit, against, target } of cases) {
      const title = `${trace}: ${name}`;
      if (!title.includes(only)) continue;
      const contender =
        (library: string): Contender =>
        () =>
          inProcess(bench, "worker.ts", [library, task, join(folder, trace), cache]);
      // The first run makes what the others start from.
      await Promise.allSettled(["@coterie/crdt", ...against].map(async (library) => contender(library)()));
      await bench.compare({
        case: title,
        unit,
        better: "lower",
        ours: contender("@coterie/crdt"),
        peers: Object.fromEntries(against.map((library) => [library, contender(library)])),
        rounds: unit === "ms" ? rounds : 1,
        ...(target === undefined ? {} : { target }),
      });
    }
    if (`${paper}: history`.includes(only)) historyAndErrors(bench, folder);
  } finally {
    await rm(cache, { recursive: true });
  }
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

/** Figures of ours that need no fresh process: the document with its history, and 300 flipped bits. */
function historyAndErrors(bench: Bench, folder: string): void {
  const text = createText({ replica: "a", history: true });
  for (const { patches } of readTrace(folder, paper).txns)
    for (const [position, removed, inserted] of patches) {
      if (removed > 0) text.remove(position, removed);
      if (inserted !== "") text.insert(position, inserted);
    }
  const compression = {
    compress: (bytes: Uint8Array) => deflateRawSync(bytes, { level: 9 }),
    decompress: (bytes: Uint8Array, bytesMax: number) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
  };
  const bytes = text.encode({ history: true, compression }).length;
  bench.report({ case: `${paper}: history, deflated`, unit: "B", better: "lower", ours: bytes });
  const document = text.encode();
  let detected = 0;
  for (let i = 0; i < 300; i++) {
    const flipped = document.slice();
    const bit = Math.floor(((i + 0.5) * 8 * document.length) / 300);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    try {
      decodeText(flipped, { replica: "b" });
    } catch {
      detected++;
    }
  }
  bench.report({ case: `${paper}: 300 flipped bits`, unit: "found", better: "higher", ours: detected });
}
