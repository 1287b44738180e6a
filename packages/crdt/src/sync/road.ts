/** A road to peers that may lose, double and reorder messages: what `host.transport.open(name, bytesCodec)` gives. */
export interface BytesChannel {
  /** False when the message was dropped here. Never blocks or throws. */
  send(to: string, message: Uint8Array): boolean;
  /** Sets the one receiver. A message is the receiver's to keep. */
  receive(receiver: (from: string, message: Uint8Array) => void): void;
}

/** The clock and the chance of a machine: every `Host` has them. */
export interface SyncHost {
  readonly clock: {
    /** Monotonic milliseconds. */
    now(): number;
    /** Calls `fn` once when `now() >= at`; returns how to call it off. */
    wake(at: number, fn: () => void): () => void;
  };
  readonly random: {
    /** From 0 to 1, exclusive. */
    float(): number;
  };
}
