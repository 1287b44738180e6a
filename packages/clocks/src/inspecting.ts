/**
 * Under this key Node.js looks for how a value wants to be shown by `console.log` and in test reports. Elsewhere it means
 * nothing.
 */
export const inspecting: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

export type InspectOptions = object;

/** Shows any value; handed in by Node.js. */
export type Inspect = (value: unknown, options: InspectOptions) => string;
