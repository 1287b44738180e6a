import { defaultKeymap } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import {
  type AntiEntropy,
  type Awareness,
  type Codec,
  createAntiEntropy,
  createAwareness,
  createText,
  json,
  sequenceSource,
  type Text,
} from "@coterie/crdt";
import { replicated } from "./binding.ts";
import { othersCarets, type Presence, redrawCarets } from "./carets.ts";
import type { Link } from "./link.ts";

/** The machine as the adapter wants it: a host has the same. */
const host = {
  clock: {
    now: () => performance.now(),
    wake(at: number, fn: () => void): () => void {
      const timer = setTimeout(fn, Math.max(0, at - performance.now()));
      return () => clearTimeout(timer);
    },
  },
  random: { float: () => Math.random() },
};

/** One writer: a replica of the text, an editor on it, and its end of the link. */
export class Replica {
  readonly id: string;
  readonly text: Text;
  readonly view: EditorView;
  readonly exchange: AntiEntropy;
  readonly #color: string;
  readonly #awareness: Awareness<Presence>;
  readonly #sayPresence: (message: Uint8Array) => void;

  constructor(
    id: string,
    peer: string,
    color: string,
    link: Link,
    parent: HTMLElement,
    onChange: () => void,
  ) {
    this.id = id;
    this.#color = color;
    this.text = createText({ replica: id });
    this.#awareness = createAwareness(json as Codec<Presence>, { replica: id, timeoutMs: 10_000 });
    const channel = link.end(id, "text");
    const source = sequenceSource(this.text);
    this.exchange = createAntiEntropy(host, {
      channel,
      source,
      peers: [peer],
      intervalMs: 400,
      pushDelayMs: 0,
    });
    const presence = link.end(id, "presence");
    this.#sayPresence = (message) => presence.send(peer, message);
    presence.receive((_, message) => this.#hear(message));
    this.view = this.#editor(parent);
    this.text.onChange(({ origin }) => {
      if (origin === "local") this.exchange.changed();
      queueMicrotask(() => redrawCarets(this.view));
      onChange();
    });
    setInterval(() => this.#tick(), 1_000);
  }

  /** Says where this writer's caret is. */
  say(): void {
    const { anchor, head } = this.view.state.selection.main;
    const place = { anchor: this.text.cursorAt(anchor), head: this.text.cursorAt(head) };
    this.#sayPresence(
      this.#awareness.set({ name: this.id, color: this.#color, ...place }, performance.now()),
    );
  }

  #editor(parent: HTMLElement): EditorView {
    return new EditorView({
      parent,
      state: EditorState.create({
        doc: this.text.toString(),
        extensions: [
          replicated(this.text),
          othersCarets(this.text, this.#awareness),
          lineNumbers(),
          drawSelection(),
          highlightActiveLine(),
          keymap.of(defaultKeymap),
          EditorView.contentAttributes.of({ "aria-label": `${this.id}'s text` }),
          EditorView.updateListener.of((update) => {
            if (update.selectionSet || update.docChanged) queueMicrotask(() => this.say());
          }),
        ],
      }),
    });
  }

  #hear(message: Uint8Array): void {
    this.#awareness.apply(message, performance.now());
    redrawCarets(this.view);
  }

  #tick(): void {
    const { left, message } = this.#awareness.tick(performance.now());
    if (message !== undefined) this.#sayPresence(message);
    if (left.length > 0) redrawCarets(this.view);
  }
}
