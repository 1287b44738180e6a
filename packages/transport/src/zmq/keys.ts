import { curveKeyPair } from "zeromq";
import { InvalidOptionError, UnknownKeyError } from "../errors.ts";
import type { NodeId } from "../transport.ts";

/** A CURVE key pair, each key as 40 characters of Z85. */
export interface KeyPair {
  readonly publicKey: string;
  /** Whoever has it can speak in the node's name: keep it on the node. */
  readonly secretKey: string;
}

export interface SecurityOptions extends KeyPair {
  /**
   * The public key of every node that may take part. Looked at anew whenever a link is made: adding a node to the
   * map lets it in, and deleting it keeps it from making new links.
   */
  readonly peers: ReadonlyMap<NodeId, string>;
}

/** Makes the key pair of one node. */
export function generateKeys(): KeyPair {
  return curveKeyPair();
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const keyPattern = /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/;

/** Z85 (ZeroMQ RFC 32): four bytes become five characters. */
export function toZ85(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i + 4 <= bytes.length; i += 4) {
    let value = ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
    let group = "";
    for (let j = 0; j < 5; j++) {
      group = alphabet[value % 85]! + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}

function checkKey(name: string, key: string): void {
  if (!keyPattern.test(key))
    throw new InvalidOptionError(`${name} is no CURVE key: use the 40 characters that generateKeys gives`);
}

/** Throws `InvalidOptionError` for what is no key. */
export function checkSecurity(security: SecurityOptions): SecurityOptions {
  checkKey("publicKey", security.publicKey);
  checkKey("secretKey", security.secretKey);
  for (const [id, key] of security.peers) checkKey(`the key of "${id}"`, key);
  return security;
}

/** The key that a peer must prove to have. Throws `UnknownKeyError` when there is none. */
export function keyOf(security: SecurityOptions, peer: NodeId): string {
  const key = security.peers.get(peer);
  if (key === undefined) throw new UnknownKeyError(peer);
  return key;
}
