/** Code in a world read ambient time or chance. It must take them from its Host. */
export class AmbientUseError extends Error {
  readonly code = "AMBIENT_USE";
  override readonly name = "AmbientUseError";
  constructor(what: string) {
    super(
      `${what} was used inside a simulated world, which would make its seed unrepeatable. ` +
        "Take time from host.clock and chance from host.random.",
    );
  }
}

/** The fault models, the plan or the options of a world make no sense. */
export class WorldOptionsError extends Error {
  readonly code = "WORLD_OPTIONS";
  override readonly name = "WorldOptionsError";
}

/** A world was asked about a node that it does not have. */
export class UnknownNodeError extends Error {
  readonly code = "UNKNOWN_NODE";
  override readonly name = "UnknownNodeError";
  constructor(id: string, known: readonly string[]) {
    super(`There is no node ${JSON.stringify(id)} in this world. Its nodes are ${known.join(", ")}.`);
  }
}

/** A replay file or plan cannot be used. Names the file or the field. */
export class PlanError extends Error {
  readonly code = "PLAN";
  override readonly name = "PlanError";
}

/** A call on a simulated disk failed. */
export class DiskError extends Error {
  readonly code: string = "DISK_FAILED";
  override readonly name: string = "DiskError";
}

/** There is no room left on a simulated disk. */
export class DiskFullError extends DiskError {
  override readonly code: string = "DISK_FULL";
  override readonly name: string = "DiskFullError";
}

/** The file, or the folder it should be in, does not exist. */
export class FileNotFoundError extends DiskError {
  override readonly code: string = "FILE_NOT_FOUND";
  override readonly name: string = "FileNotFoundError";
}

/** A path that a disk refuses. */
export class InvalidPathError extends Error {
  readonly code = "INVALID_PATH";
  override readonly name = "InvalidPathError";
  constructor(path: string) {
    super(`path ${JSON.stringify(path)} is refused: give names joined by "/", relative to the disk's root`);
  }
}
