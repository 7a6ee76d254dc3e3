import { parameters } from "@paperworks/nn";
import {
  abs,
  configure,
  fromArray,
  Generator,
  grad,
  manualSeed,
  max,
  mul,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { ConnectivityPredictor } from "./connectivity-predictor.ts";

configure({ threads: 1 });
manualSeed(1);

const [tokens, headDim] = [26, 8];
const generator = new Generator(2);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const [q, k] = [normal([2, 3, tokens, headDim]), normal([2, 3, tokens, headDim])];
const options = { tokens, headDim };
const distance = async (a: Tensor, b: Tensor): Promise<number> => (await max(abs(sub(a, b))).item()) as number;

/** A predictor whose factors are of the size of 1, so that no property holds by their smallness. */
function predictorOf(
  extra: Partial<ConstructorParameters<typeof ConnectivityPredictor>[0]> = {},
): ConnectivityPredictor {
  const predictor = new ConnectivityPredictor({ ...options, ...extra });
  for (const parameter of parameters(predictor)) parameter.set(generator.hostNormal(parameter.size));
  return predictor;
}

test("rows of coefficients sum to 1, over ⌊n/6⌋ compressed tokens, without a row for the class token", async () => {
  const coefficients = predictorOf().coefficients(q, k);
  expect(coefficients.shape).toEqual([2, 3, 25, 4]);
  for (const total of await sum(coefficients, -1).data()) expect(Number(total)).toBeCloseTo(1, 5);
});

test("the estimate's rank is at most n_down: elimination leaves nothing behind that many pivots", async () => {
  const predictor = predictorOf();
  const estimate = predictor.approximate(q, k);
  expect(estimate.shape).toEqual([2, 3, 25, 26]);
  const data = Float64Array.from(await estimate.data(), Number);
  for (let matrix = 0; matrix < 6; matrix++) {
    const rows = Array.from({ length: 25 }, (_, i) => [
      ...data.subarray((matrix * 25 + i) * 26, (matrix * 25 + i + 1) * 26),
    ]);
    const largest = (): number => Math.max(...rows.flat().map(Math.abs));
    const scale = largest();
    for (let pivots = 0; pivots < predictor.reducedTokens; pivots++) {
      expect(largest() / scale).toBeGreaterThan(1e-3);
      const [value, row, column] = rows
        .flatMap((line, i) => line.map((x, j) => [x, i, j] as const))
        .reduce((best, entry) => (Math.abs(entry[0]) > Math.abs(best[0]) ? entry : best));
      const pivot = [...rows[row]];
      for (const line of rows) {
        const factor = line[column] / value;
        pivot.forEach((x, j) => {
          line[j] -= factor * x;
        });
      }
    }
    expect(largest() / scale).toBeLessThan(1e-4);
  }
});

test("without sparsity the sparsified estimate is the dense one: of any basis by its size, with signs of one that is not negative", async () => {
  const bySize = predictorOf({ topCoefficients: 4, basisThreshold: 0 });
  expect(await distance(bySize.scores(q, k), bySize.approximate(q, k))).toBeLessThan(1e-6);
  const signed = predictorOf({ topCoefficients: 4, basisThreshold: 0, fit: "signed" });
  expect(await distance(signed.scores(q, k), signed.approximate(q, k))).toBeGreaterThan(0.1);
  signed.basis.set(generator.hostUniform(signed.basis.size));
  expect(await distance(signed.scores(q, k), signed.approximate(q, k))).toBeLessThan(1e-6);
});

test("ranking keeps the largest coefficients of a query and the entries of the basis above the threshold in size", async () => {
  const predictor = predictorOf({ topCoefficients: 2, basisThreshold: 0.7 });
  const [a, basis] = await Promise.all([predictor.coefficients(q, k).data(), predictor.basis.data()]);
  const scores = await predictor.scores(q, k).data();
  for (let row = 0; row < 150; row++) {
    const coefficients = Array.from(a.slice(4 * row, 4 * row + 4), Number);
    const smallest = [...coefficients].sort((x, y) => y - x)[1];
    for (let key = 0; key < 26; key++) {
      const expected = coefficients.reduce((total, x, c) => {
        const size = Math.abs(Number(basis[4 * key + c]));
        return total + (x >= smallest && size > 0.7 ? x * size : 0);
      }, 0);
      expect(Number(scores[26 * row + key])).toBeCloseTo(expected, 4);
    }
  }
  const above = Array.from(basis, Number).filter((x) => Math.abs(x) > 0.7).length;
  expect(await predictor.basisDensity()).toBe(above / basis.length);
});

test("the mask has the class token's row full, every other with its budget, and no gradient", async () => {
  const predictor = predictorOf();
  const mask = predictor.mask(q, k, { keep: 0.25 });
  const totals = Array.from(await sum(mask.cast("float32"), -1).data(), Number);
  totals.forEach((total, i) => {
    expect(total).toBe(i % tokens === 0 ? tokens : 7);
  });
  for (const gradient of grad(sum(mul(mask.cast("float32"), 2)), parameters(predictor)))
    expect((await gradient.data()).every((x: number | bigint) => Number(x) === 0)).toBe(true);
});

test("with tokens dropped it ranks those that are left as if W_down and W_up had no other rows", async () => {
  const predictor = predictorOf();
  const places = [0, 3, 4, 9, 20];
  const kept = tensor([places, places], { dtype: "int32" });
  const left = (x: Tensor): Tensor => x.gather(tensor(places, { dtype: "int32" }), 2);
  const smaller = new ConnectivityPredictor({ tokens: 5, headDim, reduceTokens: 1.25 });
  for (const name of ["compress", "basis"] as const) {
    const rows = await predictor[name].data();
    smaller[name].set(Float32Array.from(places.flatMap((i) => [...rows.slice(4 * i, 4 * i + 4)].map(Number))));
  }
  for (const name of ["query", "key"] as const) {
    smaller[name].weight.set(Float32Array.from(await predictor[name].weight.data(), Number));
    smaller[name].bias?.set(Float32Array.from((await predictor[name].bias?.data()) ?? [], Number));
  }
  const scores = predictor.scores(left(q), left(k), { kept });
  expect(scores.shape).toEqual([2, 3, 4, 5]);
  expect(await distance(scores, smaller.scores(left(q), left(k)))).toBeLessThan(1e-5);
});

test("other tokens than it was made for, and reductions to nothing, are refused", () => {
  const predictor = predictorOf();
  expect(() => predictor.scores(normal([2, 3, 25, 8]), k)).toThrow(
    /for 26 tokens.*\[batch, heads, 26, 8\], got \[2, 3, 25, 8\]/,
  );
  expect(() => new ConnectivityPredictor({ ...options, reduceTokens: 27 })).toThrow(
    /between 1 and the 26 tokens, got 27/,
  );
  expect(() => new ConnectivityPredictor({ ...options, reduceChannels: 9 })).toThrow(/between 1 and the 8 channels/);
  expect(() => new ConnectivityPredictor({ ...options, topCoefficients: 0 })).toThrow(/topCoefficients/);
  expect(() => new ConnectivityPredictor({ ...options, basisThreshold: -1 })).toThrow(/not negative, got -1/);
});
