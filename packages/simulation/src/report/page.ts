import type { Drawing } from "./diagram.ts";

/** The page around a drawing: one file, nothing loaded from anywhere. */
export function page(drawing: Drawing): string {
  // A "<" in the data could end the script element.
  const data = JSON.stringify(drawing).replaceAll("<", "\\u003c");
  const title = escapeHtml(drawing.title);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>${style}</style>
<header>
  <h1>${title}</h1>
  <p>Wheel: zoom. Drag: move. Double click: everything. Point at anything to read it.</p>
  <ul>
    <li><i style="background:#1f5fa8"></i>message</li>
    <li><i style="background:#c9403a"></i>lost</li>
    <li><i style="background:#3b3b3b"></i>node is down</li>
    <li><i style="background:#e0b64a"></i>paused</li>
    <li><i style="background:#f3d9d6"></i>fault</li>
    <li><i style="background:#2c8a57"></i>client calls</li>
  </ul>
</header>
<canvas></canvas>
<div id="tip" hidden></div>
<pre>${escapeHtml(drawing.story)}</pre>
<script>const drawing = ${data};
${script}</script>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const style = `
body { margin: 0; font: 14px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
header { padding: 12px 20px 8px; border-bottom: 1px solid #ddd; }
h1 { font-size: 18px; margin: 0; }
header p { margin: 2px 0 6px; color: #666; }
ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0; padding: 0; }
li i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; border-radius: 2px; }
canvas { display: block; width: 100%; cursor: grab; touch-action: none; }
#tip { position: fixed; max-width: 480px; padding: 4px 8px; background: #222; color: #fff; border-radius: 4px;
  pointer-events: none; font-size: 13px; overflow-wrap: anywhere; }
pre { margin: 0; padding: 12px 20px 40px; border-top: 1px solid #ddd; overflow-x: auto; font-size: 12px; }
`;

const script = `
const { nodes, endMs, messages, spans, marks } = drawing;
const canvas = document.querySelector("canvas");
const tip = document.getElementById("tip");
const pen = canvas.getContext("2d");
const left = 70, right = 30, top0 = 44, gap = Math.max(70, Math.min(130, 560 / nodes.length));
const height = top0 + gap * (nodes.length - 1) + 70;
const y = (node) => top0 + node * gap;
const end = Math.max(endMs, 1);
let view = { from: 0, to: end * 1.02 };
// A long run opens on its end, where the violation is.
if (messages.length > 300) view.from = messages[messages.length - 300].sent;
let width = 0;
const x = (ms) => left + (ms - view.from) / (view.to - view.from) * (width - left - right);
const timeAt = (px) => view.from + (px - left) / (width - left - right) * (view.to - view.from);

function line(x1, y1, x2, y2, color, thickness = 1) {
  pen.strokeStyle = color; pen.lineWidth = thickness;
  pen.beginPath(); pen.moveTo(x1, y1); pen.lineTo(x2, y2); pen.stroke();
}
function arrow(x1, y1, x2, y2, color) {
  line(x1, y1, x2, y2, color, 1.2);
  const angle = Math.atan2(y2 - y1, x2 - x1);
  pen.fillStyle = color; pen.beginPath(); pen.moveTo(x2, y2);
  for (const turn of [-0.35, 0.35]) pen.lineTo(x2 - 8 * Math.cos(angle + turn), y2 - 8 * Math.sin(angle + turn));
  pen.fill();
}
function text(what, at, down, color, align = "left") {
  pen.fillStyle = color; pen.textAlign = align; pen.fillText(what, at, down);
}
function grid() {
  const rough = (view.to - view.from) / 8, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
    line(x(t), 24, x(t), height - 20, "#eee");
    text(+t.toFixed(4) + " ms", x(t), 16, "#888", "center");
  }
}
const colors = { down: "#3b3b3b", paused: "#e0b64a" };
function draw() {
  const scale = window.devicePixelRatio || 1;
  width = canvas.clientWidth;
  canvas.width = width * scale; canvas.height = height * scale; canvas.style.height = height + "px";
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.font = "12px system-ui, sans-serif";
  pen.fillStyle = "#fff"; pen.fillRect(0, 0, width, height);
  for (const s of spans) if (s.kind === "fault") {
    pen.fillStyle = "rgba(201, 64, 58, 0.10)";
    const [a, b] = [Math.max(left, x(s.from)), Math.max(left, x(s.to))];
    if (s.node < 0) pen.fillRect(a, 24, b - a, height - 44);
    else pen.fillRect(a, y(s.node) - 16, b - a, 32);
  }
  grid();
  nodes.forEach((id, i) => line(left, y(i), width - right, y(i), "#9a9a9a", 1.5));
  for (const s of spans) if (s.kind !== "fault") {
    const [a, b] = [Math.max(left, x(s.from)), Math.max(left, x(s.to))];
    line(a, y(s.node), b, y(s.node), "#fff", 6);
    pen.setLineDash(s.kind === "down" ? [3, 4] : []);
    line(a, y(s.node), b, y(s.node), colors[s.kind], s.kind === "down" ? 2 : 7);
    pen.setLineDash([]);
  }
  pen.save(); pen.beginPath(); pen.rect(left - 6, 0, width, height); pen.clip();
  for (const m of messages) {
    if (m.sent > view.to || (m.arrived.at(-1) ?? m.sent) < view.from) continue;
    for (const t of m.arrived) arrow(x(m.sent), y(m.from), x(t), y(m.to), "#1f5fa8");
    if (m.lost && m.arrived.length === 0) {
      const [a, b] = [x(m.sent), y(m.from)], down = (y(m.to) - b) * 0.35;
      line(a, b, a + 10, b + down, "#c9403a", 1.2);
      text("\\u00d7", a + 10, b + down + 4, "#c9403a", "center");
    }
  }
  for (const m of marks) drawMark(m);
  pen.restore();
  pen.font = "bold 13px system-ui, sans-serif";
  nodes.forEach((id, i) => text(id, left - 14, y(i) + 4, "#222", "right"));
}
function drawMark(m) {
  const at = x(m.at), down = m.node < 0 ? 30 : y(m.node);
  if (m.kind === "violation") {
    line(at, 24, at, height - 20, "#c9403a", 2);
    text("violation", at - 4, height - 8, "#c9403a", "right");
  } else if (m.kind === "crashed" || m.kind === "failed") {
    pen.font = "bold 18px system-ui"; text("\\u2715", at, down + 6, "#b02a25", "center"); pen.font = "12px system-ui";
  } else {
    pen.fillStyle = m.kind === "invoked" || m.kind === "answered" ? "#2c8a57" : "#555";
    pen.beginPath();
    if (m.kind === "answered") pen.rect(at - 3.5, down - 3.5, 7, 7); else pen.arc(at, down, 4, 0, 7);
    pen.fill();
  }
}
function find(px, py) {
  for (const m of marks) if (Math.hypot(x(m.at) - px, (m.node < 0 ? 30 : y(m.node)) - py) < 8) return m.kind + ": " + m.text;
  let best = 6, found;
  for (const m of messages) {
    for (const t of m.arrived.length ? m.arrived : [m.sent]) {
      const [x1, y1, x2, y2] = [x(m.sent), y(m.from), x(t), y(m.to)];
      const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
      const part = Math.max(0, Math.min(1, ((px - x1) * (x2 - x1) + (py - y1) * (y2 - y1)) / (length || 1)));
      const away = Math.hypot(px - x1 - part * (x2 - x1), py - y1 - part * (y2 - y1));
      if (away < best) { best = away; found = m; }
    }
  }
  if (found) return nodes[found.from] + " \\u2192 " + nodes[found.to] + "  " + (found.arrived.length ?
    "sent " + found.sent + " ms, arrived " + found.arrived.join(" and ") + " ms" : "sent " + found.sent + " ms, " + (found.lost ? "lost" : "on its way")) + "  " + found.text;
  const t = timeAt(px);
  const over = spans.filter((s) => s.from <= t && t <= s.to && (s.node < 0 || Math.abs(y(s.node) - py) < 16));
  return over.map((s) => s.text).join("; ");
}
let drag;
canvas.addEventListener("pointerdown", (e) => { drag = { x: e.offsetX, ...view }; canvas.setPointerCapture(e.pointerId); });
canvas.addEventListener("pointerup", () => { drag = undefined; });
canvas.addEventListener("pointermove", (e) => {
  if (drag) {
    const shift = (drag.x - e.offsetX) / (width - left - right) * (drag.to - drag.from);
    view = { from: drag.from + shift, to: drag.to + shift };
    tip.hidden = true;
    return draw();
  }
  const what = find(e.offsetX, e.offsetY);
  tip.hidden = !what;
  tip.textContent = what;
  tip.style.left = Math.min(e.clientX + 12, innerWidth - 500) + "px";
  tip.style.top = e.clientY + 14 + "px";
});
canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
canvas.addEventListener("wheel", (e) => {
  e.preventDefault();
  const t = timeAt(e.offsetX), factor = Math.exp(e.deltaY / 500);
  view = { from: t - (t - view.from) * factor, to: t + (view.to - t) * factor };
  draw();
}, { passive: false });
canvas.addEventListener("dblclick", () => { view = { from: 0, to: end * 1.02 }; draw(); });
addEventListener("resize", draw);
draw();
`;
