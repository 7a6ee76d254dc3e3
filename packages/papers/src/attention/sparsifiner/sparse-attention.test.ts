import {
  abs,
  configure,
  cost,
  evaluate,
  fromArray,
  Generator,
  grad,
  matmul,
  max,
  mul,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { connectivityIndices, connectivityMask, keptKeys } from "./connectivity-mask.ts";
import { sparseAttention } from "./sparse-attention.ts";

configure({ threads: 1 });

const [batch, heads, tokens, width] = [2, 3, 13, 4];
const generator = new Generator(3);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const [q, k, v] = [
  normal([batch, heads, tokens, width]),
  normal([batch, heads, tokens, width]),
  normal([batch, heads, tokens, 5]),
];

async function distance(a: Tensor, b: Tensor): Promise<number> {
  const worst = max(abs(sub(a, b)));
  return (await worst.item()) as number;
}

const bools = async (mask: Tensor): Promise<number[][]> => {
  const data = Array.from(await mask.data(), Number);
  const n = mask.shape[mask.rank - 1];
  return Array.from({ length: data.length / n }, (_, row) => data.slice(row * n, (row + 1) * n));
};

describe("a connectivity mask", () => {
  test.each([0.05, 0.25, 0.5, 0.93, 1])(
    "keeps ⌈keep·n⌉ keys in each patch's row and all in the class token's (%d)",
    async (keep) => {
      const mask = connectivityMask(normal([batch, heads, tokens - 1, tokens]), { keep });
      expect(mask.shape).toEqual([batch, heads, tokens, tokens]);
      for (const [i, row] of (await bools(mask)).entries())
        expect(row.reduce((a, b) => a + b)).toBe(i % tokens === 0 ? tokens : Math.ceil(keep * tokens));
    },
  );

  test.each([1, 8, 17, 40, 64])(
    "gives ties to the lower index: of equal scores the first %i keys stay",
    async (count) => {
      const rows = await bools(connectivityMask(zeros([64, 65]), { count }));
      for (const row of rows.slice(1)) expect(row).toEqual(Array.from({ length: 65 }, (_, j) => (j < count ? 1 : 0)));
    },
  );

  test.each([2, 9, 20, 45])(
    "is the %i best of scores with many ties, as a stable sort gives them, twice the same",
    async (count) => {
      const values = generator.hostUniform(64 * 65).map((u) => Math.floor(5 * u));
      const scores = fromArray(values, [64, 65]);
      const rows = await bools(connectivityMask(scores, { count }));
      for (let i = 0; i < 64; i++) {
        const order = Array.from({ length: 65 }, (_, j) => j).sort(
          (a, b) => values[65 * i + b] - values[65 * i + a] || a - b,
        );
        const kept = new Set(order.slice(0, count));
        expect(rows[i + 1]).toEqual(Array.from({ length: 65 }, (_, j) => (kept.has(j) ? 1 : 0)));
      }
      expect(await bools(connectivityMask(scores, { count }))).toEqual(rows);
    },
  );

  test("with a threshold keeps what is above it, and the class token where nothing is", async () => {
    const scores = tensor([
      [0.1, 0.5, 0.2],
      [0, 0.1, 0.05],
    ]);
    expect(await bools(connectivityMask(scores, { threshold: 0.1 }))).toEqual([
      [1, 1, 1],
      [0, 1, 1],
      [1, 0, 0],
    ]);
  });

  test("is refused for a share outside (0, 1], a budget beyond the keys, or a row for the class token", () => {
    expect(() => keptKeys(65, 0)).toThrow(/lies in \(0, 1\], got 0/);
    expect(() => connectivityMask(zeros([4, 5]), { keep: 1.2 })).toThrow(/got 1.2/);
    expect(() => connectivityMask(zeros([4, 5]), { count: 6 })).toThrow(/cannot keep 6 of 5/);
    expect(() => connectivityMask(zeros([4, 5]), { threshold: Number.NaN })).toThrow(/finite, got NaN/);
    expect(() => connectivityMask(zeros([5, 5]), { keep: 0.5 })).toThrow(/\[..., n − 1, n\].*got \[5, 5\]/);
  });
});

describe("sparse attention", () => {
  test("gathered = masked for random masks of equal budgets, in output and all gradients, to 1e-5", async () => {
    for (const count of [1, 4, 12]) {
      const scores = normal([batch, heads, tokens - 1, tokens]);
      const queries = normal([batch, heads, tokens - 1, width]);
      const indices = connectivityIndices(scores, { count });
      const weights = normal([batch, heads, tokens - 1, 5]);
      const both = (["masked", "gathered"] as const).map((execution) => {
        const { output } = sparseAttention(queries, k, v, indices, { execution });
        return [output, ...grad(sum(mul(output, weights)), [queries, k, v])];
      });
      await evaluate(both.flat());
      for (const [i, masked] of both[0].entries()) expect(await distance(both[1][i], masked)).toBeLessThan(1e-5);
    }
  });

  test("keeping all keys is dense attention, in output and gradients", async () => {
    const weights = normal([batch, heads, tokens, 5]);
    const all = connectivityMask(normal([batch, heads, tokens - 1, tokens]), { keep: 1 });
    const sparse = sparseAttention(q, k, v, all).output;
    const dense = matmul(softmax(mul(matmul(q, transpose(k)), 1 / Math.sqrt(width))), v);
    const [ours, theirs] = [sparse, dense].map((output) => [output, ...grad(sum(mul(output, weights)), [q, k, v])]);
    await evaluate([...ours, ...theirs]);
    for (const [i, exact] of theirs.entries()) expect(await distance(ours[i], exact)).toBeLessThan(1e-5);
  });

  test("a key that is masked gets no weight and no gradient", async () => {
    const mask = connectivityMask(zeros([tokens - 1, tokens]), { count: 4 });
    const { output, weights } = sparseAttention(q, k, v, mask);
    const rows = await bools(weights);
    for (const [i, row] of rows.entries()) if (i % tokens > 0) expect(row.slice(4)).toEqual(new Array(9).fill(0));
    // The class token, which sees every key, takes no part in this loss.
    const [gradient] = grad(sum(output.slice([{ axis: 2, start: 1 }])), [v]);
    for (const [j, row] of (await bools(gradient)).entries()) if (j % tokens >= 4) expect(row).toEqual([0, 0, 0, 0, 0]);
  });

  test("gathered execution takes m/n of the multiply-accumulates", () => {
    const shape = [1, 1, 64, 16];
    const macs = (count: number): number =>
      cost(
        (...inputs: [Tensor, Tensor, Tensor, Tensor]) => sparseAttention(...inputs, { execution: "gathered" }).output,
        zeros(shape),
        zeros(shape),
        zeros(shape),
        zeros([1, 1, 64, count], "int32"),
      ).macs;
    expect(macs(16)).toBe(2 * 64 * 16 * 16);
    expect(macs(64)).toBe(2 * 64 * 64 * 16);
  });

  test("what does not fit is refused", () => {
    const mask = connectivityMask(zeros([tokens - 1, tokens]), { count: 4 });
    expect(() => sparseAttention(q, k, v, mask, { execution: "gathered" })).toThrow(
      /needs int32 places.*got a bool mask/,
    );
    expect(() => sparseAttention(q, k, v, zeros([tokens, tokens]))).toThrow(/got float32/);
    expect(() => sparseAttention(q, k, v, zeros([tokens, tokens - 1], "bool"))).toThrow(
      /a mask is \[..., 13, 13\], got \[13, 12\]/,
    );
    expect(() => sparseAttention(q, k, v, zeros([2, 3, 4, 5], "int32"))).toThrow(
      /places are \[2, 3, 13, m\], got \[2, 3, 4, 5\]/,
    );
    expect(() => sparseAttention(q, normal([2, 3, 13, 3]), v, mask)).toThrow(/got \[2, 3, 13, 4\], \[2, 3, 13, 3\]/);
    const outside = fromArray(new Int32Array(batch * heads * tokens).fill(13), [batch, heads, tokens, 1]);
    expect(() => sparseAttention(q, k, v, outside)).toThrow(/places of keys are 0 … 12, got 13/);
  });
});
