import { type Flight, Link } from "./link.ts";
import { Replica } from "./replica.ts";

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;

const cable = element("cable");
const traffic = { messages: 0, bytes: 0, lost: 0 };
const link = new Link(fly);
const [left, right] = [replica("left", "Left", "Right"), replica("right", "Right", "Left")];

/** The color by name, so that a caret follows the page from light to dark. */
function replica(id: string, name: string, peer: string): Replica {
  const parent = element(id).querySelector<HTMLElement>(".text")!;
  return new Replica(name, peer, `var(--${id})`, link, parent, () => requestAnimationFrame(show));
}

/** Shows a message as a dot that runs along the cable; one that is lost falls off half-way. */
function fly({ from, bytes, delayMs, lost }: Flight): void {
  traffic.messages++;
  traffic.bytes += bytes;
  if (lost) traffic.lost++;
  const dot = document.createElement("span");
  dot.className = "packet";
  dot.style.setProperty("--color", `var(--${from.toLowerCase()})`);
  cable.append(dot);
  const [start, end] = from === "Left" ? [0, cable.clientWidth] : [cable.clientWidth, 0];
  const at = (share: number, y = 0): Keyframe => ({
    transform: `translate(${start + share * (end - start)}px, ${y}px)`,
    opacity: y === 0 ? 1 : 0,
  });
  const flight = dot.animate(lost ? [at(0), at(0.5), at(0.55, 40)] : [at(0), at(1)], Math.max(180, delayMs));
  flight.onfinish = () => dot.remove();
}

function show(): void {
  if (left === undefined || right === undefined) return;
  const together = left.text.toString() === right.text.toString();
  document.body.classList.toggle("apart", !together);
  element("state").textContent = together ? "together" : "apart";
  const { messages, bytes, lost } = traffic;
  element("traffic").textContent = `${messages} messages, ${bytes} bytes${lost > 0 ? `, ${lost} lost` : ""}`;
  for (const { id, text } of [left, right]) {
    const seen = [...text.version()].map(([name, count]) => `${name} ${count}`).join(", ");
    const facts = {
      units: text.length,
      "has seen": seen || "nothing",
      "as bytes": text.encode().length,
      waiting: `${text.pendingBytes} B`,
    };
    element(id.toLowerCase())
      .querySelector(".facts")!
      .replaceChildren(
        ...Object.entries(facts).flatMap(([name, value]) => {
          const [term, fact] = [document.createElement("dt"), document.createElement("dd")];
          term.textContent = name;
          fact.textContent = String(value);
          return [term, fact];
        }),
      );
  }
}

element("cut").addEventListener("click", ({ currentTarget }) => {
  link.cut = !link.cut;
  const button = currentTarget as HTMLButtonElement;
  button.setAttribute("aria-pressed", String(link.cut));
  button.textContent = link.cut ? "Heal the link" : "Cut the link";
  cable.classList.toggle("cut", link.cut);
  if (link.cut) for (const dot of cable.querySelectorAll(".packet")) dot.remove();
  else for (const one of [left, right]) one.say();
});

function slider(id: string, unit: string, set: (value: number) => void): void {
  const input = element<HTMLInputElement>(id);
  input.addEventListener("input", () => {
    set(input.valueAsNumber);
    element(`${id}-shown`).textContent = `${input.value} ${unit}`;
  });
}
slider("delay", "ms", (value) => {
  link.delayMs = value;
});
slider("loss", "%", (value) => {
  link.loss = value / 100;
});

left.text.insert(
  0,
  "Two people write in this text at once.\n\nWhat each types goes to the other over the link in the middle.\n",
);
setInterval(show, 500);
show();
