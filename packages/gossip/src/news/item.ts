import type { Codec } from "@coterie/transport";
import { MalformedMessageError } from "../errors.ts";
import type { News as NewsRecord } from "../gen/dissemination.ts";
import type { Item } from "./core.ts";

/** A node id of 64 characters, its epoch and a count fit. */
export const idBytesMax = 96;

export function writeItem<Message>({ id, payload }: Item<Message>, hops: number): NewsRecord {
  return { id, payload, hops };
}

/** Reads what a peer sent. Throws `MalformedMessageError`, and what the app's codec throws: the transport counts both. */
export function readItem<Message>(news: NewsRecord, codec: Codec<Message>, bytesMax: number): Item<Message> {
  const { id } = news;
  checkId(id);
  if (news.payload.length > bytesMax)
    throw new MalformedMessageError(`a payload has at most ${bytesMax} bytes, not ${news.payload.length}`);
  // A copy: the slice would keep the whole frame it came in.
  const payload = news.payload.slice();
  return { id, payload, message: codec.decode(payload) };
}

export function checkId(id: string): void {
  if (id === "" || id.length > idBytesMax)
    throw new MalformedMessageError(`an id has 1 to ${idBytesMax} characters, not ${id.length}`);
}
