/** Typed events: a map from names to what listeners are told. */
export class Events<Map extends object> {
  readonly #listeners: { [Name in keyof Map]?: Set<(event: Map[Name]) => void> } = {};

  /** Returns a function that takes the listener off again. */
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void): () => void {
    const listeners = this.#listeners[name] ?? new Set();
    this.#listeners[name] = listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(event);
      } catch (error) {
        // The listener's fault, not the node's: it surfaces as an uncaught exception, after this turn.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
