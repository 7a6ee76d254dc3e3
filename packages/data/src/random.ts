import { checkInteger } from "./domain.ts";
import { DomainError } from "./errors.ts";

/** Everything a `Random` needs to go on exactly where it stood; plain JSON. */
export interface RandomState {
  /** The 64-bit key of the stream, hexadecimal; forks are derived from it. */
  readonly key: string;
  /** The four 32-bit words of the generator. */
  readonly words: readonly [number, number, number, number];
  /** The second normal of the last Box-Muller pair, if it has not been used. */
  readonly spare: number | null;
}

const mask64 = (1n << 64n) - 1n;

/**
 * Random numbers on the host, the same on every machine: xoshiro128** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", period 2^128 - 1), its 128 bits filled from a 64-bit key by SplitMix64.
 *
 * A fork's key depends on the parent's key and the label alone, not on how many numbers the parent has drawn, so that
 * streams stay the same when code beside them draws more or less.
 */
export class Random {
  private key: bigint;
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;
  private spare: number | null = null;

  /**
   * @param seed a whole number from 0 to 2^53 - 1
   * @throws DomainError for any other seed
   */
  constructor(seed: number) {
    checkInteger("seed", seed, 0);
    this.key = BigInt(seed);
    this.fill();
  }

  /** The next 32 bits of the stream as a whole number from 0 to 2^32 - 1. */
  bits(): number {
    const scrambled = Math.imul(this.b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** Uniform on [low, high), with 53 random bits. */
  uniform(low = 0, high = 1): number {
    const unit = ((this.bits() >>> 5) * 67_108_864 + (this.bits() >>> 6)) / 9_007_199_254_740_992;
    return low + (high - low) * unit;
  }

  /** Normal with the given mean and standard deviation, by Box-Muller: sqrt(-2 ln u) cos 2πv, u in (0, 1]. */
  normal(mean = 0, deviation = 1): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return mean + deviation * value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return mean + deviation * radius * Math.cos(angle);
  }

  /** Exponential with the given rate: -ln(u) / rate, u in (0, 1]. */
  exponential(rate = 1): number {
    return -Math.log(1 - this.uniform()) / rate;
  }

  /** A whole number from 0 to n - 1, exactly uniform (draws that would favour small numbers are thrown away). */
  integer(n: number): number {
    checkInteger("n", n, 1, 4_294_967_296);
    const limit = 4_294_967_296 - (4_294_967_296 % n);
    let draw = this.bits();
    while (draw >= limit) draw = this.bits();
    return draw % n;
  }

  /** One element of a list that is not empty. */
  choice<T>(items: ArrayLike<T>): T {
    if (items.length === 0) throw new DomainError("items", [], "a list that is not empty");
    return items[this.integer(items.length)] as T;
  }

  /** Brings a list into uniformly random order in place (Fisher-Yates), and returns it. */
  shuffle<L extends { readonly length: number; [index: number]: unknown }>(items: L): L {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }

  /** The numbers 0 … n - 1 in random order. */
  permutation(n: number): Int32Array {
    checkInteger("n", n, 0, 2_147_483_647);
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }

  /** An independent stream named `label`; it does not depend on what this one has drawn so far. */
  fork(label: string): Random {
    const child = new Random(0);
    child.key = splitMix(this.key ^ fnv1a(label)).output;
    child.fill();
    return child;
  }

  state(): RandomState {
    return {
      key: this.key.toString(16).padStart(16, "0"),
      words: [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0],
      spare: this.spare,
    };
  }

  /** A generator that goes on exactly where the one that gave `state` stood. */
  static restore(state: RandomState): Random {
    if (!/^[0-9a-f]{16}$/.test(state.key)) throw new DomainError("state.key", state.key, "16 hexadecimal digits");
    if (state.words.length !== 4) throw new DomainError("state.words", state.words, "four words");
    for (const word of state.words) checkInteger("state.words", word, 0, 4_294_967_295);
    if (state.words.every((word) => word === 0))
      throw new DomainError("state.words", state.words, "a word that is not 0");
    const random = new Random(0);
    random.key = BigInt(`0x${state.key}`);
    [random.a, random.b, random.c, random.d] = state.words;
    random.spare = state.spare;
    return random;
  }

  private fill(): void {
    const first = splitMix(this.key);
    const second = splitMix(first.next);
    this.a = Number(first.output & 0xffffffffn);
    this.b = Number(first.output >> 32n);
    this.c = Number(second.output & 0xffffffffn);
    this.d = Number(second.output >> 32n);
  }
}

/** One step of SplitMix64 (Steele, Lea and Flood): the state advances by the golden ratio, the output is a mix of it. */
function splitMix(state: bigint): { next: bigint; output: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & mask64;
  let z = next;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return { next, output: z ^ (z >> 31n) };
}

/** The 64-bit Fowler-Noll-Vo hash (1a) of the label's UTF-8 bytes. */
function fnv1a(label: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(label)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask64;
  return hash;
}
