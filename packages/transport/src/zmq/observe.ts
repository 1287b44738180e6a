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

/** How long ZeroMQ may take to end a socket, in a thread of its own, once nothing lingers. */
export const endMsMax = 5_000;

/**
 * Closes an observer whose socket was closed but never said that it had ended: a little memory is the price, and a
 * process that cannot exit would be the other.
 */
export function giveUpOn(observer: Observer, lingerMs: number): void {
  const close = (): void => {
    if (!observer.closed) observer.close();
  };
  setTimeout(close, lingerMs + endMsMax).unref();
}
