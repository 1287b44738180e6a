import type { Event, Observer } from "zeromq";

/**
 * Tells what happens on a socket until that socket has been closed. The observer is read to its end and never
 * closed: of a closed one libzmq keeps both ends for ever, and the context has only so many sockets (measured, as
 * is that zeromq.js's own `on` leaves one behind).
 */
export async function observe(observer: Observer, listener: (event: Event) => void): Promise<void> {
  for (;;) {
    let event: Event | undefined;
    try {
      event = await observer.receive();
    } catch {
      return;
    }
    if (event === undefined || event.type === "end") return;
    listener(event);
  }
}

/**
 * How long ZeroMQ may take to end a socket, in a thread of its own, once nothing lingers. Far beyond what a machine under
 * load needs: a socket that ends when its observer is gone already waits for ever to say so, and that thread with it.
 */
const endMsMax = 60_000;

/** Closes an observer whose socket was closed and never said that it had ended, so that the process can exit. */
export function giveUpOn(observer: Observer, lingerMs: number): void {
  const close = (): void => {
    if (!observer.closed) observer.close();
  };
  setTimeout(close, lingerMs + endMsMax).unref();
}
