import { InvalidNodeError } from "./errors.ts";

/** Somebody who can own keys. */
export interface Node {
  /** 1 .. 1,024 characters, the same in every process. */
  readonly id: string;
  /** Its share against the other nodes' weights, 0.001 to 1,000. Default 1. */
  readonly weight?: number | undefined;
  /** Rack, room or region. Replicas are spread over zones; a node without one counts as a zone of its own. */
  readonly zone?: string | undefined;
}

/** A node whose fields are all known. */
export interface PlacedNode {
  readonly id: string;
  readonly weight: number;
  readonly zone: string | undefined;
}

const ID_LENGTH_MAX = 1024;
const WEIGHT_MIN = 0.001;
const WEIGHT_MAX = 1000;

/** Checks what a caller gave as a node. @throws InvalidNodeError */
export function toNode(given: string | Node): PlacedNode {
  if (typeof given === "string") return { id: checkedName("id", given), weight: 1, zone: undefined };
  if (typeof given !== "object" || given === null) {
    throw new InvalidNodeError(
      `A node is an id or { id, weight, zone }, not ${given === null ? "null" : typeof given}.`,
    );
  }
  const { id, weight = 1, zone } = given;
  if (typeof weight !== "number" || !(weight >= WEIGHT_MIN && weight <= WEIGHT_MAX)) {
    throw new InvalidNodeError(
      `The weight of node "${id}" must be from ${WEIGHT_MIN} to ${WEIGHT_MAX}, not ${String(weight)}.`,
    );
  }
  return {
    id: checkedName("id", id),
    weight,
    zone: zone === undefined ? undefined : checkedName("zone", zone),
  };
}

// Names that are not well-formed Unicode would hash as their replacement characters, and two nodes become one.
function checkedName(field: string, name: unknown): string {
  if (typeof name !== "string")
    throw new InvalidNodeError(`A node's ${field} must be a string, not ${typeof name}.`);
  if (name.length === 0 || name.length > ID_LENGTH_MAX || !name.isWellFormed()) {
    throw new InvalidNodeError(
      `A node's ${field} must be 1 to ${ID_LENGTH_MAX} characters of well-formed text.`,
    );
  }
  return name;
}
