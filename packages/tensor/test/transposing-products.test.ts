import { expect, test } from "vitest";
import { configure, conv, grad, matmul, square, sum, type Tensor, transpose } from "../src/index.ts";
import { lowerProgram } from "../src/onnx/lower.ts";
import { backend } from "../src/runtime/default.ts";
import { nodesOf } from "../src/runtime/model-nodes.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";

configure({ threads: 1 });

const [rows, weight, queries, keys] = [
  [2, 3, 4],
  [5, 4],
  [2, 6, 4],
  [2, 7, 4],
].map((shape, i) => waveTensor(shape, i));
const [images, kernels] = [
  [2, 3, 5, 5],
  [4, 3, 3, 3],
].map((shape, i) => waveTensor(shape, i));

const operands = [rows, weight, queries, keys, images, kernels];
const products = [
  matmul(rows, transpose(weight)),
  matmul(queries, transpose(keys)),
  conv(images, kernels, { padding: 1 }),
];
const targets = [
  ...products,
  ...grad(
    products.map((y) => sum(square(y))).reduce((a, b) => a.add(b)),
    operands,
  ),
];

async function run(transposing: boolean): Promise<{ operators: string[]; values: Float32Array[] }> {
  const program = lowerProgram(targets, { transposing });
  const executable = await backend().compile(program, 1);
  const feeds = program.inputs.map(({ tensor: { held, shape, dtype } }: { tensor: Tensor }) => ({
    data: held as Float32Array,
    shape,
    dtype,
  }));
  const values = (await executable.run(
    feeds,
    targets.map(() => undefined),
  )) as Float32Array[];
  await executable.dispose();
  return { operators: nodesOf(program.bytes).map(({ operator }) => operator), values };
}

test("where a device has no product that transposes its operands, standard ones give the same", async () => {
  const [own, standard] = [await run(true), await run(false)];
  expect(own.operators).toContain("FusedMatMul");
  expect(standard.operators).not.toContain("FusedMatMul");
  standard.values.forEach((values, i) => {
    expectClose(`value ${i}`, values, own.values[i], 1e-5);
  });
});
