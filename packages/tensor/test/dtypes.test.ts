import { expect, test } from "vitest";
import { type DType, dtypes } from "../src/dtype.ts";
import { DTypeError, RuntimeError } from "../src/errors.ts";
import { evaluate } from "../src/evaluate.ts";
import { add, cast, exp, mul } from "../src/ops/elementwise.ts";
import { gather } from "../src/ops/indexing.ts";
import { matmul } from "../src/ops/matmul.ts";
import { concat } from "../src/ops/movement.ts";
import { logSumExp, softmax, variance } from "../src/ops/reduce.ts";
import { tensor } from "../src/record.ts";
import { configure } from "../src/runtime/settings.ts";
import type { Tensor } from "../src/tensor.ts";
import { checkOperation, expectClose, valueTolerance } from "./check.ts";
import { dtypeOperations, tensorOf } from "./dtype-operations.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

/** What the native runtime has no kernel for. Their values are still checked in float32, their derivatives in float64. */
const withoutKernel: Partial<Record<DType, readonly string[]>> = {
  float64: [
    ...["tan", "asin", "acos", "atan", "sinh", "cosh", "erf", "softplus", "gelu"],
    ...["conv", "depthwise conv", "convTranspose", "avgPool"],
  ],
};

const refused: string[] = [];

test.each(dtypes)("%s: every operation gives the right value or refuses the dtype by name", async (dtype) => {
  for (const [name, operation] of Object.entries(dtypeOperations)) {
    let result: Tensor | Tensor[];
    try {
      result = operation((values, shape) => tensorOf(dtype, values, shape));
    } catch (error) {
      expect(error, `${name} of ${dtype}`).toBeInstanceOf(DTypeError);
      expect((error as Error).message, name).toContain(dtype);
      refused.push(`${name} ${dtype}`);
      continue;
    }
    const outputs = Array.isArray(result) ? result : [result];
    if (withoutKernel[dtype]?.includes(name)) {
      await expect(evaluate(outputs), `${name} of ${dtype}`).rejects.toThrow(RuntimeError);
      continue;
    }
    await evaluate(outputs);
    const tolerance = dtype === "float16" ? 2e-3 : valueTolerance;
    reference(outputs).forEach((expected, i) => {
      expectClose(`${name} of ${dtype}`, outputs[i].held as Float32Array, expected, tolerance);
    });
  }
});

test("float32 is refused only by logic and bit operations", () => {
  const names = refused.flatMap((line) => (line.endsWith(" float32") ? [line.split(" ")[0]] : []));
  expect(names.sort()).toEqual(
    [
      "bitAnd",
      "bitOr",
      "bitXor",
      "logicalAnd",
      "logicalNot",
      "logicalOr",
      "logicalXor",
      "shiftLeft",
      "shiftRight",
    ].sort(),
  );
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

test("a number takes the dtype of the tensor it meets", () => {
  for (const dtype of ["float64", "int32", "int64", "uint8"] as const)
    expect(add(tensorOf(dtype, [1]), 2).dtype).toBe(dtype);
});
