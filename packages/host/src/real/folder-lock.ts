import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { FolderInUseError } from "../errors.ts";

/**
 * Holds a folder for this process until disposed of, or until the process ends in whatever way: the name of an
 * abstract socket, which the kernel gives back by itself. Linux only; elsewhere the caller's care is all there is. For tools
 * that work on the folder of a node that does not run. Throws `FolderInUseError`.
 */
export async function lockFolder(directory: string): Promise<AsyncDisposable> {
  if (process.platform !== "linux") return { [Symbol.asyncDispose]: async () => {} };
  const name = createHash("sha256")
    .update(await realpath(directory))
    .digest("hex");
  const server = createServer((socket) => socket.destroy());
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new FolderInUseError(directory, { cause })));
    server.listen(`\0coterie-${name}`, resolve);
  });
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}
