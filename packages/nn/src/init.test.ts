import { DomainError, Generator } from "@paperworks/tensor";
import { expect, test } from "vitest";
import * as init from "./init.ts";
import { Conv } from "./layers/conv.ts";

const draw = (initializer: init.Initializer, shape: readonly number[], fanIn = 100, fanOut = 50): Float32Array =>
  initializer(shape, { fanIn, fanOut, generator: new Generator(5) });
const moments = (values: Float32Array) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
};

test("spreads are those of the formulas", () => {
  const cases: [init.Initializer, number][] = [
    [init.normal({ std: 0.3 }), 0.3],
    [init.uniform({ low: -1, high: 1 }), 1 / Math.sqrt(3)],
    [init.glorotUniform(), Math.sqrt(2 / 150)],
    [init.glorotNormal(), Math.sqrt(2 / 150)],
    [init.heUniform(), Math.sqrt(2 / 100)],
    [init.heNormal(), Math.sqrt(2 / 100)],
    // The standard deviation of N(0, 1) cut at ±2.
    [init.truncatedNormal({ std: 0.5 }), 0.5 * 0.87962566],
  ];
  for (const [initializer, std] of cases) {
    const found = moments(draw(initializer, [40_000]));
    expect(Math.abs(found.mean)).toBeLessThan((4 * std) / 200);
    expect(found.std / std).toBeCloseTo(1, 1.7);
  }
});

test("truncated normals stay within their limit, uniforms within their bounds", () => {
  expect(Math.max(...draw(init.truncatedNormal({ std: 0.5 }), [10_000]).map(Math.abs))).toBeLessThanOrEqual(1);
  expect(Math.max(...draw(init.heUniform(), [10_000]).map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 100));
});

test("orthogonal matrices have orthonormal rows or columns, whichever are fewer", () => {
  for (const [rows, columns] of [
    [5, 5],
    [3, 7],
    [7, 3],
  ]) {
    const q = draw(init.orthogonal(), [rows, columns]);
    const [count, at] =
      rows <= columns
        ? [rows, (i: number, k: number) => q[i * columns + k]]
        : [columns, (i: number, k: number) => q[k * columns + i]];
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        let dot = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) dot += at(i, k) * at(j, k);
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
  }
});

test("one seed gives the same values, the next draw others", () => {
  const make = (generator: Generator) => init.initialParameter([8], init.normal(), { generator }).front;
  const generator = new Generator(9);
  const first = make(generator);
  expect(make(new Generator(9))).toEqual(first);
  expect(make(generator)).not.toEqual(first);
});

test("the fan-in of a grouped convolution counts the channels of one group", () => {
  const conv = new Conv({ inChannels: 8, outChannels: 8, kernel: [3, 3], groups: 8 });
  const bound = Math.max(...(conv.weight.front as Float32Array).map(Math.abs));
  expect(bound).toBeLessThanOrEqual(Math.sqrt(6 / 9));
  expect(bound).toBeGreaterThan(0.9 * Math.sqrt(6 / 9));
});

test("impossible spreads are refused with their value", () => {
  expect(() => init.normal({ std: -1 })).toThrow(DomainError);
  expect(() => init.uniform({ low: 2, high: 1 })).toThrow("low 2 lies above high 1");
});
