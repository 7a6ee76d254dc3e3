import { expect, test } from "vitest";
import { hasRelaxedSimd, loadKernels } from "../src/index.ts";

const variants = hasRelaxedSimd() ? [true, false] : [false];
const functions: [name: "exp" | "tanh" | "sigmoid", exact: (x: number) => number, low: number, high: number][] = [
  ["exp", Math.exp, -86, 88],
  ["tanh", Math.tanh, -20, 20],
  ["tanh", Math.tanh, -1e-3, 1e-3],
  ["sigmoid", (x) => 1 / (1 + Math.exp(-x)), -86, 86],
];

for (const relaxed of variants) {
  test.each(functions)(`%s is exact to 2e-6 (relaxed: ${relaxed}, case %#)`, async (name, exact, low, high) => {
    const kernels = await loadKernels({ relaxed });
    const x = Float32Array.from({ length: 100_003 }, (_, i) => low + ((high - low) * i) / 100_002);
    const worst = kernels[name](x).reduce((most, y, i) => {
      const wanted = exact(x[i]);
      return wanted === 0 ? Math.max(most, Math.abs(y)) : Math.max(most, Math.abs(y / wanted - 1));
    }, 0);
    expect(worst).toBeLessThan(2e-6);
  });

  test(`beyond the numbers each function goes where it should, and NaN stays NaN (relaxed: ${relaxed})`, async () => {
    const kernels = await loadKernels({ relaxed });
    const x = Float32Array.of(Number.NaN, Infinity, -Infinity, 100, -200);
    expect([...kernels.exp(x)]).toEqual([Number.NaN, Infinity, 0, Infinity, 0]);
    expect([...kernels.tanh(x)]).toEqual([Number.NaN, 1, -1, 1, -1]);
    expect([...kernels.sigmoid(x)].map((y) => Math.round(y * 1e6) / 1e6)).toEqual([Number.NaN, 1, 0, 1, 0]);
  });
}

test("without relaxed multiply-add the results are the same on every machine: pinned to the last bit", async () => {
  const kernels = await loadKernels({ relaxed: false });
  const x = Float32Array.of(-3.25, -0.5, 0.1, 1, 7);
  const bits = (values: Float32Array): string[] => [...new Uint32Array(values.buffer)].map((word) => word.toString(16));
  expect(bits(kernels.tanh(x))).toMatchInlineSnapshot(`
    [
      "bf7f3b3c",
      "beec9a9c",
      "3dcc1ebc",
      "3f42f7d6",
      "3f7fffe4",
    ]
  `);
});
