import { describe, expect, it } from "vitest";
import { DomainError } from "../errors.ts";
import { binaryMultiplication } from "./binary-multiplication.ts";

const value = (digits: Int32Array) => digits.reduce((sum, token, i) => sum + (token - 1) * 2 ** i, 0);

describe("binaryMultiplication", () => {
  it("holds every pair of 2-bit numbers once, with the right product, least significant digit first", () => {
    const { inputs, targets, mask } = binaryMultiplication({ bits: 2, seed: 0 });
    expect(inputs.shape).toEqual([16, 5]);
    const pairs = new Set<string>();
    for (let i = 0; i < 16; i++) {
      const input = inputs.data.subarray(i * 5, i * 5 + 5);
      const [a, b] = [value(input.subarray(0, 2)), value(input.subarray(3))];
      expect(input[2]).toBe(3);
      expect(value(targets.data.subarray(i * 5, i * 5 + 4))).toBe(a * b);
      expect(targets.data[i * 5 + 4]).toBe(0);
      expect([...mask.data.subarray(i * 5, i * 5 + 5)]).toEqual([1, 1, 1, 1, 0]);
      pairs.add(`${a} ${b}`);
    }
    expect(pairs.size).toBe(16);
  });

  it("writes 6 as 0 1 1", () => {
    const { inputs, targets } = binaryMultiplication({ bits: 3, seed: 0 });
    const at = Array.from({ length: 64 }, (_, i) => i).find((i) => {
      const input = inputs.data.subarray(i * 7, i * 7 + 7);
      return value(input.subarray(0, 3)) === 6 && value(input.subarray(4)) === 1;
    }) as number;
    expect([...inputs.data.subarray(at * 7, at * 7 + 7)]).toEqual([1, 2, 2, 3, 2, 1, 1]);
    expect([...targets.data.subarray(at * 7, at * 7 + 7)]).toEqual([1, 2, 2, 1, 1, 1, 0]);
  });

  it("stays exact at 26 bits", () => {
    const { inputs, targets } = binaryMultiplication({ bits: 26, count: 200, seed: 1 });
    for (let i = 0; i < 200; i++) {
      const input = inputs.data.subarray(i * 53, i * 53 + 53);
      const product = BigInt(value(input.subarray(0, 26))) * BigInt(value(input.subarray(27)));
      expect(BigInt(value(targets.data.subarray(i * 53, i * 53 + 52)))).toBe(product);
    }
  });

  it("refuses numbers of no bits, too many to be exact, or too many pairs to list", () => {
    for (const bits of [0, 27]) expect(() => binaryMultiplication({ bits, count: 1, seed: 0 })).toThrow(DomainError);
    expect(() => binaryMultiplication({ bits: 9, seed: 0 })).toThrow("bits is 9; expected a whole number from 1 to 8");
  });
});
