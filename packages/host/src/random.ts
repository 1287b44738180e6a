/** A stream of chance. Two streams forked under different labels never disturb each other. */
export interface Random {
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** A float in [0, 1) with 32 random bits. */
  float(): number;
  /** An integer in [min, max], both included. */
  between(min: number, max: number): number;
  /** A new stream that depends on this stream's seed and the label alone, not on how much was drawn. */
  fork(label: string): Random;
}

/** FNV-1a over UTF-16 code units, finished with murmur3's avalanche: spreads labels and seeds over 32 bits. */
function hash(text: string, seed: number): number {
  let h = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** sfc32 (Doty-Humphrey's small fast chaotic generator): 128 bits of state, passes PractRand. */
class SmallFastChaotic implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    this.#a = hash(seed, 1);
    this.#b = hash(seed, 2);
    this.#c = hash(seed, 3);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  between(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1));
  }

  fork(label: string): Random {
    return new SmallFastChaotic(`${this.#seed}/${label}`);
  }
}

/** The same seed gives the same stream on every machine and version. */
export function seededRandom(seed: number | string): Random {
  return new SmallFastChaotic(String(seed));
}
