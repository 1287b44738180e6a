import { type EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import type { Awareness, Cursor, Text } from "@coterie/crdt";

/** What one writer tells the others about itself. */
export interface Presence {
  readonly name: string;
  readonly color: string;
  readonly anchor: Cursor;
  readonly head: Cursor;
}

const redraw = StateEffect.define();

class Caret extends WidgetType {
  readonly #presence: Presence;

  constructor(presence: Presence) {
    super();
    this.#presence = presence;
  }

  override eq(other: Caret): boolean {
    return other.#presence.name === this.#presence.name;
  }

  toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = "caret";
    caret.style.setProperty("--color", this.#presence.color);
    caret.dataset.name = this.#presence.name;
    return caret;
  }
}

/** Shows where the others' carets and selections are, by cursors that keep their place in the text. */
export function othersCarets(text: Text, awareness: Awareness<Presence>): Extension {
  const draw = (state: EditorState): DecorationSet => {
    const marks = [...awareness.states].flatMap(([replica, presence]) => {
      if (replica === text.replica) return [];
      const [anchor, head] = [text.indexOf(presence.anchor), text.indexOf(presence.head)];
      if (anchor === undefined || head === undefined || Math.max(anchor, head) > state.doc.length) return [];
      const caret = Decoration.widget({ widget: new Caret(presence), side: 1 }).range(head);
      if (anchor === head) return [caret];
      const attributes = { style: `background: color-mix(in srgb, ${presence.color} 22%, transparent)` };
      const selection = Decoration.mark({ attributes });
      return [selection.range(Math.min(anchor, head), Math.max(anchor, head)), caret];
    });
    return Decoration.set(marks, true);
  };
  return StateField.define<DecorationSet>({
    create: draw,
    // The text is changed after the editor shows what was typed: until then the marks move along with it.
    update: (marks, change) =>
      change.effects.some((effect) => effect.is(redraw)) ? draw(change.state) : marks.map(change.changes),
    provide: (field) => EditorView.decorations.from(field),
  });
}

export function redrawCarets(view: EditorView): void {
  view.dispatch({ effects: redraw.of(null) });
}
