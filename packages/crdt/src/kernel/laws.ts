import { copy, decode, encode, type Lattice, mergeEncoded } from "./lattice.ts";

/**
 * Checks the laws of a CRDT on given states, which should come from replicas of one history: the semilattice laws for
 * states and deltas, and the encoding. Returns what is broken, in words; nothing when all is well. O(n^3) merges.
 *
 * Run it on your own type with states from a property-testing library.
 */
export function brokenLaws<State>(type: Lattice<State>, states: readonly State[]): string[] {
  const broken: string[] = [];
  const check = (law: string, holds: boolean): void => {
    if (!holds) broken.push(`${type.name}: ${law}`);
  };
  for (const a of states) {
    check("a state equals its copy", type.equals(copy(type, a), a));
    check("merging is idempotent", type.equals(join(type, a, a), a));
    check("bottom is neutral", type.equals(join(type, a, type.bottom()), a));
    check("what is decoded equals what was encoded", type.equals(decode(type, encode(type, a)), a));
    for (const b of states) {
      const both = join(type, a, b);
      check("merging is commutative", type.equals(both, join(type, b, a)));
      check("merging only adds", type.equals(join(type, both, a), both));
      check(
        "a delta brings what the state would",
        type.equals(join(type, b, type.delta(a, b)), join(type, b, a)),
      );
      const sent = decode(type, encode(type, type.delta(a, b)));
      check("an encoded delta brings the same", type.equals(join(type, b, sent), both));
      const merged = copy(type, b);
      mergeEncoded(type, merged, encode(type, a));
      check("an encoded state merges as the state does", type.equals(merged, both));
      const [left, right] = [encode(type, both), encode(type, join(type, b, a))];
      check(
        "equal states have equal bytes",
        left.length === right.length && left.every((byte, i) => byte === right[i]),
      );
      for (const c of states) {
        check("merging is associative", type.equals(join(type, both, c), join(type, a, join(type, b, c))));
        const deltas = join(type, type.delta(a, c), type.delta(b, c));
        check(
          "deltas may be merged before they are sent",
          type.equals(join(type, c, deltas), join(type, c, both)),
        );
      }
    }
  }
  return [...new Set(broken)];
}

function join<State>(type: Lattice<State>, a: State, b: State): State {
  const joined = copy(type, a);
  type.merge(joined, b);
  return joined;
}
