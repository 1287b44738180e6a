import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Bench } from "@coterie/bench";
import { drawPanels, type Panel } from "./curves.ts";

const folder = join(import.meta.dirname, "../../../out");

/** Writes panels to a file, and says where it is. */
export function draw(bench: Bench, name: string, panels: readonly Panel[]): void {
  const file = join(folder, `gossip-${name}.svg`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, drawPanels(panels));
  bench.note(`curves, theory dashed: ${relative(process.cwd(), file)}`);
}
