/**
 * The next multiple of an interval. Whoever beats on these instants beats at the same time as all others on this clock,
 * and what they say to a peer travels together.
 */
export function nextInstant(now: number, intervalMs: number): number {
  const next = (Math.floor(now / intervalMs) + 1) * intervalMs;
  // Rounding may have brought it back to now.
  return next > now ? next : next + intervalMs;
}
