import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";

export interface RunningSumOptions {
  readonly sequences: number;
  /** Tokens of a sequence. */
  readonly length: number;
  /** The shortest sequence: each has a length of its own from here to `length`, and no labels behind it. `length` when absent. */
  readonly shortest?: number;
  readonly seed: number | Random;
}

/** Sequences of digits, and at every step their sum so far. */
export interface RunningSumTask {
  /** [sequences, length], 0 … modulus − 1 */
  readonly tokens: { readonly data: Int32Array; readonly shape: readonly [number, number] };
  /** The sum of all digits up to here, modulo the modulus; −1 behind the end of a sequence. As `tokens` */
  readonly labels: { readonly data: Int32Array; readonly shape: readonly [number, number] };
  readonly modulus: number;
}

/**
 * The running sum of digits modulo m: a word problem of the cyclic group, for which a network must keep a state of log₂ m bits
 * through every step. Nothing but the whole past tells the answer.
 *
 * @throws DomainError for a modulus below 2, numbers below 1, and a shortest sequence beyond the length
 */
export function modularSumData(modulus: number, options: RunningSumOptions): RunningSumTask {
  const { sequences, length, shortest = length, seed } = options;
  checkInteger("modulus", modulus, 2, 1_048_576);
  checkInteger("sequences", sequences, 1);
  checkInteger("length", length, 1);
  checkInteger("shortest", shortest, 1, length);
  const random = seed instanceof Random ? seed : new Random(seed);
  const data = new Int32Array(sequences * length);
  const labels = new Int32Array(sequences * length).fill(-1);
  for (let row = 0; row < sequences; row++) {
    const end = shortest + random.integer(length - shortest + 1);
    let sum = 0;
    for (let i = row * length; i < (row + 1) * length; i++) {
      data[i] = random.integer(modulus);
      sum = (sum + data[i]) % modulus;
      if (i < row * length + end) labels[i] = sum;
    }
  }
  const shape = [sequences, length] as const;
  return { tokens: { data, shape }, labels: { data: labels, shape }, modulus };
}

/** Running parity of bits: the running sum modulo 2. */
export const parityData = (options: RunningSumOptions): RunningSumTask => modularSumData(2, options);
