import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { fromArray, jvp, scan, type Tensor, vjp } from "../src/index.ts";
import { expectClose } from "./check.ts";
import { waves } from "./expressions.ts";
import { reference } from "./reference.ts";

const net = (x: Tensor, w: Tensor): Tensor[] => {
  const h = op.tanh(op.matmul(x, w));
  const { outputs } = scan(
    (c: Tensor, v: Tensor) => ({ carry: op.sin(c.add(v)), output: c.mul(v) }),
    h.select(0, 0),
    h,
  );
  return [op.softmax(h, -1), outputs];
};
const perturbed = (data: Float32Array, direction: Float32Array, by: number): Float64Array =>
  Float64Array.from(data, (value, i) => value + by * direction[i]);

describe("jvp", () => {
  test("is the derivative along a direction: central differences of the reference, through a loop too", () => {
    const [x, w] = [fromArray(waves(12, 1), [4, 3]), fromArray(waves(9, 2), [3, 3])];
    const [dx, dw] = [waves(12, 5), waves(9, 6)];
    const outputs = net(x, w);
    const tangents = reference(jvp(outputs, [x, w], [fromArray(dx, [4, 3]), fromArray(dw, [3, 3])]));
    const step = 1e-6;
    const at = (sign: number): Float64Array[] =>
      reference(
        outputs,
        new Map([
          [x, perturbed(x.held as Float32Array, dx, sign * step)],
          [w, perturbed(w.held as Float32Array, dw, sign * step)],
        ]),
      );
    const [after, before] = [at(1), at(-1)];
    tangents.forEach((tangent, i) => {
      const difference = after[i].map((value, j) => (value - before[i][j]) / (2 * step));
      expectClose(`output ${i}`, tangent, difference, 1e-7);
    });
  });

  test("and vjp are transposes: ⟨u, J v⟩ = ⟨Jᵀ u, v⟩", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), (seed) => {
        const [x, w] = [fromArray(waves(12, seed), [4, 3]), fromArray(waves(9, seed + 1), [3, 3])];
        const [dx, dw] = [fromArray(waves(12, seed + 2), [4, 3]), fromArray(waves(9, seed + 3), [3, 3])];
        const outputs = net(x, w);
        const covectors = outputs.map(({ shape, size }, i) => fromArray(waves(size, seed + 4 + i), shape));
        const dot = (a: readonly Tensor[], b: readonly Tensor[]): number => {
          const [left, right] = [reference(a), reference(b)];
          return left.reduce((sum, row, i) => sum + row.reduce((s, v, j) => s + v * right[i][j], 0), 0);
        };
        const forward = dot(covectors, jvp(outputs, [x, w], [dx, dw]));
        expect(dot(vjp(outputs, covectors, [x, w]), [dx, dw])).toBeCloseTo(forward, 9);
      }),
      { numRuns: 10, seed: 3 },
    );
  });

  test("of an output that does not depend on the input is zero", () => {
    const [x, y] = [fromArray(waves(3, 1), [3]), fromArray(waves(2, 2), [2])];
    expect(Array.from(reference(jvp([op.sin(y)], x, op.ones([3])))[0])).toEqual([0, 0]);
  });
});
