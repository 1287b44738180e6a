/**
 * Identities of interval tree clocks: which parts of the interval [0, 1) a participant may count in. 0 is none, 1 is
 * all, a pair halves it. Always in normal form: neither [0, 0] nor [1, 1] occurs (the paper's "normal form").
 */
export type Id = 0 | 1 | readonly [Id, Id];

/** The pair in normal form. */
export function pair(left: Id, right: Id): Id {
  if (left === 0 && right === 0) return 0;
  return left === 1 && right === 1 ? 1 : [left, right];
}

/** Two identities that share nothing and together make up `id` (the paper's split, for fork). */
export function split(id: Id): [Id, Id] {
  if (id === 0) return [0, 0];
  if (id === 1)
    return [
      [1, 0],
      [0, 1],
    ];
  const [left, right] = id;
  if (left === 0) {
    const [a, b] = split(right);
    return [
      [0, a],
      [0, b],
    ];
  }
  if (right === 0) {
    const [a, b] = split(left);
    return [
      [a, 0],
      [b, 0],
    ];
  }
  return [
    [left, 0],
    [0, right],
  ];
}

/** The identity that makes up both, or undefined when they overlap (the paper's sum, for join). */
export function sum(a: Id, b: Id): Id | undefined {
  if (a === 0) return b;
  if (b === 0) return a;
  if (a === 1 || b === 1) return undefined;
  const left = sum(a[0], b[0]);
  const right = sum(a[1], b[1]);
  return left === undefined || right === undefined ? undefined : pair(left, right);
}

/** How many pairs deep it is. */
export function depthOfId(id: Id): number {
  return typeof id === "number" ? 0 : 1 + Math.max(depthOfId(id[0]), depthOfId(id[1]));
}
