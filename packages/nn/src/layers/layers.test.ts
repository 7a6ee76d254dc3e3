import {
  DomainError,
  fromArray,
  Generator,
  grad,
  jit,
  relu,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import * as init from "../init.ts";
import { parameterCount } from "../module.ts";
import { BatchNorm } from "./batch-norm.ts";
import { Conv } from "./conv.ts";
import { Dropout } from "./dropout.ts";
import { Embedding } from "./embedding.ts";
import { Linear } from "./linear.ts";
import { GroupNorm, LayerNorm, RmsNorm } from "./norms.ts";
import { Lstm } from "./recurrent.ts";
import { Sequential } from "./sequential.ts";
import { TransformerBlock } from "./transformer.ts";

const normals = (shape: readonly number[], seed = 1): Tensor =>
  fromArray(
    new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)).map((v) => 3 * v + 1),
    shape,
  );
const rowsOf = async (x: Tensor, length: number): Promise<number[][]> => {
  const data = Array.from(await x.data(), Number);
  return Array.from({ length: data.length / length }, (_, i) => data.slice(i * length, (i + 1) * length));
};
const meanOf = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0) / row.length;
const varianceOf = (row: readonly number[]): number => meanOf(row.map((v) => (v - meanOf(row)) ** 2));

test("known modules have the known numbers of parameters", () => {
  expect(parameterCount(new Linear({ inFeatures: 784, outFeatures: 50 }))).toBe(39_250);
  expect(parameterCount(new Conv({ inChannels: 3, outChannels: 64, kernel: [7, 7], bias: false }))).toBe(9_408);
  expect(parameterCount(new Lstm({ inputSize: 10, hiddenSize: 20 }))).toBe(2_560);
  expect(parameterCount(new TransformerBlock({ dim: 512, heads: 8, hidden: 2048 }))).toBe(3_152_384);
  expect(parameterCount(new BatchNorm({ channels: 64 }))).toBe(128);
});

test("a linear layer is x W + b over any leading axes, and names the features it wants", async () => {
  const layer = new Linear({ inFeatures: 2, outFeatures: 3, init: init.ones(), biasInit: init.constant(0.5) });
  expect(await layer.forward(tensor([[[1, 2]], [[3, 4]]])).toArray()).toEqual([[[3.5, 3.5, 3.5]], [[7.5, 7.5, 7.5]]]);
  expect(() => layer.forward(tensor([[1, 2, 3]]))).toThrow(ShapeError);
  expect(() => layer.forward(tensor([[1, 2, 3]]))).toThrow("[1, 3] must have 2 features");
});

test("a sequence applies layers and functions in order", async () => {
  const model = new Sequential([
    new Linear({ inFeatures: 1, outFeatures: 1, init: init.constant(-1) }),
    relu,
    new Linear({ inFeatures: 1, outFeatures: 1, biasInit: init.constant(7), init: init.ones() }),
  ]);
  expect(await model.forward(tensor([[2], [-2]])).toArray()).toEqual([[7], [9]]);
});

test("an embedding gives the rows of its table", async () => {
  const table = new Embedding({ count: 3, dim: 2, init: () => Float32Array.of(0, 1, 10, 11, 20, 21) });
  const ids = tensor([[2, 0]], { dtype: "int32" });
  expect(await table.forward(ids).toArray()).toEqual([
    [
      [20, 21],
      [0, 1],
    ],
  ]);
});

describe("convolution", () => {
  test("runs over as many axes as its kernel has lengths", async () => {
    const ones = init.ones();
    const c1 = new Conv({ inChannels: 1, outChannels: 1, kernel: [3], padding: "same", init: ones });
    expect(await c1.forward(tensor([[[1, 2, 3]]])).toArray()).toEqual([[[3, 6, 5]]]);
    const c2 = new Conv({
      inChannels: 1,
      outChannels: 2,
      kernel: [2, 2],
      stride: 2,
      init: ones,
      biasInit: init.constant(1),
    });
    expect((await c2.forward(normals([2, 1, 4, 6])).data()).length).toBe(2 * 2 * 2 * 3);
    const c3 = new Conv({ inChannels: 2, outChannels: 2, kernel: [1, 2, 3], groups: 2 });
    expect(c3.forward(normals([1, 2, 3, 3, 3])).shape).toEqual([1, 2, 3, 2, 1]);
  });

  test("refuses channels that its groups do not divide", () => {
    expect(() => new Conv({ inChannels: 3, outChannels: 4, kernel: [1], groups: 2 })).toThrow(DomainError);
  });
});

