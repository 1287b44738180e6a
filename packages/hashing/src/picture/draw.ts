import { HASHES } from "../hash/mix.ts";
import { type MigrationPlan, planMigration, shares } from "../migration/plan.ts";
import type { CellPlacement } from "../placement.ts";
import { arcPath, document, escaped, hue, round } from "./svg.ts";

export interface DrawOptions {
  /** Default: the strategy and how many nodes it has. */
  readonly title?: string | undefined;
}

/** Rows that fit: nodes beyond are summed up in one line. */
const ROWS_MAX = 24;
/** Looks taken around the circle. A finer pattern than this would not be seen. */
const LOOKS = 2048;
const WIDTH = 860;
const CENTRE = 190;
const BARS_LEFT = 400;
const BARS_WIDTH = 300;

/**
 * A picture of a placement: who owns which part of the circle, and each node's share against its fair one. With a
 * second placement, also what moves on the way there: outside the circle in the colours of the new owners, and in
 * words. One self-contained SVG document. O(cells).
 *
 * @throws NoNodesError, MismatchedHashError as `planMigration`
 */
export function draw(placement: CellPlacement, after?: CellPlacement, options: DrawOptions = {}): string {
  const latest = after ?? placement;
  const plan = after === undefined ? undefined : planMigration(placement, after);
  const colours = coloursOf(placement, latest);
  const rows = barRows(placement, latest, colours);
  const moves = plan === undefined ? [] : moveLines(plan);
  const top = 70;
  const movesTop = top + rows.length * 24 + 34;
  const title = options.title ?? `${latest.strategy}, ${latest.size} nodes`;
  const body = [
    `<text class="title" x="24" y="34">${escaped(title)}</text>`,
    circle(placement, latest, plan, colours),
    `<text class="faint" x="${BARS_LEFT}" y="${top - 20}">share of all keys, against the fair share (dashed)</text>`,
    ...rows.map((row, place) => row(top + place * 24)),
    ...moves.map(
      (line, place) => `<text x="${BARS_LEFT}" y="${movesTop + place * 20}">${escaped(line)}</text>`,
    ),
  ];
  const height = Math.max(2 * CENTRE + 40, movesTop + moves.length * 20 + 10);
  return document(WIDTH, height, title, moves.join(". "), body.join("\n"));
}

/** By node, those that come or go first: they must not be among the rows that do not fit. */
function coloursOf(before: CellPlacement, after: CellPlacement): Map<string, string> {
  const ids = new Set([...before.nodes(), ...after.nodes()].map(({ id }) => id));
  const stays = (id: string): boolean => before.has(id) && after.has(id);
  const ordered = [...ids].sort((a, b) => Number(stays(a)) - Number(stays(b)) || (a < b ? -1 : 1));
  return new Map(ordered.map((id, place) => [id, hue(place)]));
}

function circle(
  before: CellPlacement,
  after: CellPlacement,
  plan: MigrationPlan | undefined,
  colours: ReadonlyMap<string, string>,
): string {
  const ring = looks(before).map(({ owner, start, end }) => {
    const tip = `<title>${escaped(owner)}</title>`;
    return `<path fill="${colours.get(owner)}" d="${arcPath(CENTRE, CENTRE + 30, 100, 138, start, end)}">${tip}</path>`;
  });
  if (plan === undefined) return ring.join("\n");
  const moved = looks(after, (hash, owner) => before.ownerAt(hash) !== owner).map(({ owner, start, end }) => {
    const tip = `<title>to ${escaped(owner)}</title>`;
    return `<path fill="${colours.get(owner)}" d="${arcPath(CENTRE, CENTRE + 30, 144, 156, start, end)}">${tip}</path>`;
  });
  const words = [
    `<text x="${CENTRE}" y="${CENTRE + 26}" text-anchor="middle">${percent(plan.share)} moves</text>`,
    `<text class="faint" x="${CENTRE}" y="${CENTRE + 46}" text-anchor="middle">at least ${percent(plan.least)} must</text>`,
  ];
  const rest = `<path class="rest" d="${arcPath(CENTRE, CENTRE + 30, 149, 151, 0, 1)}"/>`;
  return [...ring, rest, ...moved, ...words].join("\n");
}

