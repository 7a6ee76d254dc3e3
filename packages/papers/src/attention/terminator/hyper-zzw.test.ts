import {
  configure,
  fromArray,
  Generator,
  grad,
  manualSeed,
  matmul,
  mul,
  type Parameter,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { gammaSamples } from "./gamma-samples.ts";
import { hyperZzwElementwise, hyperZzwGlobal } from "./hyper-global.ts";
import { HyperZzwLocal } from "./hyper-local.ts";
import { gateByBoth, gateOfChannels } from "./interactions.ts";
import { SlowNetwork } from "./slow-network.ts";

configure({ threads: 1 });

const normal = (shape: readonly number[], seed = 1): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const valuesOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
async function expectClose(a: Tensor, b: Tensor, digits = 5): Promise<void> {
  const [x, y] = await Promise.all([valuesOf(a), valuesOf(b)]);
  expect(x.length).toBe(y.length);
  for (const [i, value] of x.entries()) expect(value).toBeCloseTo(y[i], digits);
}

describe("the global form", () => {
  const [channels, side] = [3, 5];
  const z = normal([2, channels, side, side]);

  test("with the identity in each channel gives Z/√H", async () => {
    const identity = Float32Array.from({ length: channels * side * side }, (_, i) => {
      const place = i % (side * side);
      return Math.floor(place / side) === place % side ? 1 : 0;
    });
    const y = hyperZzwGlobal(fromArray(identity, [channels, side, side]), z);
    await expectClose(y, mul(z, 1 / Math.sqrt(side)));
  });

  test("contextual and with a kernel of ones gives Z·Z/√H", async () => {
    const ones = fromArray(new Float32Array(channels * side * side).fill(1), [channels, side, side]);
    await expectClose(hyperZzwGlobal(ones, z, { contextual: true }), mul(matmul(z, z), 1 / Math.sqrt(side)));
  });

  test("over a sequence with a delta at the middle tap returns it, and elsewhere moves it", async () => {
    const sequence = normal([2, 2, 7]);
    const delta = (tap: number): Tensor => {
      const taps = new Float32Array(2 * 13);
      for (const channel of [0, 1]) taps[13 * channel + tap] = 1;
      return fromArray(taps, [2, 13]);
    };
    await expectClose(hyperZzwGlobal(delta(6), sequence), sequence);
    const [from, moved] = [await valuesOf(sequence), await valuesOf(hyperZzwGlobal(delta(8), sequence))];
    for (let t = 0; t < 7; t++) expect(moved[t]).toBeCloseTo(t >= 2 ? from[t - 2] : 0, 6);
  });

  test("refuses maps that are not square and kernels of another size", () => {
    expect(() => hyperZzwGlobal(zeros([3, 5, 4]), zeros([1, 3, 5, 4]))).toThrow(/maps are square, got \[1, 3, 5, 4\]/);
    expect(() => hyperZzwGlobal(zeros([3, 4, 4]), z)).toThrow(/the kernel is \[3, 5, 5\], got \[3, 4, 4\]/);
    expect(() => hyperZzwGlobal(zeros([3, 7]), zeros([1, 3, 7]))).toThrow(/the kernel is \[3, 13\]/);
  });
});

describe("the local form", () => {
  const make = (options = {}): HyperZzwLocal => {
    manualSeed(3);
    return new HyperZzwLocal({ channels: 4, kernel: 3, space: [6, 6], hidden: 8, ...options });
  };

  test("convolves each channel with its own kernel, whose norm is 1.4", async () => {
    const local = make();
    const z = normal([2, 4, 6, 6]);
    const kernel = (await local.kernelFor(z).data()) as Float32Array;
    for (let channel = 0; channel < 4; channel++)
      expect(Math.hypot(...kernel.subarray(9 * channel, 9 * channel + 9))).toBeCloseTo(1.4, 4);
    // Without mixer, norm and GELU the loop over places gives the same.
    const plain = make({ modulated: false });
    const weights = (await plain.kernelFor(z).data()) as Float32Array;
    const { conv } = await import("@paperworks/tensor");
    const y = await valuesOf(conv(z, fromArray(weights, [4, 1, 3, 3]), { groups: 4, padding: 1 }));
    const input = (await z.data()) as Float32Array;
    const at = (n: number, c: number, row: number, column: number): number =>
      row < 0 || row > 5 || column < 0 || column > 5 ? 0 : input[((n * 4 + c) * 6 + row) * 6 + column];
    for (const [n, c, row, column] of [
      [0, 0, 0, 0],
      [1, 3, 5, 2],
      [1, 2, 3, 3],
    ]) {
      let expected = 0;
      for (let i = 0; i < 9; i++)
        expected += weights[9 * c + i] * at(n, c, row + Math.floor(i / 3) - 1, column + (i % 3) - 1);
      expect(y[((n * 4 + c) * 6 + row) * 6 + column]).toBeCloseTo(expected, 5);
    }
  });

  test("has a kernel that follows its batch in training, and not in evaluation", async () => {
    const local = make();
    const [a, b] = [normal([2, 4, 6, 6], 1), normal([2, 4, 6, 6], 2)];
    expect(await valuesOf(local.train().kernelFor(a))).not.toEqual(await valuesOf(local.kernelFor(b)));
    expect(await valuesOf(local.eval().kernelFor(a))).toEqual(await valuesOf(local.kernelFor(b)));
  });

  test("does not see the other examples in evaluation", async () => {
    const local = make().eval();
    const pair = normal([2, 4, 6, 6], 5);
    const first = fromArray(((await pair.data()) as Float32Array).slice(0, 144), [1, 4, 6, 6]);
    const together = (await valuesOf(local.forward(pair))).slice(0, 144);
    const alone = await valuesOf(local.forward(first));
    for (const [i, value] of alone.entries()) expect(value).toBeCloseTo(together[i], 6);
  });

  test("refuses an even kernel", () => {
    expect(() => make({ kernel: 4 })).toThrow(/odd length, got 4/);
  });
});

test("interactions with kernels of 0 halve their input", async () => {
  const x = normal([2, 3, 4, 4]);
  const half = mul(x, 0.5);
  await expectClose(gateOfChannels(zeros([1, 3]), x), half, 6);
  await expectClose(gateByBoth(zeros([1, 4, 4]), normal([1, 3]), normal([2, 3, 4, 4], 2), x), half, 6);
  await expectClose(gateByBoth(normal([1, 4, 4]), zeros([1, 3]), normal([2, 3, 4, 4], 2), x), half, 6);
  await expectClose(hyperZzwElementwise(fromArray(Float32Array.of(2), [1]), x), mul(mul(x, x), 2));
});

describe("the slow network", () => {
  test("has the derivatives of finite differences in every parameter", async () => {
    manualSeed(5);
    const slow = new SlowNetwork({ grid: [4, 3], out: 2, hidden: 6, layers: 3, omega: 0.3 });
    const weights = normal([2, 4, 3], 9);
    const loss = (): Tensor => sum(mul(slow.forward(), weights));
    const { namedParameters } = await import("@paperworks/nn");
    const all = [...namedParameters(slow)] as [string, Parameter][];
    const slopes = await Promise.all(
      grad(
        loss(),
        all.map(([, p]) => p),
      ).map(valuesOf),
    );
    for (const [i, [name, parameter]] of all.entries()) {
      const values = Float32Array.from((await parameter.data()) as Float32Array);
      const largest = slopes[i].reduce(
        (best, value, at, list) => (Math.abs(value) > Math.abs(list[best]) ? at : best),
        0,
      );
      const moved = async (by: number): Promise<number> => {
        const copy = values.slice();
        copy[largest] += by;
        parameter.set(copy);
        return (await loss().item()) as number;
      };
      const h = 2e-3;
      const numeric = ((await moved(h)) - (await moved(-h))) / (2 * h);
      parameter.set(values);
      expect(Math.abs(slopes[i][largest] - numeric), name).toBeLessThan(2e-2 * Math.max(1, Math.abs(numeric)));
    }
  });

  test("paints rougher kernels the larger ω₀ is", async () => {
    const roughness = async (omega: number): Promise<number> => {
      manualSeed(1);
      const values = await valuesOf(new SlowNetwork({ grid: [64], out: 8, omega }).forward());
      let [change, size] = [0, 0];
      for (let i = 1; i < values.length; i++) {
        if (i % 64 === 0) continue;
        change += (values[i] - values[i - 1]) ** 2;
        size += values[i] ** 2;
      }
      return change / size;
    };
    expect(await roughness(2)).toBeGreaterThan(3 * (await roughness(0.2)));
  });

  test("refuses sizes that cannot be", () => {
    expect(() => new SlowNetwork({ grid: [], out: 1 })).toThrow(/axes must be a whole number of at least 1/);
    expect(() => new SlowNetwork({ grid: [3], out: 1, omega: 0 })).toThrow(/omega must be above 0/);
  });
});

test("gamma samples have mean and variance of their shape", () => {
  for (const shape of [1, 2, 6]) {
    const samples = gammaSamples(new Generator(4), shape, 20_000);
    const mean = samples.reduce((a, b) => a + b, 0) / samples.length;
    const variance = samples.reduce((a, b) => a + (b - mean) ** 2, 0) / samples.length;
    expect(mean / shape).toBeCloseTo(1, 1);
    expect(variance / shape).toBeCloseTo(1, 1);
  }
  expect(() => gammaSamples(new Generator(1), 0.5, 1)).toThrow(/at least 1, got 0.5/);
});
