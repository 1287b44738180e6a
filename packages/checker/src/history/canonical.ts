import { ModelError } from "../errors.ts";

// Deep enough for any sane state, shallow enough that a cycle is met long before the stack ends.
const DEPTH_MAX = 64;

/**
 * A text that two values share exactly when they are equal by content: order of an object's properties, of a
 * Map's entries and of a Set's members does not matter; a property that is undefined is as good as absent.
 * Takes primitives, arrays, plain objects, Map, Set, Date and Uint8Array.
 *
 * Throws `ModelError` for anything else (functions, symbols, other classes) and beyond 64 levels: guessing that
 * two different states are the same would turn into a wrong verdict.
 */
export function canonical(value: unknown): string {
  return write(value, 0);
}

/** Equality by content, as `canonical` sees it. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" && typeof b !== "object") return Object.is(a, b);
  return canonical(a) === canonical(b);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return value === 0 ? "0" : String(value);
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : writeObject(value, depth + 1);
    default:
      throw new ModelError(`a ${typeof value} has no content to compare by: give the model a \`key\``);
  }
}

function writeObject(value: object, depth: number): string {
  if (depth > DEPTH_MAX) {
    throw new ModelError(
      `a value nests deeper than ${DEPTH_MAX} levels (a cycle?): give the model a \`key\``,
    );
  }
  const inner = (item: unknown): string => write(item, depth);
  if (Array.isArray(value)) return `[${value.map(inner).join(",")}]`;
  if (value instanceof Set) return `Set{${[...value].map(inner).sort().join(",")}}`;
  if (value instanceof Map) {
    return `Map{${[...value]
      .map(([k, v]) => `${inner(k)}:${inner(v)}`)
      .sort()
      .join(",")}}`;
  }
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return `bytes(${value.join(",")})`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new ModelError(`cannot compare a ${value.constructor?.name} by content: give the model a \`key\``);
  }
  return `{${Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => `${JSON.stringify(k)}:${inner(v)}`)
    .sort()
    .join(",")}}`;
}
