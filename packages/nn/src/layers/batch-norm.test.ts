import { add, configure, mean, mul, reshape, rsqrt, square, sub, type Tensor } from "@paperworks/tensor";
import { describe, test } from "vitest";
import { expectSameDerivatives, normal } from "../../test/same-derivatives.ts";
import { BatchNorm } from "./batch-norm.ts";

configure({ threads: 1 });

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
    const { weight, bias } = norm as Required<BatchNorm>;
    weight.set(Float32Array.of(0.5, -1.5, 2));
    bias.set(Float32Array.of(0.1, 0.2, -0.3));
    const forms = [(x: Tensor) => norm.forward(x), (x: Tensor) => byDefinition(x, weight, bias, 0.1)] as const;
    await expectSameDerivatives(forms, normal(shape), [weight, bias]);
  });
});
