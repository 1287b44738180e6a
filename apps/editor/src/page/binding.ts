import { Annotation, type Extension } from "@codemirror/state";
import { EditorView, keymap, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { Text, TextEvent } from "@coterie/crdt";

/** Marks what comes from the replicated text, so that it is not written back to it. */
const fromText = Annotation.define<boolean>();

/**
 * Binds a CodeMirror editor to a replicated text: what is typed is inserted there, what others type is shown here. The
 * editor must begin with the text's content. Undoing takes back one's own changes alone.
 */
export function replicated(text: Text): Extension {
  const undo = text.trackUndo();
  let typing = false;
  const binding = ViewPlugin.define((view) => {
    const show = ({ steps }: TextEvent): void => {
      if (typing) return;
      view.dispatch(
        ...steps.map(({ index, removed, inserted }) => ({
          changes: { from: index, to: index + removed, insert: inserted },
          annotations: fromText.of(true),
          sequential: true,
        })),
      );
    };
    const stop = text.onChange(show);
    return {
      update(update: ViewUpdate) {
        if (!update.docChanged || update.transactions.some((one) => one.annotation(fromText))) return;
        typing = true;
        try {
          text.transact(() => {
            // The places in the new document: each change finds those before it made already.
            update.changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
              if (toA > fromA) text.remove(fromB, toA - fromA);
              if (inserted.length > 0) text.insert(fromB, inserted.toString());
            });
          });
        } finally {
          typing = false;
        }
      },
      destroy() {
        stop();
        undo.stop();
      },
    };
  });
  return [
    binding,
    keymap.of([
      { key: "Mod-z", run: () => undo.undo(), preventDefault: true },
      { key: "Mod-y", mac: "Mod-Shift-z", run: () => undo.redo(), preventDefault: true },
    ]),
    EditorView.lineWrapping,
  ];
}
