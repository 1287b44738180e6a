import { OptionError } from "../errors.ts";

/**
 * An incarnation number says which word of a member on itself is the later one. Its upper 21 bits are the member's
 * life (its host counts the starts), its lower 32 count what it said in that life, from the time on at which it began:
 * so a member that starts again, or joins again after it has left, beats all that was said of it before, its own death
 * among it, without remembering any of it.
 */
const wordsPerLife = 2 ** 32;
const livesMax = 2 ** 21;

/** The first incarnation from `now` on, ms, in a life. Throws `OptionError` for a life that no host counts. */
export function firstIncarnation(life: number, now = 0): number {
  if (!Number.isInteger(life) || life < 0 || life >= livesMax)
    throw new OptionError(`an epoch must be an integer from 0 to ${livesMax - 1}, not ${life}`);
  return life * wordsPerLife + Math.max(0, Math.min(Math.floor(now), wordsPerLife / 2));
}

/** The incarnation with which a member contradicts a claim about it: beyond the claim, not only beyond its own. */
export function refutation(own: number, claimed: number): number {
  return Math.min(Math.max(own, claimed) + 1, Number.MAX_SAFE_INTEGER);
}

/** Up to here, which is half of all lives, anybody is believed: there is room enough above to contradict. */
const plausible = (livesMax / 2) * wordsPerLife;
/** How far beyond its own word others are believed of a member that has come into the upper half. */
const reach = 2 ** 20;

/**
 * Whether a claim about a member may be believed that has itself said `vouched` so far. Were everything believed, one
 * forged claim with the greatest number of all could never be contradicted and would keep its victim dead for ever.
 * As it is, a forger can drive a member into the upper half at once, and there by small steps only, each after the
 * member's own answer to the one before. Whoever does not believe asks the member: its own word counts without bound.
 */
export function isBelievable(claimed: number, vouched: number): boolean {
  return claimed <= plausible || claimed <= vouched + reach;
}
