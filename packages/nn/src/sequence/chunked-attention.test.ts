import {
  configure,
  evaluate,
  fromArray,
  matmul,
  mul,
  select,
  slice,
  softmax,
  type Tensor,
  transpose,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { causalBias } from "./causal-bias.ts";
import { chunkedAttention, chunkedAttentionStep, emptyChunk } from "./chunked-attention.ts";
import { largestDifference, normal } from "./sequence-checks.ts";

configure({ threads: 1 });

const [batch, length, z, width] = [2, 10, 4, 6];
const q = normal([batch, length, z], 1);
const k = normal([batch, length, z], 2);
const v = normal([batch, length, width], 3);

const full = (mask: Tensor | number): Tensor => matmul(softmax(matmul(mul(q, 0.5), transpose(k)).add(mask)), v);

test("one chunk of all tokens is causal attention", async () => {
  const exact = full(causalBias(length, length, { dtype: "float32" }));
  for (const chunk of [length, 37])
    expect(await largestDifference(chunkedAttention(q, k, v, { chunk }), exact)).toBeLessThan(1e-5);
});

test("one chunk of all tokens that is not causal is attention", async () => {
  expect(await largestDifference(chunkedAttention(q, k, v, { chunk: length, causal: false }), full(0))).toBeLessThan(
    1e-5,
  );
});

test("in chunks of one token each gives its own value", async () => {
  for (const causal of [true, false])
    expect(await largestDifference(chunkedAttention(q, k, v, { chunk: 1, causal }), v)).toBeLessThan(1e-6);
});

test.each([true, false])(
  "chunks do not see each other, the last and shorter one included (causal %s)",
  async (causal) => {
    const whole = chunkedAttention(q, k, v, { chunk: 4, causal });
    for (const [start, end] of [
      [0, 4],
      [4, 8],
      [8, 10],
    ]) {
      const [queries, keys, values, got] = [q, k, v, whole].map((x) => slice(x, [{ axis: 1, start, end }]));
      const alone = chunkedAttention(queries, keys, values, { chunk: end - start, causal });
      expect(await largestDifference(got, alone)).toBeLessThan(1e-6);
    }
  },
);

test("the bias at row i and column j is that of the distance j − i", async () => {
  const chunk = 12;
  const bias = normal([2 * chunk - 1], 4);
  const values = (await bias.data()) as Float32Array;
  const matrix = Float32Array.from({ length: length * length }, (_, at) => {
    const [i, j] = [Math.floor(at / length), at % length];
    return values[j - i + chunk - 1];
  });
  const exact = full(fromArray(matrix, [length, length]));
  expect(await largestDifference(chunkedAttention(q, k, v, { chunk, bias, causal: false }), exact)).toBeLessThan(1e-5);
});

test.each([1, 2, 4, 16])("token by token chunks of %i give the outputs of the whole sequence", async (chunk) => {
  const bias = normal([2 * chunk - 1], 4);
  const whole = chunkedAttention(q, k, v, { chunk, bias });
  let state = emptyChunk(batch, chunk, z, width);
  for (let t = 0; t < length; t++) {
    const [query, key, value] = [q, k, v].map((x) => select(x, 1, t));
    const next = chunkedAttentionStep(query, key, value, state, bias);
    await evaluate([next.output]);
    state = next.state;
    expect(await largestDifference(next.output, select(whole, 1, t))).toBeLessThan(1e-5);
  }
});

test("what does not fit is refused", () => {
  expect(() => chunkedAttention(q, k, v, { chunk: 0 })).toThrow(/chunk must be a whole number of at least 1, got 0/);
  expect(() => chunkedAttention(q, v, v, { chunk: 4 })).toThrow(/q and k are/);
  expect(() => chunkedAttention(q, k, slice(v, [{ axis: 1, end: 5 }]), { chunk: 4 })).toThrow(/v is \[2, 10, width\]/);
  expect(() => chunkedAttention(q, k, v, { chunk: 4, bias: normal([8]) })).toThrow(/bias for chunks of 4 is \[7\]/);
  const none = slice(q, [{ axis: 1, end: 0 }]);
  expect(() => chunkedAttention(none, none, none, { chunk: 4 })).toThrow(/at least one token/);
});
