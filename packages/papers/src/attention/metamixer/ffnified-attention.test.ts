import { FeedForward, init, MultiHeadAttention, parameterCount, parameters } from "@paperworks/nn";
import {
  configure,
  fromArray,
  Generator,
  gelu,
  matmul,
  pad,
  roll,
  softmax,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { FfnifiedAttention, spatialSoftmax } from "./ffnified-attention.ts";
import { FfnifiedChannelMixer } from "./ffnified-channel-mixer.ts";
import { metaMixer } from "./meta-mixer.ts";

configure({ threads: 1 });

const generator = new Generator(7);
const normals = (shape: readonly number[]): Tensor =>
  fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);

async function expectClose(a: Tensor, b: Tensor, digits = 5): Promise<void> {
  expect(a.shape).toEqual(b.shape);
  const [got, wanted] = await Promise.all([a.data(), b.data()]);
  (got as Float32Array).forEach((value, i) => {
    expect(value).toBeCloseTo((wanted as Float32Array)[i], digits);
  });
}

describe("the frame of four operations", () => {
  test("with W₁, GELU and W₂ over channels is the feed-forward network", async () => {
    const network = new FeedForward({ dim: 6, hidden: 10, bias: false });
    const x = normals([2, 5, 6]);
    const mixed = metaMixer({
      query: (input) => input,
      key: (query) => matmul(query, network.expand.weight),
      activation: gelu,
      value: (coefficients) => matmul(coefficients, network.contract.weight),
    })(x);
    await expectClose(mixed, network.forward(x));
  });

  test("with dot products and softmax is single-head attention", async () => {
    const attention = new MultiHeadAttention({ dim: 6, heads: 1 });
    const x = normals([2, 5, 6]);
    const mixed = metaMixer({
      query: (input) => attention.query.forward(input),
      key: (query, input) => matmul(query, attention.key.forward(input).transpose()).mul(1 / Math.sqrt(6)),
      activation: (scores) => softmax(scores),
      value: (weights, input) => attention.output.forward(matmul(weights, attention.value.forward(input))),
    })(x);
    await expectClose(mixed, attention.forward(x));
  });
});

/** A kernel of zeros with a 1 at its centre, for each channel. */
function delta(channels: number, kernel: number): Float32Array {
  const weights = new Float32Array(channels * kernel * kernel);
  for (let c = 0; c < channels; c++) weights[(c + 0.5) * kernel * kernel - 0.5] = 1;
  return weights;
}

describe("FFNified attention", () => {
  test("with deltas for keys and values and no activation is the normed projection", async () => {
    const mixer = new FfnifiedAttention({ channels: 4, kernel: 5, activation: (x) => x });
    for (const conv of [mixer.keys, mixer.values]) if (conv && "weight" in conv) conv.weight.set(delta(4, 5));
    const x = normals([3, 4, 6, 7]);
    await expectClose(mixer.forward(x), mixer.query(x));
    mixer.eval();
    await expectClose(mixer.forward(x), mixer.query(x));
  });

  test("moves with its input, away from the border", async () => {
    const mixer = new FfnifiedAttention({ channels: 4, kernel: 7, init: init.normal({ std: 0.3 }) }).eval();
    // Keys and values of 7 see 3 places each: 6 around the pattern, and one to shift by.
    const around = [2, 3].map((axis) => ({ axis, before: 7, after: 7 }));
    const x = pad(normals([1, 4, 3, 3]), around);
    await expectClose(mixer.forward(roll(x, 1, 3)), roll(mixer.forward(x), 1, 3));
  });

  test("along one axis is FFNified attention over images of one row", async () => {
    const [line, plane] = ([1, 2] as const).map((dims) => new FfnifiedAttention({ channels: 4, kernel: 5, dims }));
    const [rows, images] = [parameters(line), parameters(plane)];
    for (const [i, parameter] of images.entries()) {
      const { shape } = parameter;
      const values = await rows[i].data();
      // The middle row of a square kernel is what meets a single row of places.
      const middle = new Float32Array(parameter.size);
      if (parameter.size === values.length) middle.set(values as Float32Array);
      else
        for (let c = 0; c < shape[0]; c++)
          for (let k = 0; k < 5; k++) middle[25 * c + 10 + k] = Number(values[5 * c + k]);
      parameter.set(middle);
    }
    const x = normals([2, 4, 12]);
    await expectClose(line.forward(x), plane.forward(x.reshape([2, 4, 1, 12])).reshape([2, 4, 12]));
    expect(() => new FfnifiedAttention({ channels: 4, dims: 1, kernel: 4 })).toThrow(/needs a centre.*got 4/);
  });

  test("has C² weights and a norm for queries, and two pairs of kernels with norms", () => {
    const rep = (49 + 9 + 4) * 8;
    expect(parameterCount(new FfnifiedAttention({ channels: 8 }))).toBe(64 + 16 + 2 * rep);
    expect(parameterCount(new FfnifiedAttention({ channels: 8, query: false }))).toBe(2 * rep);
    expect(parameterCount(new FfnifiedAttention({ channels: 8, value: false }))).toBe(64 + 16 + rep);
    expect(parameterCount(new FfnifiedAttention({ channels: 8, kernel: 3 }))).toBe(64 + 16 + 2 * 80);
  });
});

test("softmax over space gives each channel coefficients that add up to 1, and refuses a map without places", async () => {
  const sums = await spatialSoftmax(normals([2, 3, 4, 5]))
    .sum([2, 3])
    .data();
  for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
  expect(() => spatialSoftmax(zeros([2, 3, 0, 4]))).toThrow(/map without places: \[2, 3, 0, 4\]/);
});

test("a channel mixer refuses an even kernel and no channels", () => {
  expect(() => new FfnifiedChannelMixer({ channels: 4, kernel: 2 })).toThrow(/needs a centre/);
  expect(() => new FfnifiedChannelMixer({ channels: 0 })).toThrow(/channels.*at least 1, got 0/);
});
