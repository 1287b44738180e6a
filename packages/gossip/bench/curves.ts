/** One line of a panel: `y` from 0 to 1 at each `x`. */
export interface Curve {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
  /** What the theory says, drawn dashed. */
  readonly theory?: boolean;
  /** Which colour: a curve and its theory share one. */
  readonly colour: number;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** The lowest `y` of a logarithmic axis; linear from 0 without it. */
  readonly logFrom?: number;
  readonly curves: readonly Curve[];
}

const width = 460;
const height = 330;
const margin = { left: 58, right: 16, top: 34, bottom: 46 };
const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf"];

/** Panels side by side, as one SVG file that loads nothing. */
export function drawPanels(panels: readonly Panel[]): string {
  const body = panels.map((panel, i) => `<g transform="translate(${i * width} 0)">${drawPanel(panel)}</g>`);
  const size = `width="${panels.length * width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="11">
<title>${panels.map(({ title }) => title).join("; ")}</title>
<rect width="100%" height="100%" fill="white"/>
${body.join("\n")}
</svg>
`;
}

function drawPanel({ title, xLabel, yLabel, logFrom, curves }: Panel): string {
  const xMax = Math.max(1, ...curves.flatMap(({ points }) => points.map(([x]) => x)));
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const atX = (x: number): number => margin.left + (x / xMax) * (right - margin.left);
  const share = (y: number): number =>
    logFrom === undefined ? y : Math.max(0, 1 - Math.log(Math.max(y, logFrom)) / Math.log(logFrom));
  const atY = (y: number): number => bottom - share(y) * (bottom - margin.top);
  const yTicks = logFrom === undefined ? [0, 0.25, 0.5, 0.75, 1] : powersOfTen(logFrom);
  const step = niceStep(xMax / 6);
  const xTicks = Array.from({ length: Math.floor(xMax / step + 1e-9) + 1 }, (_, i) => i * step);
  const grid = [
    ...yTicks.map(
      (y) => line(margin.left, atY(y), right, atY(y)) + label(margin.left - 6, atY(y) + 4, show(y), "end"),
    ),
    ...xTicks.map(
      (x) => line(atX(x), margin.top, atX(x), bottom) + label(atX(x), bottom + 16, show(x), "middle"),
    ),
  ];
  const drawn = curves.map(({ points, colour, theory }) => {
    const path = points.map(([x, y]) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(" ");
    const dash = theory ? ' stroke-dasharray="3 4"' : "";
    return `<polyline points="${path}" fill="none" stroke="${colours[colour % colours.length]}" stroke-width="1.6"${dash}/>`;
  });
  const legend = curves
    .filter(({ theory }) => !theory)
    .map(({ label: text, colour }, i) => {
      const y = (logFrom === undefined ? bottom - 80 : margin.top) + 14 + i * 15;
      return `<rect x="${right - 96}" y="${y - 8}" width="10" height="10" fill="${colours[colour % colours.length]}"/>${label(right - 82, y + 1, text, "start")}`;
    });
  return [
    label(width / 2, 18, title, "middle", 'font-weight="bold" font-size="13"'),
    ...grid,
    ...drawn,
    ...legend,
    label((margin.left + right) / 2, height - 12, xLabel, "middle"),
    `<text transform="translate(14 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
  ].join("\n");
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  const at = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${at[0]}" y1="${at[1]}" x2="${at[2]}" y2="${at[3]}" stroke="#dddddd"/>`;
}

function label(x: number, y: number, text: string, anchor: string, style = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${style}>${text}</text>`;
}

function powersOfTen(from: number): number[] {
  const ticks: number[] = [];
  for (let y = 1; y >= from * 0.999; y /= 10) ticks.push(y);
  return ticks;
}

/** 1, 2 or 5 times a power of ten, at least `atLeast`. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= atLeast)!;
}

function show(value: number): string {
  return value !== 0 && value < 0.01 ? value.toExponential(0) : String(Number(value.toFixed(2)));
}