/** Runs of one owner around the circle, as far as the looks tell; only those hashes that `shown` lets through. */
function looks(
  placement: CellPlacement,
  shown: (hash: number, owner: string) => boolean = () => true,
): { owner: string; start: number; end: number }[] {
  const runs: { owner: string; start: number; end: number }[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const hash = Math.floor(((look + 0.5) * HASHES) / LOOKS);
    const owner = placement.ownerAt(hash);
    if (!shown(hash, owner)) continue;
    const [start, end] = [look / LOOKS, (look + 1) / LOOKS];
    const last = runs.at(-1);
    if (last?.owner === owner && last.end === start) last.end = end;
    else runs.push({ owner, start, end });
  }
  return runs;
}

/** One bar for each node, of its share after and, in outline, before; each to be put at a height. */
function barRows(
  before: CellPlacement,
  after: CellPlacement,
  colours: ReadonlyMap<string, string>,
): ((y: number) => string)[] {
  const [old, now] = [shares(before), shares(after)];
  const weights = new Map([...before.nodes(), ...after.nodes()].map(({ id, weight }) => [id, weight]));
  const total = after.nodes().reduce((sum, { weight }) => sum + weight, 0);
  const ids = [...colours.keys()];
  const shown = ids.slice(0, ids.length > ROWS_MAX ? ROWS_MAX - 1 : ROWS_MAX);
  const most = Math.max(...old.values(), ...now.values());
  const rows = shown.map((id) => (y: number) => {
    const share = now.get(id) ?? 0;
    const was = old.get(id);
    const fair = now.has(id) ? weights.get(id)! / total : 0;
    const x = (part: number): number => round(BARS_LEFT + 70 + (part / most) * (BARS_WIDTH - 70));
    const note =
      before === after || was === share ? "" : was === undefined ? " (new)" : ` (was ${percent(was)})`;
    return [
      `<text x="${BARS_LEFT}" y="${y + 13}">${escaped(shortened(id))}</text>`,
      `<rect x="${x(0)}" y="${y + 2}" width="${round(x(share) - x(0))}" height="14" rx="2" fill="${colours.get(id)}"/>`,
      `<line class="mean" x1="${x(fair)}" x2="${x(fair)}" y1="${y}" y2="${y + 18}"/>`,
      `<text x="${BARS_LEFT + BARS_WIDTH + 12}" y="${y + 13}">${percent(share)}${note}</text>`,
    ].join("\n");
  });
  if (shown.length === ids.length) return rows;
  const hidden = ids.slice(shown.length);
  const share = hidden.reduce((sum, id) => sum + (now.get(id) ?? 0), 0);
  rows.push(
    (y) =>
      `<text class="faint" x="${BARS_LEFT}" y="${y + 13}">and ${hidden.length} more nodes with ${percent(share)} together</text>`,
  );
  return rows;
}

function moveLines(plan: MigrationPlan): string[] {
  const largest = [...plan.moves].sort((a, b) => b.share - a.share).slice(0, 8);
  const lines = largest.map(({ from, to, share, ranges }) => {
    const pieces = `${ranges.length} ${ranges.length === 1 ? "range" : "ranges"}`;
    return `${shortened(from)} gives ${shortened(to)} ${percent(share)} of all keys in ${pieces}`;
  });
  if (plan.moves.length > largest.length)
    lines.push(`and ${plan.moves.length - largest.length} smaller moves`);
  return lines;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.095 ? 2 : 1)} %`;
}

function shortened(id: string): string {
  return id.length > 9 ? `${id.slice(0, 8)}\u2026` : id;
}
