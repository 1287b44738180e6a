/** What a transport counts. Every number only grows; gauges are added when a snapshot is taken. */
export class Counters {
  framesSent = 0;
  framesReceived = 0;
  recordsSent = 0;
  recordsReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Records dropped here because the peer is not known. */
  droppedUnknownPeer = 0;
  /** Records dropped here because the outbox was full. */
  droppedOutboxFull = 0;
  /** Records dropped here because they were longer than `recordBytesMax`. */
  droppedOversized = 0;
  /** Records dropped with the link that they waited for. */
  droppedLinkClosed = 0;
  /** Frames or records that could not be read. */
  malformed = 0;
  /** Frames, and proofs, of links that did not prove to be who they claim to be. */
  unproven = 0;
  /** Challenges for links that are not this node's: somebody claims its name. */
  strangeChallenges = 0;
  /** Connections of keys that are not admitted. */
  refusedKeys = 0;
  /** Connections that never got through the handshake: without CURVE, with another key, or broken. */
  refusedHandshakes = 0;
  /** Frames longer than this node takes. */
  oversized = 0;
  /** Records of channels that nobody receives here. */
  unclaimed = 0;
  /** Frames of an earlier life of their sender. */
  fenced = 0;
  /** Frames meant for another node. */
  misdirected = 0;
  /** Peers not taken in because `peersMax` were known. */
  refusedPeers = 0;
  /** Links that could not be opened for want of a socket. */
  linkFailures = 0;
  /** Exceptions that receivers threw. */
  receiverErrors = 0;
  /** Links that broke and were made again. */
  reconnects = 0;

  snapshot(gauges: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
    return { ...this, ...gauges };
  }
}
