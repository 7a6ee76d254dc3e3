import {
  configure,
  cumSum,
  evaluate,
  fromArray,
  grad,
  mul,
  Parameter,
  pad,
  slice,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { parameters } from "../module.ts";
import { aroundCircle, toeplitz } from "./circle.ts";
import type { EmaForm } from "./ema-forms.ts";
import { emaKernel } from "./ema-kernel.ts";
import { fftConvolve } from "./fft-convolve.ts";
import { type DampedAverage, MultiDimensionalEma } from "./multi-dimensional-ema.ts";
import { largestDifference, normal, streamedDifference } from "./sequence-checks.ts";

configure({ threads: 1 });

/** The same average in another form. */
function inForm(average: MultiDimensionalEma, form: EmaForm, chunk = 16): MultiDimensionalEma {
  const copy = new MultiDimensionalEma({ dim: average.dim, size: 1, form, chunk });
  return Object.assign(copy, { forwards: average.forwards, backwards: average.backwards, omega: average.omega });
}

describe.each([
  ["in one direction", false],
  ["in both directions", true],
])("%s", (_, bidirectional) => {
  test.each([1, 7, 64, 1000])("all forms agree to 1e-5 over %i tokens", async (length) => {
    const average = new MultiDimensionalEma({ dim: 3, size: 4, form: "recurrent", bidirectional });
    const x = normal([2, length, 3]);
    const exact = average.forward(x);
    for (const form of ["fft", "kernel", "chunk"] as const)
      expect(await largestDifference(inForm(average, form).forward(x), exact)).toBeLessThan(1e-5);
  });

  test.each(["fft", "kernel", "chunk"] as const)(
    "the gradients of form %s are those of the recurrence",
    async (form) => {
      const average = new MultiDimensionalEma({ dim: 3, size: 4, form: "recurrent", bidirectional });
      const x = normal([3, 21, 3]);
      const weights = normal([3, 21, 3], 2);
      const gradients = [average, inForm(average, form, 8)].map((core) =>
        grad(sum(mul(core.forward(x), weights)), [x, ...parameters(core)]),
      );
      await evaluate(gradients.flat());
      for (const [i, exact] of gradients[0].entries())
        expect(await largestDifference(gradients[1][i], exact)).toBeLessThan(1e-4);
    },
  );
});

test("token by token an average gives the outputs of the whole sequence", async () => {
  expect(await streamedDifference(new MultiDimensionalEma({ dim: 5, size: 3 }), 20)).toBeLessThan(1e-5);
});

test("an average leaves the outputs before a changed token as they are", async () => {
  const average = new MultiDimensionalEma({ dim: 4, size: 2, form: "fft" });
  const x = normal([2, 50, 4]);
  const later = pad(normal([2, 10, 4], 2), [{ axis: 1, before: 40, after: 0 }]);
  const [a, b] = [x, x.add(later)].map((input) => slice(average.forward(input), [{ axis: 1, end: 40 }]));
  expect(await largestDifference(b, a)).toBeLessThan(1e-5);
});

const withParameters = (average: MultiDimensionalEma, values: Partial<Record<keyof DampedAverage, number>>) => {
  const { shape } = average.forwards.alpha;
  for (const [name, value] of Object.entries(values))
    Object.assign(average.forwards, { [name]: new Parameter(zeros(shape).add(value)) });
  Object.assign(average, { omega: new Parameter(zeros([average.dim])) });
  return average;
};

test("with α = δ = 0 the filter is ½ β η (¾)^l", async () => {
  const average = withParameters(new MultiDimensionalEma({ dim: 1, size: 1 }), { alpha: 0, delta: 0, beta: 3, eta: 5 });
  const impulse = fromArray(Float32Array.of(1, 0, 0, 0, 0, 0), [1, 6, 1]);
  const y = (await average.smooth(impulse).data()) as Float32Array;
  y.forEach((value, l) => {
    expect(value).toBeCloseTo(0.5 * 3 * 5 * 0.75 ** l, 5);
  });
});

test("with δ → −∞ nothing decays: a cumulative sum", async () => {
  const average = withParameters(new MultiDimensionalEma({ dim: 2, size: 1 }), {
    alpha: 0,
    delta: -200,
    beta: 2,
    eta: 1,
  });
  const x = normal([1, 30, 2]);
  expect(await largestDifference(average.smooth(x), cumSum(x, 1))).toBeLessThan(1e-5);
});

test.each([1, 2, 5, 16, 37])("the filter of %i places is the sum of its powers", async (length) => {
  const [scale, logDecay] = [normal([2, 3]), mul(normal([2, 3], 2).mul(normal([2, 3], 2)), -0.1)];
  const got = (await emaKernel(scale, logDecay, length).data()) as Float32Array;
  const [c, d] = (await Promise.all([scale.data(), logDecay.data()])) as Float32Array[];
  for (let channel = 0; channel < 2; channel++) {
    for (let l = 0; l < length; l++) {
      let exact = 0;
      for (let j = 3 * channel; j < 3 * channel + 3; j++) exact += c[j] * Math.exp(l * d[j]);
      expect(got[channel * length + l]).toBeCloseTo(exact, 4);
    }
  }
});

/** Σ_l κ_l x_{t−l} + Σ_l a_l x_{t+1+l}, in plain loops. */
function convolved(x: Float32Array, kernel: Float32Array, ahead: Float32Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let t = 0; t < x.length; t++) {
    for (let l = 0; l < kernel.length && l <= t; l++) y[t] += kernel[l] * x[t - l];
    for (let l = 0; l < ahead.length && t + 1 + l < x.length; l++) y[t] += ahead[l] * x[t + 1 + l];
  }
  return y;
}

