import { parameterCount, parameters } from "@paperworks/nn";
import { fromArray, Generator, jit, manualSeed, mul, Parameter, sum, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { PixelLstm, PixelTcn, PlainResNet } from "./baselines.ts";
import { Kar2, Kar3 } from "./kar.ts";
import { slowNeuralLoss } from "./slow-neural-loss.ts";
import {
  BatchStandardize,
  batchStandardize,
  GroupedStandardize,
  groupedStandardize,
  instanceStandardize,
} from "./standardize.ts";
import { Terminator } from "./terminator.ts";

const normal = (shape: readonly number[], seed = 1): Tensor =>
  fromArray(
    new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)).map((x) => 3 * x + 1),
    shape,
  );

/** Mean and variance of some values. */
function moments(values: readonly number[]): [mean: number, variance: number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
}

/** The values of one channel, of one example or of all. */
async function channelOf(x: Tensor, channel: number, example?: number): Promise<number[]> {
  const data = Array.from(await x.data(), Number);
  const [batch, channels] = x.shape;
  const size = data.length / batch / channels;
  return Array.from({ length: batch }, (_, n) => n)
    .filter((n) => example === undefined || n === example)
    .flatMap((n) => data.slice((n * channels + channel) * size, (n * channels + channel + 1) * size));
}

test("standardised channels have mean 0 and variance 1: of the batch, and of each example", async () => {
  const x = normal([4, 3, 8, 8]);
  const [mean, variance] = moments(await channelOf(batchStandardize(x), 1));
  expect(mean).toBeCloseTo(0, 5);
  expect(variance).toBeCloseTo(1, 3);
  for (const example of [0, 3]) {
    const own = moments(await channelOf(instanceStandardize(x), 2, example));
    expect(own[0]).toBeCloseTo(0, 5);
    expect(own[1]).toBeCloseTo(1, 3);
  }
});

test("nine groups are standardised by batch, by example, by batch, …, without a parameter", async () => {
  const x = normal([4, 18, 5, 5]);
  const y = groupedStandardize(x, 9);
  for (let group = 0; group < 9; group++) {
    const alone = moments(await channelOf(y, 2 * group, 0));
    const isOwn = Math.abs(alone[0]) < 1e-4 && Math.abs(alone[1] - 1) < 1e-2;
    expect(isOwn).toBe(group % 2 === 1);
  }
  const layer = new GroupedStandardize({ channels: 18, groups: 9 });
  const trained = Array.from(await layer.train().forward(x).data(), Number);
  const exact = Array.from(await y.data(), Number);
  for (const [i, value] of trained.entries()) expect(value).toBeCloseTo(exact[i], 4);
  expect([...parameters(layer), ...parameters(new BatchStandardize(4))]).toEqual([]);
});

test("channels that are dead stay 0 and finite", async () => {
  const dead = fromArray(new Float32Array(2 * 2 * 9).fill(7), [2, 2, 3, 3]);
  for (const y of [batchStandardize(dead), instanceStandardize(dead)])
    expect(Array.from(await y.data(), Number)).toEqual(new Array(36).fill(0));
  expect(() => instanceStandardize(zeros([2, 3, 1, 1]))).toThrow(/more than one value/);
  expect(() => new GroupedStandardize({ channels: 5, groups: 2 })).toThrow(/5 channels do not divide into 2/);
});

test("the slow loss is 0 for equal kernels and for one block, and tiles the narrower kernel", async () => {
  const kernel = normal([2, 3, 3]);
  expect(await slowNeuralLoss([kernel, kernel, kernel]).item()).toBe(0);
  expect(await slowNeuralLoss([kernel]).item()).toBe(0);
  const values = Array.from((await kernel.data()) as Float32Array);
  const twice = fromArray(Float32Array.from([...values, ...values]), [4, 3, 3]);
  expect(await slowNeuralLoss([kernel, twice]).item()).toBe(0);
  const shifted = fromArray(Float32Array.from([...values, ...values].map((x) => x + 2)), [4, 3, 3]);
  expect(await slowNeuralLoss([kernel, shifted]).item()).toBeCloseTo(4, 4);
  expect(() => slowNeuralLoss([kernel, zeros([3, 3, 3])])).toThrow(/3 channels are no multiple of the 2/);
});

test("Kar3 goes −1, −4, −5 for gradients 1, 1, −1, and Kar2 −1, −3, −3", async () => {
  for (const [Kar, places] of [
    [Kar3, [-1, -4, -5]],
    [Kar2, [-1, -3, -3]],
  ] as const) {
    const p = new Parameter(fromArray(new Float32Array(1), [1]));
    const optimizer = new Kar([p], { lr: 1 });
    const step = jit((g: Tensor) => optimizer.minimize(sum(mul(p, g))));
    for (const [i, gradient] of [1, 1, -1].entries()) {
      await step(fromArray(Float32Array.of(gradient), [1]));
      expect((await p.data())[0]).toBe(places[i]);
    }
  }
});

test("all networks of a comparison are of a size", () => {
  manualSeed(0);
  const images = new Terminator({ dims: 2, channels: 12, blocks: 3, side: 14, classes: 10, hidden: 12 });
  expect([parameterCount(images), parameterCount(new PlainResNet())]).toEqual([26_137, 31_906]);
  const sequences = new Terminator({ dims: 1, channels: 10, blocks: 2, side: 196, classes: 10 });
  const counts = [sequences, new PixelLstm(), new PixelTcn()].map(parameterCount);
  expect(counts[0]).toBe(19_886);
  for (const count of counts) expect(Math.abs(count / counts[0] - 1)).toBeLessThan(0.1);
});

test.each([
  [2, [3, 1, 14, 14]],
  [1, [3, 1, 30]],
] as const)("over %i axes it tells its features, of mean 0, and one kernel a block", async (dims, shape) => {
  manualSeed(1);
  const model = new Terminator({ dims, channels: 6, blocks: 2, side: shape[2] as number, classes: 10, hidden: 8 });
  const { logits, features, kernels } = model.train().features(normal(shape));
  expect(logits.shape).toEqual([3, 10]);
  expect(kernels.map((kernel) => kernel.shape)).toEqual(new Array(2).fill(dims === 2 ? [6, 14, 14] : [6, 59]));
  for (const feature of features) {
    const [mean] = moments(await channelOf(feature, 0));
    expect(Math.abs(mean)).toBeLessThan(1e-4);
  }
});
