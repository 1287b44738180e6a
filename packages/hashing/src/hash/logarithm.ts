/**
 * -ln(u), for u above 0 and at most 1: a waiting time, exponentially distributed when u is even. Infinity for 0.
 *
 * `Math.log` may differ in its last bit from one engine or processor to the next, and one bit can change who owns
 * a key. This one uses only additions, multiplications and divisions, which IEEE 754 fixes to the bit: u is doubled
 * into [2/3, 4/3), where ln m = 2 artanh((m - 1) / (m + 1)) converges fast.
 */
export function waiting(u: number): number {
  if (u <= 0) return Infinity;
  let mantissa = u;
  let doublings = 0;
  while (mantissa < 2 / 3) {
    mantissa *= 2;
    doublings += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  let series = 0;
  for (let k = 21; k >= 1; k -= 2) series = series * q + 1 / k;
  return doublings * Math.LN2 - 2 * s * series;
}

/** A 32-bit score as a number even in (0, 1), never 0 or 1. */
export function even(score: number): number {
  return ((score >>> 0) + 0.5) / 4_294_967_296;
}
