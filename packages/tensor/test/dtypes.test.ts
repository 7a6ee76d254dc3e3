import { afterEach, expect, test } from "vitest";
import { type DType, dtypes } from "../src/dtype.ts";
import { DTypeError } from "../src/errors.ts";
import { evaluate } from "../src/evaluate.ts";
import * as engine from "../src/index.ts";
import { add, cast, exp, mul } from "../src/ops/elementwise.ts";
import { gather } from "../src/ops/indexing.ts";
import { matmul } from "../src/ops/matmul.ts";
import { concat } from "../src/ops/movement.ts";
import { logSumExp, variance } from "../src/ops/reduce.ts";
import { softmax } from "../src/ops/softmax.ts";
import { tensor } from "../src/record.ts";
import { configure } from "../src/runtime/settings.ts";
import type { Tensor } from "../src/tensor.ts";
import { checkOperation, expectClose, valueTolerance } from "./check.ts";
import { accepts } from "./dtype-operations/accepted.ts";
import { dtypeOperations, tensorOf, withoutDtypes } from "./dtype-operations.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

/** What the runtime, native or WebAssembly, has no kernel for. Their values are still checked in float32, their derivatives in float64. */
const withoutKernel: Partial<Record<DType, readonly string[]>> = {
  float64: [
    ...["tan", "asin", "acos", "atan", "sinh", "cosh", "erf", "softplus", "logSigmoid", "mish", "gelu"],
    ...["conv", "conv of separate channels", "convTranspose", "avgPool"],
  ],
};

afterEach(() => configure({ device: undefined }));

test.each((["cpu", "wasm"] as const).flatMap((device) => dtypes.map((dtype) => [dtype, device] as const)))(
  "%s on %s: every operation gives the right value, or refuses the dtype by name where it says so",
  async (dtype, device) => {
    configure({ device });
    for (const [name, operation] of Object.entries(dtypeOperations)) {
      const record = () => operation((values, shape) => tensorOf(dtype, values, shape));
      if (!accepts(name, dtype)) {
        expect(record, `${name} of ${dtype}`).toThrow(DTypeError);
        expect(record, `${name} of ${dtype}`).toThrow(dtype);
        continue;
      }
      const result = record();
      const outputs = Array.isArray(result) ? result : [result];
      if (withoutKernel[dtype]?.includes(name)) {
        await expect(evaluate(outputs), `${name} of ${dtype}`).rejects.toThrow(/no kernel .* dtype/);
        continue;
      }
      await evaluate(outputs);
      const tolerance = dtype === "float16" ? 2e-3 : valueTolerance;
      reference(outputs).forEach((expected, i) => {
        expectClose(`${name} of ${dtype}`, outputs[i].held as Float32Array, expected, tolerance);
      });
    }
  },
);

test("every exported operation stands in the table of dtypes, or says why it need not", () => {
  const exported = Object.entries(engine).flatMap(([name, value]) =>
    typeof value === "function" && /^[a-z]/.test(name) ? [name] : [],
  );
  const inTable = new Set(Object.keys(dtypeOperations).map((name) => name.split(" ")[0]));
  const excused = new Set(Object.values(withoutDtypes).flat());
  expect(exported.filter((name) => !inTable.has(name) && !excused.has(name))).toEqual([]);
  expect([...inTable, ...excused].filter((name) => !exported.includes(name))).toEqual([]);
  expect([...excused].filter((name) => inTable.has(name))).toEqual([]);
});

test("casts between all dtypes keep the values both can hold", async () => {
  const casts = dtypes.flatMap((from) =>
    dtypes.map((to) => ({ what: `${from} to ${to}`, value: cast(tensorOf(from, [0, 1, 3, 100]), to) })),
  );
  await evaluate(casts.map(({ value }) => value));
  const expected = reference(casts.map(({ value }) => value));
  casts.forEach(({ what, value }, i) => {
    expectClose(what, value.held as Float32Array, expected[i]);
  });
});

test("floats are truncated towards zero on the way to whole numbers", async () => {
  const x = tensor([-2.9, -0.5, 0.5, 2.9]);
  expect(Array.from((await cast(x, "int32").data()) as Int32Array)).toEqual([-2, 0, 0, 2]);
});

test("float64 is computed in float64, with its derivatives", async () => {
  const x = tensor([0.3, -1.2, 2.5, 0.7], { shape: [2, 2], dtype: "float64" });
  const apply = (t: Tensor) => [softmax(t), logSumExp(t, 1), exp(t).mul(t), variance(t), matmul(t, t.transpose())];
  await checkOperation({ inputs: [x], apply }, { derivatives: 2, tolerance: 1e-13 });
});

test("two dtypes are never promoted silently: the error names both", () => {
  const [a, b] = [tensorOf("float32", [1, 2]), tensorOf("int32", [1, 2])];
  const operations: ((x: Tensor, y: Tensor) => Tensor)[] = [add, mul, matmul, (x, y) => concat([x, y])];
  for (const operation of operations) expect(() => operation(a, b)).toThrow(/float32 and int32/);
});

test("a float index is refused by name", () => {
  expect(() => gather(tensorOf("float32", [1, 2]), tensorOf("float32", [0]))).toThrow(
    /int32 or int64 indices, got float32/,
  );
});

test("a fraction is refused by whole numbers, which would make another number of it", () => {
  for (const dtype of ["int32", "int64", "uint8"] as const)
    for (const number of [0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => mul(tensorOf(dtype, [1, 2]), number)).toThrow(DTypeError);
  expect(() => mul(tensorOf("int32", [1, 2]), 0.5)).toThrow(/0\.5 .* int32/);
});

test("half-precision tensors of any length go in and come out", async () => {
  const numbers = Array.from({ length: 100 }, (_, i) => i / 8);
  const doubled = mul(tensorOf("float16", numbers), 2);
  expect(Array.from((await doubled.data()) as Float16Array)).toEqual(numbers.map((n) => 2 * n));
});

test("a number takes the dtype of the tensor it meets", () => {
  for (const dtype of ["float64", "int32", "int64", "uint8"] as const)
    expect(add(tensorOf(dtype, [1]), 2).dtype).toBe(dtype);
});