describe("norms", () => {
  test("LayerNorm gives each row mean 0 and variance 1", async () => {
    for (const row of await rowsOf(new LayerNorm({ dim: 64 }).forward(normals([2, 5, 64])), 64)) {
      expect(meanOf(row)).toBeCloseTo(0, 5);
      expect(varianceOf(row)).toBeCloseTo(1, 3);
    }
  });

  test("GroupNorm gives each group of channels mean 0 and variance 1", async () => {
    const y = new GroupNorm({ groups: 2, channels: 6 }).forward(normals([3, 6, 4, 4]));
    for (const row of await rowsOf(y, 3 * 16)) {
      expect(meanOf(row)).toBeCloseTo(0, 5);
      expect(varianceOf(row)).toBeCloseTo(1, 3);
    }
    expect(() => new GroupNorm({ groups: 4, channels: 6 })).toThrow("6 channels do not divide into 4 groups");
  });

  test("RmsNorm gives each row a mean square of 1", async () => {
    for (const row of await rowsOf(new RmsNorm({ dim: 32 }).forward(normals([4, 32])), 32))
      expect(meanOf(row.map((v) => v * v))).toBeCloseTo(1, 4);
  });

  test("BatchNorm in training standardises by the batch and moves its running statistics by the momentum", async () => {
    const norm = new BatchNorm({ channels: 3, momentum: 0.25 });
    const x = normals([8, 3, 5]);
    const run = jit((input: Tensor) => norm.forward(input));
    const y = await run(x);
    const channel = async (t: Tensor, c: number) => (await rowsOf(t, 5)).filter((_, i) => i % 3 === c).flat();
    const [means, variances] = [await rowsOf(norm.runningMean, 3), await rowsOf(norm.runningVariance, 3)].map(
      ([row]) => row,
    );
    for (let c = 0; c < 3; c++) {
      const [before, after] = [await channel(x, c), await channel(y, c)];
      expect(meanOf(after)).toBeCloseTo(0, 5);
      expect(varianceOf(after)).toBeCloseTo(1, 4);
      expect(means[c]).toBeCloseTo(0.25 * meanOf(before), 5);
      expect(variances[c]).toBeCloseTo(0.75 + (0.25 * varianceOf(before) * 40) / 39, 4);
    }
  });

  test("BatchNorm in evaluation uses the running statistics and leaves them", async () => {
    const norm = new BatchNorm({ channels: 2 }).eval();
    norm.runningMean.set([1, 2]);
    norm.runningVariance.set([4, 9]);
    const run = jit((input: Tensor) => norm.forward(input));
    const y = Array.from(await (await run(tensor([[3, 5]]))).data(), Number);
    expect(y[0]).toBeCloseTo(1, 4);
    expect(y[1]).toBeCloseTo(1, 4);
    expect(Array.from(await norm.runningMean.data(), Number)).toEqual([1, 2]);
  });

  test("BatchNorm passed twice in one program moves its statistics twice", async () => {
    const norm = new BatchNorm({ channels: 1, momentum: 0.5 });
    await jit((x: Tensor) => [norm.forward(x), norm.forward(x)])(tensor([[1], [3]]));
    expect(await norm.runningMean.item()).toBeCloseTo(1.5, 6);
  });
});

describe("dropout", () => {
  const x = fromArray(new Float32Array(100_000).fill(2), [100_000]);

  test("keeps the expectation and drops the share asked for", async () => {
    for (const rate of [0.1, 0.5, 0.9]) {
      const layer = new Dropout({ rate, generator: new Generator(3) });
      const y = Array.from(await (await jit((t: Tensor) => layer.forward(t))(x)).data(), Number);
      expect(meanOf(y)).toBeCloseTo(2, 1);
      expect(y.filter((v) => v === 0).length / y.length).toBeCloseTo(rate, 2);
      expect(new Set(y).size).toBe(2);
    }
  });

  test("drops neighbours and halves of the tensor independently", async () => {
    const layer = new Dropout({ rate: 0.5, generator: new Generator(4) });
    const y = await (await jit((t: Tensor) => layer.forward(t))(x)).data();
    for (const lag of [1, 2, 50_000]) {
      let agree = 0;
      for (let i = 0; i + lag < y.length; i++) if (y[i] === y[i + lag]) agree++;
      const count = y.length - lag;
      expect(Math.abs(agree / count - 0.5)).toBeLessThan(2.5 / Math.sqrt(count));
    }
  });

  test("is the identity in evaluation and at rate 0", async () => {
    const layer = new Dropout({ rate: 0.5 });
    layer.eval();
    expect(layer.forward(x)).toBe(x);
    expect(new Dropout({ rate: 0 }).forward(x)).toBe(x);
  });

  test("drops afresh at each run, and passes the gradient only where it keeps", async () => {
    const layer = new Dropout({ rate: 0.5, generator: new Generator(5) });
    const run = jit((t: Tensor) => {
      const y = layer.forward(t);
      return { y, g: grad(sum(y), t) };
    });
    const input = zeros([64]).add(1);
    const [first, second] = [await run(input), await run(input)];
    expect(await first.y.data()).toEqual(await first.g.data());
    expect(await first.y.data()).not.toEqual(await second.y.data());
  });

  test("refuses a rate of 1", () => {
    expect(() => new Dropout({ rate: 1 })).toThrow("the rate lies in [0, 1), got 1");
  });
});
