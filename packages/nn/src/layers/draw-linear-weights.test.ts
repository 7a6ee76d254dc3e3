import { configure, Generator } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { drawLinearWeights } from "./draw-linear-weights.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./norms.ts";

configure({ threads: 1 });

test("weights and biases of linear maps fill U(±1/√fan-in), and nothing else changes", async () => {
  const model = { wide: [new Linear({ inFeatures: 25, outFeatures: 400 })], norm: new LayerNorm({ dim: 3 }) };
  drawLinearWeights(model, new Generator(1));
  const { weight, bias = weight } = model.wide[0];
  for (const parameter of [weight, bias]) {
    const sizes = Array.from(await parameter.data(), Number).map(Math.abs);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.2);
    expect(Math.max(...sizes)).toBeGreaterThan(0.195);
    expect(sizes.reduce((a, b) => a + b) / sizes.length).toBeCloseTo(0.1, 1);
  }
  expect(Array.from((await model.norm.weight?.data()) ?? [], Number)).toEqual([1, 1, 1]);
});
