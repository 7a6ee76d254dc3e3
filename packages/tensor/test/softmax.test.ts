import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, evaluate, grad, ones, type Tensor } from "../src/index.ts";
import { lowerProgram } from "../src/onnx/lower.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";

configure({ threads: 1 });

const [queries, keys, width] = [5, 9, 4];

type Attend = (scores: Tensor, values: Tensor) => Tensor;
const attend: Attend = (scores, values) => op.matmul(op.softmax(scores), values);
/** The same with a factor of 1 between weights and values, so that the derivative does not see the product behind them. */
const attendApart: Attend = (scores, values) => op.matmul(op.mul(op.softmax(scores), ones(scores.shape)), values);

describe.each([
  ["values [keys, width]", (v: Tensor) => v, [2, 3, keys, width]],
  ["values that are held transposed", (v: Tensor) => op.transpose(v), [2, 3, width, keys]],
] as const)("the derivative of an attention with %s", (_, read, shape) => {
  const scores = waveTensor([2, 3, queries, keys], 1);
  const values = waveTensor(shape, 2);
  const loss = (form: Attend): Tensor => {
    const y = form(scores, read(values));
    return op.sum(op.mul(op.square(y), waveTensor(y.shape, 3)));
  };

  test("equals the one by sums over the weights, to the second derivative", async () => {
    const results = [attend, attendApart].map((form) => {
      const first = grad(loss(form), [scores, values]);
      const along = op.add(op.sum(op.square(first[0])), op.sum(op.square(first[1])));
      return [...first, ...grad(along, [scores, values])];
    });
    await evaluate(results.flat());
    const [own, apart] = results.map((tensors) => tensors.map((t) => Float64Array.from(t.held as Float32Array)));
    own.forEach((gradient, i) => {
      expectClose(`derivative ${i}`, gradient, apart[i], 1e-5);
    });
  });

  test("multiplies no matrix twice", () => {
    const products = (form: Attend): number =>
      Buffer.from(lowerProgram(grad(loss(form), [scores, values])).bytes)
        .toString("latin1")
        .split("MatMul").length;
    expect(products(attend)).toBe(products(attendApart));
  });
});
