/**
 * The first byte of every encoding: what it holds, and in which version of the format. A decoder refuses all
 * kinds but its own, so that a context is never read as a vector.
 */
export const kind = {
  versionVector: 0x11,
  causalContext: 0x12,
  dottedVersionVectorSet: 0x13,
  intervalTreeClock: 0x14,
  matrix: 0x15,
} as const;

/** One of the values of `kind`. */
export type Kind = (typeof kind)[keyof typeof kind];

/** Bytes of the check that ends every encoding. */
export const checkBytes = 4;
