import type { ProcessId } from "../history/operation.ts";
import { escapeText } from "./page.ts";

/** One operation in the picture. */
export interface Bar {
  /** Its index in the history. */
  readonly index: number;
  readonly process: ProcessId;
  readonly invokedAt: number;
  /** Infinity when its answer was not seen. */
  readonly completedAt: number;
  readonly label: string;
  /** Its place in the order found, from 1; undefined when it is not in it. */
  readonly place: number | undefined;
  /** The state after it, in words, when it has a place. */
  readonly state: string | undefined;
  /** Whether it is the one that breaks the history. */
  readonly blocked: boolean;
}

const COLUMN = 40;
const ROW = 58;
const BAR_TOP = 26;
const LEFT = 16;

/**
 * Where events stand: not at their times, which crowd, but one column apart in the order of their times. Calls
 * come before returns at equal times, as the search sees them.
 */
class Columns {
  readonly width: number;
  readonly #call = new Map<Bar, number>();
  readonly #return = new Map<Bar, number>();

  constructor(bars: readonly Bar[]) {
    const events = bars.flatMap((bar) => [
      { bar, at: bar.invokedAt, call: true },
      { bar, at: bar.completedAt, call: false },
    ]);
    events.sort((a, b) => (a.at === b.at ? Number(b.call) - Number(a.call) : a.at - b.at));
    let column = 0;
    for (const { bar, at, call } of events) {
      (call ? this.#call : this.#return).set(bar, column);
      if (Number.isFinite(at)) column++;
    }
    this.width = LEFT * 2 + (column + 1) * COLUMN;
    this.#cutAtNextCall(events.filter((event) => event.call).map((event) => event.bar));
  }

  /** A bar is drawn no further than the next call of its process, which would cover its end. */
  #cutAtNextCall(inCallOrder: readonly Bar[]): void {
    const latest = new Map<ProcessId, Bar>();
    for (const bar of inCallOrder) {
      const before = latest.get(bar.process);
      if (before && this.#return.get(before)! > this.call(bar)) this.#return.set(before, this.call(bar));
      latest.set(bar.process, bar);
    }
  }

  call(bar: Bar): number {
    return this.#call.get(bar)!;
  }

  x(column: number): number {
    return LEFT + column * COLUMN;
  }

  left(bar: Bar): number {
    return this.x(this.#call.get(bar)!);
  }

  right(bar: Bar): number {
    return this.x(this.#return.get(bar)!);
  }
}

/** Draws bars in rows, the order found as numbered points joined by a line, and the end of the prefix. */
export function drawBars(bars: readonly Bar[]): string {
  const columns = new Columns(bars);
  const rows = new Map<ProcessId, number>();
  for (const process of [...new Set(bars.map((bar) => bar.process))].sort(byName))
    rows.set(process, rows.size);
  const height = rows.size * ROW + 12;
  const size = `width:${columns.width}px;height:${height}px`;
  const top = (bar: Bar): number => rows.get(bar.process)! * ROW;
  return [
    `<div class="scroll"><div class="plot" style="${size}">`,
    ...[...rows].map(([process, row]) => drawRow(process, row * ROW, columns.width)),
    ...bars.map((bar) => drawBar(bar, columns, top(bar))),
    `<svg width="${columns.width}" height="${height}">`,
    ...drawOrder(bars, columns, top),
    ...bars.filter((bar) => bar.blocked).map((bar) => drawEnd(columns.right(bar), height)),
    "</svg></div></div>",
  ].join("\n");
}

function drawRow(process: ProcessId, top: number, width: number): string {
  return `<div class="row" style="top:${top}px;width:${width}px"><span class="process">${escapeText(String(process))}</span></div>`;
}

function drawBar(bar: Bar, columns: Columns, top: number): string {
  const left = columns.left(bar);
  const open = Number.isFinite(bar.completedAt) ? "" : " open";
  const kind = bar.blocked ? "blocked" : bar.place === undefined ? "left" : "placed";
  const place = `left:${left}px;top:${top + BAR_TOP}px;width:${columns.right(bar) - left}px`;
  const hint = `operation ${bar.index} of process ${bar.process}: ${bar.label}\n${times(bar)}`;
  const id = bar.blocked ? ' id="breaks"' : "";
  return `<div${id} class="bar ${kind}${open}" style="${place}" title="${escapeText(hint)}">${escapeText(bar.label)}</div>`;
}

function times(bar: Bar): string {
  const end = Number.isFinite(bar.completedAt) ? `completed at ${bar.completedAt}` : "outcome unknown";
  return `invoked at ${bar.invokedAt}, ${end}`;
}

/** Puts each point right behind the latest call before it in the order: never outside its own bar. */
function drawOrder(bars: readonly Bar[], columns: Columns, top: (bar: Bar) => number): string[] {
  const placed = bars.filter((bar) => bar.place !== undefined).sort((a, b) => a.place! - b.place!);
  const byColumn = new Map<number, Bar[]>();
  let column = 0;
  for (const bar of placed) {
    column = Math.max(column, columns.call(bar));
    if (!byColumn.get(column)?.push(bar)) byColumn.set(column, [bar]);
  }
  const points = [...byColumn].flatMap(([at, inColumn]) =>
    inColumn.map((bar, i) => ({
      bar,
      x: Math.round(columns.x(at) + ((i + 1) * COLUMN) / (inColumn.length + 1)),
      y: top(bar) + BAR_TOP,
    })),
  );
  const line = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  return [
    line === "" ? "" : `<path d="${line}"/>`,
    ...points.map(({ bar, x, y }) => {
      const hint = escapeText(`${bar.place}. ${bar.label}\nstate: ${bar.state}`);
      return `<circle cx="${x}" cy="${y}" r="4"><title>${hint}</title></circle><text x="${x}" y="${y - 7}">${bar.place}</text>`;
    }),
  ];
}

function drawEnd(x: number, height: number): string {
  return `<line x1="${x}" y1="0" x2="${x}" y2="${height}"/>`;
}

function byName(a: ProcessId, b: ProcessId): number {
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
