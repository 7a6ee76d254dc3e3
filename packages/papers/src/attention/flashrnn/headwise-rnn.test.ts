import { parameterCount, parameters, SGD } from "@paperworks/nn";
import {
  configure,
  evaluate,
  fromArray,
  Generator,
  grad,
  jit,
  manualSeed,
  mul,
  sum,
  type Tensor,
} from "@paperworks/tensor";
import { beforeEach, expect, test } from "vitest";
import { type Cell, cells } from "./cells.ts";
import { HeadwiseRnn, hiddenOf, mergeHeads } from "./headwise-rnn.ts";

configure({ threads: 1 });
beforeEach(() => manualSeed(3));

const generator = new Generator(2);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const sizes = { inputSize: 3, heads: 2, headDim: 5 };

async function largest(a: Tensor, b: Tensor): Promise<number> {
  await evaluate([a, b]);
  const [mine, its] = [(await a.data()) as Float32Array, (await b.data()) as Float32Array];
  return mine.reduce((most, value, i) => Math.max(most, Math.abs(value - its[i])), 0);
}

test.each(Object.keys(cells) as Cell[])(
  "%s: gradients of the recorded loop and of the kernels between programs agree to 1e-4",
  async (cell) => {
    const layer = new HeadwiseRnn({ cell, ...sizes });
    const [x, weights] = [normal([2, 6, 3]), normal([2, 6, 10])];
    const all = [layer.inputWeight, layer.recurrentWeight, layer.bias];
    const recorded = grad(sum(mul(layer.forward(x), weights)), all);
    const forward = await layer.run(await jit((given: Tensor) => layer.project(given))(x), { keepGates: true });
    expect(await largest(mergeHeads(hiddenOf(forward.states)), layer.forward(x))).toBeLessThan(1e-5);
    const outside = weights.reshape([2, 6, 2, 5]).permute([1, 0, 2, 3]);
    const gradients = await layer.back(forward, outside);
    const between = grad(layer.surrogate(x, gradients), all);
    for (const [i, gradient] of recorded.entries()) expect(await largest(between[i], gradient)).toBeLessThan(1e-4);
  },
);

test("an optimiser step through the kernels is the step of the recorded loop", async () => {
  const x = normal([2, 4, 3]);
  const steps = [0, 1].map(() => {
    manualSeed(8);
    const layer = new HeadwiseRnn({ cell: "slstm", ...sizes });
    return { layer, optimizer: new SGD(parameters(layer), { lr: 0.1, momentum: 0.9, weightDecay: 0.1 }) };
  });
  const [whole, split] = steps;
  await jit((given: Tensor) => whole.optimizer.minimize(sum(whole.layer.forward(given))))(x);
  const forward = await split.layer.run(await jit((given: Tensor) => split.layer.project(given))(x), {
    keepGates: true,
  });
  const ones = fromArray(new Float32Array(4 * 2 * 2 * 5).fill(1), [4, 2, 2, 5]);
  const { wx, r, bias } = await split.layer.back(forward, ones);
  await jit((given: Tensor, gradients: { wx: Tensor; r: Tensor; bias: Tensor }) =>
    split.optimizer.minimize(split.layer.surrogate(given, gradients)),
  )(x, { wx, r, bias });
  const named = ({ layer }: (typeof steps)[number]) => [layer.inputWeight, layer.recurrentWeight, layer.bias];
  for (const [i, parameter] of named(whole).entries())
    expect(await largest(named(split)[i], parameter)).toBeLessThan(1e-4);
});

test("heads cost their own weights alone: N·D² for each gate", () => {
  const layer = new HeadwiseRnn({ cell: "lstm", inputSize: 3, heads: 4, headDim: 8 });
  expect(parameterCount(layer)).toBe(3 * 4 * 32 + 4 * 4 * 8 * 8 + 4 * 32);
});

test("sizes that are not whole and positive are refused", () => {
  expect(() => new HeadwiseRnn({ cell: "gru", inputSize: 3, heads: 0, headDim: 4 })).toThrow(
    /HeadwiseRnn: heads must be a whole number of at least 1, got 0/,
  );
  expect(() => new HeadwiseRnn({ cell: "gru", ...sizes }).forward(normal([2, 6, 4]))).toThrow(/HeadwiseRnn/);
});
