import {
  abs,
  configure,
  evaluate,
  fromArray,
  Generator,
  grad,
  logSigmoid,
  max,
  mul,
  sub,
  sum,
  type Tensor,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { closedFormAttention } from "./closed-form-gradient.ts";
import { gatedLinearAttention } from "./gated-linear-attention.ts";

configure({ threads: 1 });

const generator = new Generator(3);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);

test("the closed form gives the output and all four gradients of automatic differentiation, also where a key depends on a query", async () => {
  const [q, other, v, x] = [normal([1, 2, 37, 4]), normal([1, 2, 37, 4]), normal([1, 2, 37, 6]), normal([1, 2, 37, 4])];
  const k = mul(q, other);
  const gates = mul(logSigmoid(x), 0.5);
  const weights = normal([1, 2, 37, 6]);
  const options = { chunk: 16, subChunk: 4 };
  const outputs = [closedFormAttention(q, k, v, gates, options), gatedLinearAttention(q, k, v, gates, options).output];
  const gradients = outputs.map((output) => grad(sum(mul(output, weights)), [q, other, v, x]));
  await evaluate([...outputs, ...gradients.flat()]);
  for (const [a, b] of [outputs, ...gradients[0].map((gradient, i) => [gradient, gradients[1][i]])]) {
    const [difference, scale] = await Promise.all([max(abs(sub(a, b))).item(), max(abs(b)).item()]);
    expect(difference / scale).toBeLessThan(1e-5);
  }
});
