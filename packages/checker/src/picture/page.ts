/** Text made safe to stand in HTML, in attributes too. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --paper: #ffffff; --line: #e4e7ec;
  --placed: #d6e9dd; --placed-edge: #3f8f5f; --blocked: #fbd5d1; --blocked-edge: #c8321f; --left: #eceef2;
  --left-edge: #98a2b3; --point: #1f6f43; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --paper: #14181f; --line: #2b313c;
  --placed: #1d3a2a; --placed-edge: #55b37c; --blocked: #4d201b; --blocked-edge: #ff7a66; --left: #262b35;
  --left-edge: #667085; --point: #7bd6a0; } }
body { margin: 2rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
p { max-width: 60rem; margin: .4rem 0; }
.note, .legend { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; margin: 1.2rem 0; border: 1px solid var(--line); border-radius: 8px; }
.plot { position: relative; }
.row { position: absolute; left: 0; border-top: 1px solid var(--line); }
.process { position: sticky; left: 0; z-index: 3; display: inline-block; padding: 2px 8px; font-size: 12px;
  color: var(--soft); background: var(--paper); border-radius: 0 0 6px 0; }
.bar { position: absolute; box-sizing: border-box; height: 24px; padding: 0 6px; border: 1px solid; border-radius: 5px;
  font: 12px/22px ui-monospace, monospace; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bar:hover { overflow: visible; width: max-content !important; z-index: 4; }
.placed { background: var(--placed); border-color: var(--placed-edge); }
.blocked { background: var(--blocked); border-color: var(--blocked-edge); border-width: 2px; line-height: 20px; font-weight: 600; }
.left { background: var(--left); border-color: var(--left-edge); }
.open { border-right-style: dashed; border-top-right-radius: 0; border-bottom-right-radius: 0;
  mask-image: linear-gradient(to right, #000 70%, transparent); }
svg { position: absolute; left: 0; top: 0; pointer-events: none; z-index: 2; }
svg path { fill: none; stroke: var(--point); stroke-width: 1.5; stroke-opacity: .45; }
svg circle { fill: var(--point); pointer-events: auto; }
svg text { fill: var(--point); font: 600 10px system-ui, sans-serif; text-anchor: middle; }
svg line { stroke: var(--blocked-edge); stroke-width: 1.5; stroke-dasharray: 4 3; }
.key { display: inline-block; width: 14px; height: 14px; margin: 0 4px 0 14px; border: 1px solid; border-radius: 4px; vertical-align: -2px; }
`;

/** One self-contained HTML page. `body` is HTML already. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
${body}
<script>document.getElementById("breaks")?.scrollIntoView({ inline: "center", block: "nearest" })</script>
</body>
</html>
`;
}
