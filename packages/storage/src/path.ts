import { InvalidPathError } from "./errors.ts";

/** Throws `InvalidPathError` unless the path names a file or folder inside the disk. `""` is the root folder. */
export function checkPath(path: string): string {
  if (path === "") return path;
  const bad = (name: string): boolean => name === "" || name === "." || name === "..";
  if (path.includes("\\") || path.includes("\0") || path.split("/").some(bad))
    throw new InvalidPathError(path);
  return path;
}

/** The folder a path is in; `""` for a name in the root folder. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** `name` inside `folder`, which may be the root folder `""`. */
export function inside(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
