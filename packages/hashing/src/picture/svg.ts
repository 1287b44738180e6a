/** Text as it may stand between tags and in quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A piece of a ring around (x, y), from turn a to turn b (1 is once around, 0 is at the top, clockwise). */
export function arcPath(x: number, y: number, inner: number, outer: number, a: number, b: number): string {
  // A full circle has no two ends to draw an arc between.
  const end = Math.min(b, a + 0.9999);
  const large = end - a > 0.5 ? 1 : 0;
  const at = (radius: number, turn: number): string => {
    const angle = 2 * Math.PI * turn;
    return `${round(x + radius * Math.sin(angle))} ${round(y - radius * Math.cos(angle))}`;
  };
  return (
    `M${at(outer, a)}A${outer} ${outer} 0 ${large} 1 ${at(outer, end)}` +
    `L${at(inner, end)}A${inner} ${inner} 0 ${large} 0 ${at(inner, a)}Z`
  );
}

/** Colours that differ for neighbours in a list of any length: steps of the golden angle around the hues. */
export function hue(place: number): string {
  return `hsl(${round((place * 137.508) % 360)} 62% ${52 + (place % 3) * 7}%)`;
}

/** Two digits after the point are below what a screen shows. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A document of its own: no script, no font, no image from elsewhere; light and dark. */
export function document(
  width: number,
  height: number,
  title: string,
  description: string,
  body: string,
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>
:root { color-scheme: light dark; --ink: #24292f; --faint: #8c959f; --rest: #d8dee4; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #8b949e; --rest: #30363d; --paper: #0d1117; } }
text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.title { font-size: 16px; font-weight: 600; }
.faint { fill: var(--faint); }
.rest { fill: var(--rest); }
.mean { stroke: var(--ink); stroke-dasharray: 3 3; }
</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${body}
</svg>
`;
}
