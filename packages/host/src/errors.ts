/** The folder of a node belongs to another node or another cluster. */
export class ForeignFolderError extends Error {
  readonly code = "HOST_FOREIGN_FOLDER";
  override readonly name = "ForeignFolderError";
  constructor(directory: string, found: string, wanted: string) {
    super(
      `${directory} belongs to ${found}, not to ${wanted}. A node must not wake up with another one's promises: give its own folder, or an empty one.`,
    );
  }
}

/** Another process runs a node on this folder. */
export class FolderInUseError extends Error {
  readonly code = "HOST_FOLDER_IN_USE";
  override readonly name = "FolderInUseError";
  constructor(directory: string, options?: ErrorOptions) {
    super(
      `${directory} is in use by another process. Two nodes on one folder would destroy it: stop the other one.`,
      options,
    );
  }
}

/** An option of `createHost` cannot be. */
export class HostOptionError extends Error {
  readonly code = "HOST_OPTION";
  override readonly name = "HostOptionError";
}
