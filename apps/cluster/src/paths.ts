const advice: Readonly<Record<string, string>> = {
  ENOENT: "is not there: check how it is written, and where this was started",
  EISDIR: "is a folder: give a file",
  ENOTDIR: "leads through a file: give a folder",
  EEXIST: "is a file: give a folder, or a name that is not taken",
  EACCES: "may not be used by this user: change its owner or its permissions",
  EPERM: "may not be used by this user: change its owner or its permissions",
  EROFS: "cannot be written to: it is on a file system that is only read",
  ENOSPC: "cannot grow: the disk is full",
  EMFILE: "cannot be opened: this process has too many files open (ulimit -n)",
};

/** An error's message; where the system has refused a path, which one and what to do. */
export function inPlainWords(error: Error): string {
  const { code = "", path = "the path" } = error as NodeJS.ErrnoException;
  if (Object.hasOwn(advice, code)) return `${path} ${advice[code]}.`;
  const { cause, message } = error;
  if (!(cause instanceof Error)) return message;
  // Whoever passes on what went wrong mostly repeats it.
  const said = inPlainWords(cause);
  if (said === cause.message || message.includes(said)) return message;
  return message.includes(cause.message) ? message.replace(cause.message, () => said) : `${message} ${said}`;
}
