import { historyOf, type LoggedEvent, type PlacedEvent } from "./history.ts";

export interface DiagramOptions {
  /** What the picture is called, for its title and for screen readers. */
  readonly title?: string;
}

/** All lengths in pixels. */
const columnWidth = 170;
const rowHeight = 34;
const marginTop = 64;
const marginSide = 60;
const radius = 5;
/** Longer labels are cut in the picture and whole in the tooltip. */
const labelMax = 22;

/** Below one class, so that the picture can stand inside a page without styling the rest of it. */
const style = `
.space-time{background:#fff;--ink:#24292f;--paper:#fff;--line:#8c959f;--arrow:#0969da}
@media(prefers-color-scheme:dark){.space-time{background:#0d1117;--ink:#e6edf3;--paper:#0d1117;--arrow:#58a6ff}}
.space-time text{font:12px system-ui,sans-serif;fill:var(--ink);stroke:var(--paper);stroke-width:3px;paint-order:stroke}
.space-time .process{font-weight:600;text-anchor:middle}
.space-time .life{stroke:var(--line);stroke-width:1.5}
.space-time .message{stroke:var(--arrow);stroke-width:1.5;fill:none;marker-end:url(#head)}
.space-time .event{fill:var(--ink);stroke:var(--paper);stroke-width:1.5}
.space-time .head{fill:var(--arrow)}`;

/**
 * Draws the space-time diagram of an execution (Lamport 1978, figure 1; Mattern 1989) as one self-contained SVG: a line
 * for each process, time running down, a dot for each event with its stamp as tooltip, an arrow wherever knowledge
 * passed from one process to another. Arrows follow from the stamps; none is drawn that others imply.
 *
 * The same log gives the same picture. Throws `InvalidHistoryError` for stamps that contradict each other and
 * `TooLargeError` beyond 10,000 events.
 */
export function spaceTimeDiagram(log: readonly LoggedEvent[], options: DiagramOptions = {}): string {
  const { processes, events } = historyOf(log);
  const columns = new Map(processes.map((id, column) => [id, marginSide + column * columnWidth]));
  const x = (event: PlacedEvent): number => columns.get(event.process)!;
  const y = ({ level }: PlacedEvent): number => marginTop + level * rowHeight;
  const levels = events.reduce((most, { level }) => Math.max(most, level + 1), 1);
  const width = marginSide * 2 + Math.max(1, processes.length) * columnWidth;
  const height = marginTop + levels * rowHeight + 20;
  const title = escapeXml(options.title ?? "Space-time diagram");
  return [
    `<svg class="space-time" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
    ...[...columns].map(([id, at]) => lifeline(id, at, height)),
    ...events.flatMap((event) => event.causes.map((cause) => arrow(x(cause), y(cause), x(event), y(event)))),
    ...events.map((event) => dot(event, x(event), y(event))),
    "</svg>",
    "",
  ].join("\n");
}

function lifeline(id: string, x: number, height: number): string {
  const name = `<text class="process" x="${x}" y="28">${escapeXml(shorten(id))}<title>${escapeXml(id)}</title></text>`;
  return `${name}\n<line class="life" x1="${x}" y1="42" x2="${x}" y2="${height - 10}"/>`;
}

/** Ends at the edge of the dot, so that the head can be seen. */
function arrow(x1: number, y1: number, x2: number, y2: number): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const cut = (radius + 1) / length;
  const end = `${round(x2 - (x2 - x1) * cut)} ${round(y2 - (y2 - y1) * cut)}`;
  return `<path class="message" d="M${x1} ${y1} ${end}"/>`;
}

function dot({ label, clock, process, number }: PlacedEvent, x: number, y: number): string {
  const stamp = [...clock].map(({ id, counter }) => `${id}: ${counter}`).join(", ");
  const tooltip = `${process} ${number}${label === "" ? "" : `: ${label}`}\n${stamp}`;
  const text = `<text x="${x + 12}" y="${y + 4}">${escapeXml(shorten(label))}</text>`;
  return `<g><title>${escapeXml(tooltip)}</title><circle class="event" cx="${x}" cy="${y}" r="${radius}"/>${text}</g>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length > labelMax ? `${characters.slice(0, labelMax - 1).join("")}…` : text;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as XML may hold it: markup escaped, and the characters that XML 1.0 does not know replaced. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => entities[character]!)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}
