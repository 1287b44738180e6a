import { Presets, SingleBar } from "cli-progress";
import Table from "cli-table3";

/** Rows under a head, as text. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const drawn = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const row of rows) drawn.push(row.map(String));
  return drawn.toString();
}

export interface Progress extends Disposable {
  set(done: number): void;
}

/** A bar on a terminal, a line every two seconds elsewhere; on standard error, out of the way of results. */
export function progress(title: string, total: number): Progress {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage}% {value}/{total}`,
      stream: process.stderr,
      noTTYOutput: !process.stderr.isTTY,
      notTTYSchedule: 2_000,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    set: (done) => bar.update(done),
    [Symbol.dispose]: () => bar.stop(),
  };
}
