import type { ArrayBatch } from "../column.ts";
import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";

/** Token numbers of the arithmetic tasks. */
export const arithmeticTokens = { pad: 0, zero: 1, one: 2, times: 3 } as const;

/** Token sequences [count, length]; `mask` is 1 where the target is a digit. */
export type ArithmeticTask = {
  readonly inputs: ArrayBatch<Int32Array>;
  readonly targets: ArrayBatch<Int32Array>;
  readonly mask: ArrayBatch<Float32Array>;
};

/**
 * Multiplication of two binary numbers of `bits` digits each, as token sequences of length 2·bits + 1. Digits stand
 * LEAST SIGNIFICANT FIRST, as is usual for the Neural GPU (a carry then moves the way the sequence is read):
 *
 *   input   a_0 … a_{bits-1} × b_0 … b_{bits-1}
 *   target  p_0 … p_{2·bits-1} pad               p = a · b, with leading zeros
 *
 * @returns inputs, targets [count, 2·bits + 1] int32 (0 padding, 1 the digit 0, 2 the digit 1, 3 the sign), mask float32
 * Source: Ł. Kaiser and I. Sutskever, "Neural GPUs learn algorithms", 2016, section 3.
 */
export function binaryMultiplication({
  bits,
  count = "all",
  seed,
}: {
  /** Digits a factor, 1 … 26 (the product must stay exact). */
  bits: number;
  /** How many random pairs, or "all" 4^bits pairs in random order (bits up to 8). */
  count?: number | "all";
  seed: number;
}): ArithmeticTask {
  checkInteger("bits", bits, 1, count === "all" ? 8 : 26);
  const random = new Random(seed);
  const values = 2 ** bits;
  const pairs = count === "all" ? random.permutation(values * values) : undefined;
  const total = pairs?.length ?? (count as number);
  checkInteger("count", total, 1, 10_000_000);
  const length = 2 * bits + 1;
  const inputs = new Int32Array(total * length);
  const targets = new Int32Array(total * length);
  const mask = new Float32Array(total * length);
  for (let i = 0; i < total; i++) {
    const a = pairs === undefined ? random.integer(values) : Math.floor(pairs[i] / values);
    const b = pairs === undefined ? random.integer(values) : pairs[i] % values;
    const start = i * length;
    writeDigits(inputs, start, a, bits);
    inputs[start + bits] = arithmeticTokens.times;
    writeDigits(inputs, start + bits + 1, b, bits);
    writeDigits(targets, start, a * b, 2 * bits);
    mask.fill(1, start, start + 2 * bits);
  }
  const shape = [total, length];
  return { inputs: { data: inputs, shape }, targets: { data: targets, shape }, mask: { data: mask, shape } };
}

/** Least significant digit first. */
function writeDigits(tokens: Int32Array, start: number, value: number, digits: number): void {
  let rest = value;
  for (let i = 0; i < digits; i++) {
    tokens[start + i] = rest % 2 === 1 ? arithmeticTokens.one : arithmeticTokens.zero;
    rest = Math.floor(rest / 2);
  }
}
