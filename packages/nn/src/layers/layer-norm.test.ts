import { add, configure, mean, mul, rsqrt, square, sub, type Tensor } from "@paperworks/tensor";
import { describe, test } from "vitest";
import { expectSameDerivatives, normal } from "../../test/same-derivatives.ts";
import { LayerNorm } from "./norms.ts";

configure({ threads: 1 });

/** The definition, differentiated step by step. */
function byDefinition(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  const centred = sub(x, mean(x, -1, { keepDims: true }));
  const scale = rsqrt(add(mean(square(centred), -1, { keepDims: true }), epsilon));
  return mul(mul(centred, scale), weight);
}

describe.each([[[3]], [[6, 3]], [[2, 4, 3]]])("layer norm of [%s]", (shape) => {
  test("has the value, the gradients and the second derivatives of its definition", async () => {
    const norm = new LayerNorm({ dim: 3, epsilon: 0.1 });
    const { weight, bias } = norm as Required<LayerNorm>;
    weight.set(Float32Array.of(0.5, -1.5, 2));
    bias.set(Float32Array.of(0.1, 0.2, -0.3));
    const forms = [(x: Tensor) => norm.forward(x), (x: Tensor) => add(byDefinition(x, weight, 0.1), bias)] as const;
    await expectSameDerivatives(forms, normal(shape), [weight, bias]);
  });
});
