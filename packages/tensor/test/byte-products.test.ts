import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  configure,
  evaluate,
  exportOnnx,
  fromArray,
  integerConv,
  integerMatmul,
  QuantizedWeights,
  quantizedConv,
  quantizedLinear,
  type Tensor,
} from "../src/index.ts";
import { exactByteProducts, hasByteProducts } from "../src/runtime/byte-products.ts";

configure({ threads: 1 });

const k = 64;
const most = Int8Array.from({ length: 2 * k }, (_, i) => (i < k ? 127 : -127));
const x = fromArray(new Uint8Array(4 * k).fill(255), [4, k]);
// Sums of ±100 steps from 128; saturated at 32,767 a pair they would be ±51.
const options = { input: { scale: 1, zeroPoint: 0 }, output: { scale: (255 * 127 * k) / 100, zeroPoint: 128 } };
const exact = [228, 28, 228, 28, 228, 28, 228, 28];

/** Layers that read the same weights and zero points, and a product with a constant. */
const layers = ({ x: bytes }: { x: Tensor }) => ({
  linear: quantizedLinear(bytes, new QuantizedWeights(most, [2, k], 1), options),
  convolved: quantizedConv(bytes.reshape([4, k, 1]), new QuantizedWeights(most, [2, k, 1], 1), options),
  again: quantizedLinear(bytes, new QuantizedWeights(most, [2, k], 1), options),
});

const numbers = (data: ArrayLike<number | bigint>): number[] => Array.from(data, Number);

test("layers of the largest magnitudes give exact sums: 255·127 and −255·127, as many as there are", async () => {
  const { linear, convolved, again } = layers({ x });
  await evaluate([linear, convolved, again]);
  for (const y of [linear, convolved, again]) expect(numbers(await y.data())).toEqual(exact);
});

test("products of the largest magnitudes are exact whole numbers", async () => {
  const w = fromArray(most, [2, k]);
  const [product, convolved] = [
    integerMatmul(x, w.transpose()),
    integerConv(x.reshape([4, k, 1]), w.reshape([2, k, 1])),
  ];
  await evaluate([product, convolved]);
  const sums = exact.map((step) => Math.sign(step - 128) * 255 * 127 * k);
  for (const y of [product, convolved]) expect(numbers(await y.data())).toEqual(sums);
});

test.each([
  ["the standard's", true],
  ["the engine's", false],
] as const)(
  "the runtime's remedy for processors that saturate takes the layers in %s operators",
  async (_, standard) => {
    const bytes = await exportOnnx(layers, { x }, { standard });
    const session = await InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: { session: exactByteProducts },
    });
    const outputs = await session.run({ x: new RuntimeTensor("uint8", x.held as Uint8Array, [4, k]) });
    await session.release();
    for (const name of ["linear", "convolved", "again"])
      expect(numbers(outputs[name].data as Uint8Array)).toEqual(exact);
  },
);

test("only models with products of bytes ask whether they saturate", async () => {
  expect(hasByteProducts(await exportOnnx(layers, { x }))).toBe(true);
  expect(hasByteProducts(await exportOnnx(({ y }) => y.mul(2), { y: fromArray(new Float32Array(2), [2]) }))).toBe(
    false,
  );
});
