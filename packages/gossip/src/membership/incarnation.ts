import { OptionError } from "../errors.ts";

/**
 * An incarnation number says which word of a member on itself is the later one. Its upper 21 bits are the member's
 * life (its host counts the starts), its lower 32 count what it said in that life: so a member that starts again
 * beats all that was said of its earlier lives, its own death among it, without remembering any of it.
 */
const wordsPerLife = 2 ** 32;
const livesMax = 2 ** 21;

/** The first incarnation of a life. Throws `OptionError` for a life that no host counts. */
export function firstIncarnation(life: number): number {
  if (!Number.isInteger(life) || life < 0 || life >= livesMax)
    throw new OptionError(`an epoch must be an integer from 0 to ${livesMax - 1}, not ${life}`);
  return life * wordsPerLife;
}

/** The incarnation with which a member contradicts a claim about it: beyond the claim, not only beyond its own. */
export function refutation(own: number, claimed: number): number {
  return Math.min(Math.max(own, claimed) + 1, Number.MAX_SAFE_INTEGER);
}

/** How far beyond a member's own word others are believed: sixteen of its lives. */
const reach = 16 * wordsPerLife;
/** How far others are believed of a member that nobody has told us of before: half of all lives. */
const reachOfStrangers = (livesMax / 2) * wordsPerLife;

/**
 * Whether hearsay may be believed: it must not be far beyond what the member itself has said (`vouched`; undefined
 * for a stranger). Otherwise one forged claim with the greatest number of all could never be contradicted, and would
 * keep its victim dead for ever. Whoever does not believe asks the member, whose own word counts without a bound.
 */
export function isBelievable(claimed: number, vouched: number | undefined): boolean {
  return claimed <= (vouched === undefined ? reachOfStrangers : vouched + reach);
}
