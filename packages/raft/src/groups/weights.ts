import type { Message, SnapshotMessage } from "../gen/raft.ts";

/** Bytes of payload in a message, as far as they matter. */
export function weighMessage({ body }: Message): number {
  if (body?.$case === "appendRequest") return bytesOf(body.value.entries);
  return body?.$case === "proposeRequest" ? bytesOf(body.value.proposals) : 0;
}

export function weighSnapshot({ body }: SnapshotMessage): number {
  return body?.$case === "chunk" ? body.value.data.length : 0;
}

/** What an entry or a proposal counts beside its data. */
const overheadBytes = 48;

function bytesOf(parts: readonly { readonly data: Uint8Array }[]): number {
  let bytes = 0;
  for (const { data } of parts) bytes += data.length + overheadBytes;
  return bytes;
}
