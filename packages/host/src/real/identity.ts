import { type AtomicFile, type Disk, openAtomicFile } from "@coterie/storage";
import type { NodeId } from "@coterie/transport";
import { ForeignFolderError } from "../errors.ts";

/** Whose folder it is, and how often its node has started on it. */
interface Identity {
  readonly cluster: string;
  readonly id: NodeId;
  readonly epoch: number;
}

const path = "host/identity";

function describe({ cluster, id }: Pick<Identity, "cluster" | "id">): string {
  return `node ${id} of cluster ${cluster}`;
}

function read(file: AtomicFile): Identity | undefined {
  return file.value && (JSON.parse(new TextDecoder().decode(file.value)) as Identity);
}

/**
 * Makes an empty folder this node's own, or refuses a foreign one, and counts the start. Resolves with the epoch once
 * it is durable. Throws `ForeignFolderError`.
 */
export async function claim(disk: Disk, directory: string, cluster: string, id: NodeId): Promise<number> {
  const file = await openAtomicFile(disk, path);
  const found = read(file);
  const wanted = { cluster, id };
  if (found && (found.cluster !== cluster || found.id !== id))
    throw new ForeignFolderError(directory, describe(found), describe(wanted));
  const epoch = (found?.epoch ?? 0) + 1;
  await file.replace(new TextEncoder().encode(JSON.stringify({ ...wanted, epoch })));
  return epoch;
}
