import {
  add,
  configure,
  evaluate,
  fromArray,
  Generator,
  mul,
  Parameter,
  pad,
  select,
  silu,
  slice,
  type Tensor,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { DilatedConvolution } from "./dilated-convolution.ts";
import { dilatedReceptiveField, planTcn, reachedOffsets } from "./dilated-receptive-field.ts";
import { largestDifference, normal, streamedDifference } from "./sequence-checks.ts";
import { TemporalConvNet } from "./temporal-conv-net.ts";

configure({ threads: 1 });

test("receptive fields are 1 + (K − 1)(f^D − 1)/(f − 1)", () => {
  expect(dilatedReceptiveField(17, 16, 3)).toBe(4369);
  expect(dilatedReceptiveField(17, 16, 4)).toBe(69_905);
  expect(dilatedReceptiveField(3, 2, 5)).toBe(63);
  expect(dilatedReceptiveField(5, 1, 3)).toBe(13);
});

test("a plan takes the fewest layers, and the smallest factor that these need", () => {
  expect(planTcn(4369, 17)).toEqual({ factor: 16, layers: 3, receptiveField: 4369 });
  expect(planTcn(17, 17)).toEqual({ factor: 1, layers: 1, receptiveField: 17 });
  expect(planTcn(1, 2)).toEqual({ factor: 1, layers: 1, receptiveField: 2 });
  for (const length of [5, 100, 1000, 70_000]) {
    const { factor, layers, receptiveField } = planTcn(length, 4);
    expect(receptiveField).toBeGreaterThanOrEqual(length);
    expect(dilatedReceptiveField(4, 4, Math.max(1, layers - 1))).toBeLessThan(layers > 1 ? length : 5);
    expect(factor === 1 || dilatedReceptiveField(4, factor - 1, layers) < length).toBe(true);
  }
});

/** Outputs at and behind an impulse at 0. */
async function reachedBy(net: TemporalConvNet): Promise<boolean[]> {
  const impulse = new Float32Array(net.receptiveField + 20);
  impulse[0] = 1;
  const y = (await net.forward(fromArray(impulse, [1, impulse.length, 1])).data()) as Float32Array;
  return Array.from(y, (value) => value !== 0);
}

test.each([
  [3, 2, 4],
  [3, 3, 3],
  [5, 4, 2],
  [2, 1, 3],
])(
  "with f ≤ K an impulse reaches exactly the receptive field: K = %i, f = %i, %i layers",
  async (kernel, factor, layers) => {
    const reached = await reachedBy(new TemporalConvNet({ channels: 1, kernel, factor, layers }));
    const field = dilatedReceptiveField(kernel, factor, layers);
    expect(reached).toEqual(reached.map((_, offset) => offset < field));
    expect(reachedOffsets(kernel, factor, layers).every((r) => r)).toBe(true);
  },
);

test.each([
  [2, 4, 3],
  [3, 5, 2],
])("with f > K it leaves the holes that are counted: K = %i, f = %i, %i layers", async (kernel, factor, layers) => {
  const reached = await reachedBy(new TemporalConvNet({ channels: 1, kernel, factor, layers }));
  const expected = reachedOffsets(kernel, factor, layers);
  expect(reached.slice(0, expected.length)).toEqual(expected);
  expect(reached.slice(expected.length).some((r) => r)).toBe(false);
  expect(expected.some((r) => !r)).toBe(true);
});

describe.each([
  ["depthwise", true],
  ["dense", false],
])("a %s network", (_, depthwise) => {
  const options = { channels: 16, kernel: 3, factor: 3, layers: 3, depthwise };

  test("token by token gives the outputs of the whole sequence", async () => {
    expect(await streamedDifference(new TemporalConvNet(options), 40)).toBeLessThan(1e-5);
  });

  test("leaves the outputs before a changed token as they are, to the last bit", async () => {
    const net = new TemporalConvNet(options);
    const x = normal([1, 60, 16]);
    const later = pad(normal([1, 20, 16], 2), [{ axis: 1, before: 40, after: 0 }]);
    const outputs = [x, add(x, later)].map((input) => slice(net.forward(input), [{ axis: 1, end: 40 }]));
    await evaluate(outputs);
    expect(outputs[1].held).toEqual(outputs[0].held);
  });

  test("that is not causal sees as many tokens behind as before", async () => {
    const net = new TemporalConvNet({ ...options, causal: false });
    const impulse = new Float32Array(101 * 16);
    impulse.fill(1, 50 * 16, 51 * 16);
    const y = (await net.forward(fromArray(impulse, [1, 101, 16])).data()) as Float32Array;
    const reached = Array.from({ length: 101 }, (_, t) => y[t * 16] !== 0);
    expect(reached).toEqual(reached.map((_, t) => Math.abs(t - 50) <= (net.receptiveField - 1) / 2));
    expect(() => net.step(normal([1, 16]), net.initialState(1))).toThrow(/causal/);
  });
});

test("a depthwise convolution is K shifted products", async () => {
  const [kernel, dilation, length] = [5, 4, 50];
  const convolution = new DilatedConvolution({ channels: 16, kernel, dilation });
  const x = normal([2, length, 16]);
  const before = (kernel - 1) * dilation;
  const padded = pad(x, [{ axis: 1, before, after: 0 }]);
  const terms = Array.from({ length: kernel }, (_, j) => {
    const start = j * dilation;
    const weight = select(select(convolution.weight, 2, j), 1, 0);
    return mul(slice(padded, [{ axis: 1, start, end: start + length }]), weight);
  });
  const sum = terms.reduce((a: Tensor, b) => add(a, b));
  expect(await largestDifference(convolution.forward(x), sum)).toBeLessThan(1e-5);
});

test("a layer whose filters are one tap of 1 adds silu of its input", async () => {
  const net = new TemporalConvNet({ channels: 2, kernel: 3, factor: 2, layers: 1 });
  (net.convolutions[0] as { weight: Parameter }).weight = new Parameter(
    fromArray(Float32Array.of(0, 0, 1, 0, 0, 1), [2, 1, 3]),
  );
  const x = fromArray(new Generator(4).hostNormal(12), [1, 6, 2]);
  expect(await largestDifference(net.forward(x), add(x, silu(x)))).toBeLessThan(1e-6);
});

test("what is no network is refused, with what would be one", () => {
  const options = { channels: 4, kernel: 3, factor: 2, layers: 2 };
  const build = (wrong: object) => () => new TemporalConvNet({ ...options, ...wrong });
  expect(build({ kernel: 1 })).toThrow(/kernel must be a whole number of at least 2, got 1/);
  expect(build({ factor: 0 })).toThrow(/factor must be a whole number of at least 1, got 0/);
  expect(build({ factor: 1.5 })).toThrow(/factor/);
  expect(build({ layers: 0 })).toThrow(/layers/);
  expect(() => dilatedReceptiveField(1, 2, 2)).toThrow(/kernel/);
  expect(() => planTcn(0, 3)).toThrow(/length/);
  expect(() => new TemporalConvNet(options).forward(normal([1, 0, 4]))).toThrow(/at least one token/);
});
