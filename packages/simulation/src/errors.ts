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

/** A bug cannot be planted: its place in the source was not found, or is not the only one. */
export class PlantError extends Error {
  readonly code = "PLANT";
  override readonly name = "PlantError";
}
