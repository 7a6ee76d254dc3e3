import {
  add,
  configure,
  evaluate,
  fromArray,
  Generator,
  grad,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { BatchNorm } from "./batch-norm.ts";

configure({ threads: 1 });

const generator = new Generator(5);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);

/** The definition, differentiated step by step. */
function byDefinition(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const centred = sub(x, mean(x, axes, { keepDims: true }));
  const scale = rsqrt(add(mean(square(centred), axes, { keepDims: true }), epsilon));
  const alongChannels = (v: Tensor): Tensor => reshape(v, [v.size, ...new Array(x.rank - 2).fill(1)]);
  return add(mul(mul(centred, scale), alongChannels(weight)), alongChannels(bias));
}

describe.each([[[6, 3]], [[4, 3, 5]], [[2, 3, 4, 5]]])("batch norm of [%s]", (shape) => {
  test("has the value, the gradients and the second derivatives of its definition", async () => {
    const norm = new BatchNorm({ channels: 3, epsilon: 0.1 });
    const x = normal(shape);
    const [weight, bias] = [norm.weight as unknown as Tensor, norm.bias as unknown as Tensor];
    norm.weight?.set(Float32Array.of(0.5, -1.5, 2));
    norm.bias?.set(Float32Array.of(0.1, 0.2, -0.3));
    const weights = normal(shape);
    const results = [norm.forward(x), byDefinition(x, weight, bias, 0.1)].map((y) => {
      const first = grad(sum(mul(mul(y, y), weights)), [x, weight, bias]);
      const second = grad(sum(mul(first[0], weights)), [x, weight]);
      return [y, ...first, ...second];
    });
    await evaluate(results.flat());
    const [own, exact] = results.map((tensors) => tensors.map((t) => Array.from(t.held as Float32Array)));
    own.forEach((values, i) => {
      const scale = Math.max(1, ...exact[i].map(Math.abs));
      values.forEach((value, j) => {
        expect(Math.abs(value - exact[i][j]) / scale).toBeLessThan(2e-5);
      });
    });
  });
});