test.each([
  [9, 4, 0],
  [300, 300, 0],
  [8, 3, 7],
  [5, 1, 12],
  [1, 1, 0],
])("%i values with a filter of %i before and %i behind do not wrap around", async (length, taps, behind) => {
  for (const batch of [1, 2]) {
    const [x, kernel] = [normal([batch, 1, length]), normal([1, taps], 2)];
    const ahead = behind > 0 ? normal([1, behind], 3) : undefined;
    const y = (await fftConvolve(x, kernel, { ahead }).data()) as Float32Array;
    const [data, weights] = [(await x.data()) as Float32Array, (await kernel.data()) as Float32Array];
    const after = ahead ? ((await ahead.data()) as Float32Array) : new Float32Array(0);
    for (let b = 0; b < batch; b++) {
      convolved(data.subarray(b * length, (b + 1) * length), weights, after).forEach((exact, t) => {
        expect(y[b * length + t]).toBeCloseTo(exact, 3);
      });
    }
  }
});

test("a filter around a circle gives the Toeplitz matrix that filters rows", async () => {
  const [kernel, ahead] = [fromArray(Float32Array.of(1, 2, 3), [3]), fromArray(Float32Array.of(10, 20), [2])];
  const matrix: Tensor = toeplitz(aroundCircle(kernel, 6, ahead));
  // Column t holds what output t takes of each input.
  expect(Array.from((await matrix.data()) as Float32Array)).toEqual([1, 2, 3, 10, 1, 2, 20, 10, 1]);
});

test("what does not fit is refused", () => {
  expect(() => new MultiDimensionalEma({ dim: 0, size: 1 })).toThrow(/dim/);
  expect(() => new MultiDimensionalEma({ dim: 2, size: 0 })).toThrow(/size/);
  expect(() => new MultiDimensionalEma({ dim: 2, size: 1, form: "wave" as EmaForm })).toThrow(/not "wave"/);
  expect(() => new MultiDimensionalEma({ dim: 2, size: 1 }).forward(normal([1, 0, 2]))).toThrow(/at least one token/);
  expect(() => fftConvolve(normal([2, 3, 8]), normal([4, 8]))).toThrow(/share the axes between/);
  expect(() => aroundCircle(normal([5]), 6, normal([2]))).toThrow(/5 and 2 weights do not fit on a circle of 6/);
});
