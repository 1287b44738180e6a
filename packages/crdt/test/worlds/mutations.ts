import fc from "fast-check";
import { Writer } from "../../src/index.ts";

export type Mutation = readonly [at: number, value: number, what: string];

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "cut", "insert", "swell")),
  { minLength: 1, maxLength: 4 },
);

/** Bytes changed here and there. */
export function altered(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let inside = [...bytes];
  for (const [n, value, what] of changes) {
    const at = n % Math.max(1, inside.length);
    if (what === "set") inside[at] = value;
    else if (what === "cut") inside.splice(at, 1 + (value % 5));
    else if (what === "insert") inside.splice(at, 0, value);
    else inside = [...inside.slice(0, at), 0xff, 0xff, 0xff, 0xff, 0x0f, ...inside.slice(at + 1)];
  }
  return Uint8Array.from(inside);
}

/** Bytes changed inside and given a right checksum: what a hostile peer sends, whom no checksum stops. */
export function resealed(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  const writer = new Writer();
  writer.raw(altered(bytes.subarray(0, -4), changes));
  return writer.sealed();
}
