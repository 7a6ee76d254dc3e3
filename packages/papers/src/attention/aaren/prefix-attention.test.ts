import {
  DomainError,
  fromArray,
  Generator,
  grad,
  jit,
  matmul,
  mul,
  NonFiniteError,
  ShapeError,
  softmax,
  sum,
  type Tensor,
  treeLeaves,
  triangle,
  where,
  zeros,
} from "@paperworks/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AttentionState,
  attentionElements,
  attentionIdentity,
  attentionOutput,
  mergeAttention,
  nothing,
} from "./attention-state.ts";
import { type PrefixAttentionOptions, prefixAttention, prefixStates } from "./prefix-attention.ts";
import { prefixScanNodes } from "./prefix-tree.ts";

type Float = "float32" | "float64";

const normals = (shape: number[], seed: number, dtype: Float = "float64", scale = 1): Tensor => {
  const values = new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)).map((x) => scale * x);
  return fromArray(dtype === "float64" ? Float64Array.from(values) : values, shape);
};
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const apart = (a: readonly number[], b: readonly number[]): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value - b[i])), 0);
};

/** Plain loops in float64, prefix by prefix. */
function direct(scores: readonly number[], values: readonly number[], [rows, length, dim]: number[]): number[] {
  const out: number[] = [];
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < length; k++) {
      const seen = scores.slice(row * length, row * length + k + 1);
      const top = Math.max(...seen);
      const weights = seen.map((s) => Math.exp(s - top));
      const total = weights.reduce((a, b) => a + b);
      for (let c = 0; c < dim; c++)
        out.push(weights.reduce((a, w, i) => a + w * values[(row * length + i) * dim + c], 0) / total);
    }
  return out;
}

const forms: PrefixAttentionOptions[] = [
  { form: "scan" },
  { form: "recurrent" },
  { form: "block", block: 1 },
  { form: "block", block: 3 },
  { form: "block", block: 16 },
  { form: "matrix" },
];

describe("prefix attention", () => {
  const [batch, heads, dim] = [2, 3, 4];

  for (const [dtype, tolerance] of [
    ["float64", 1e-6],
    ["float32", 1e-5],
  ] as const) {
    test(`all forms are masked softmax attention with a constant query, to ${tolerance} in ${dtype}`, async () => {
      for (const length of [1, 2, 37, 64]) {
        const query = normals([1, heads, 1, dim], 1, dtype);
        const keys = normals([batch, heads, length, dim], 2, dtype);
        const values = normals([batch, heads, length, dim], 3, dtype);
        const scores = mul(sum(mul(query, keys), -1), 1 / Math.sqrt(dim));
        // The same query at each place, under a causal mask.
        const everywhere = mul(query.expand([batch, heads, length, dim]), 1 / Math.sqrt(dim));
        const all = matmul(everywhere, keys.transpose());
        const masked = where(triangle(length), all, nothing);
        const results = jit(() => ({
          attention: matmul(softmax(masked), values),
          forms: forms.map((form) => prefixAttention(scores, values, form)),
        }));
        const { attention, forms: outputs } = await results();
        const wanted = await numbers(attention);
        for (const output of outputs) expect(apart(await numbers(output), wanted)).toBeLessThan(tolerance);
        const loops = direct(await numbers(scores), await numbers(values), [batch * heads, length, dim]);
        expect(apart(wanted, loops)).toBeLessThan(tolerance);
      }
    });
  }

  test("scores 0, ln 2, ln 3 and values 1, 2, 3 give 1, 5/3, 7/3", async () => {
    const scores = fromArray(Float64Array.of(0, Math.log(2), Math.log(3)), [1, 1, 3]);
    const values = fromArray(Float64Array.of(1, 2, 3), [1, 1, 3, 1]);
    for (const form of forms)
      expect(apart(await numbers(prefixAttention(scores, values, form)), [1, 5 / 3, 7 / 3])).toBeLessThan(1e-12);
  });

  test("scores of ±500 give the float64 result, in any order of magnitudes", async () => {
    const scores = [-500, 500, -500, 3, 500, -500, 0, 499];
    const values = await numbers(normals([8], 4));
    const wanted = direct(scores, values, [1, 8, 1]);
    for (const form of forms) {
      const out = prefixAttention(
        fromArray(Float32Array.from(scores), [1, 1, 8]),
        fromArray(Float32Array.from(values), [1, 1, 8, 1]),
        form,
      );
      expect(apart(await numbers(out), wanted)).toBeLessThan(1e-5);
    }
  });

  test("the same number added to all scores changes nothing", async () => {
    const scores = normals([1, 2, 9], 5);
    const values = normals([1, 2, 9, 3], 6);
    for (const form of forms) {
      const plain = await numbers(prefixAttention(scores, values, form));
      for (const shift of [-700, 0.5, 700])
        expect(apart(await numbers(prefixAttention(scores.add(shift), values, form)), plain)).toBeLessThan(1e-9);
    }
  });

  test("derivatives of all forms agree with finite differences, also where maxima tie", async () => {
    const s = [0.3, -1, 0.3, 2, 2, -0.5];
    const v = await numbers(normals([6], 7));
    const weights = await numbers(normals([6], 8));
    const objective = (scores: readonly number[], values: readonly number[]): number =>
      direct(scores, values, [1, 6, 1]).reduce((total, o, i) => total + weights[i] * o, 0);
    const nudged = (x: readonly number[], i: number, by: number): number[] => x.map((y, j) => (i === j ? y + by : y));
    const h = 1e-5;
    const differences = [
      ...s.map((_, i) => (objective(nudged(s, i, h), v) - objective(nudged(s, i, -h), v)) / (2 * h)),
      ...v.map((_, i) => (objective(s, nudged(v, i, h)) - objective(s, nudged(v, i, -h))) / (2 * h)),
    ];
    for (const form of forms) {
      const gradients = await jit((scores: Tensor, values: Tensor) => {
        const out = prefixAttention(scores, values, form);
        return grad<Tensor[]>(sum(mul(out.reshape([6]), fromArray(Float64Array.from(weights), [6]))), [scores, values]);
      })(fromArray(Float64Array.from(s), [1, 1, 6]), fromArray(Float64Array.from(v), [1, 1, 6, 1]));
      const found = (await Promise.all(gradients.map(numbers))).flat();
      expect(apart(found, differences)).toBeLessThan(1e-7);
    }
  });

  test("the derivative at the sentinel is 0, not NaN", async () => {
    const gradient = await jit((s: Tensor, v: Tensor) => {
      const merged = mergeAttention(attentionIdentity([1], 1, s), attentionElements(s, v));
      return grad<Tensor[]>(sum(attentionOutput(mergeAttention(merged, attentionIdentity([1], 1, s)))), [s, v]);
    })(fromArray(Float64Array.of(3), [1]), fromArray(Float64Array.of(5), [1, 1]));
    expect(await Promise.all(gradient.map(numbers))).toEqual([[0], [1]]);
    const empty = mergeAttention(attentionIdentity([1], 1), attentionIdentity([1], 1));
    expect(await Promise.all(treeLeaves(empty).map(numbers))).toEqual([[Math.fround(nothing)], [0], [0]]);
  });

  test("refuses no token, shapes that differ, an unknown form, a block of 0 and scores that are NaN", () => {
    const scores = zeros([1, 2, 3]);
    const values = zeros([1, 2, 3, 4]);
    expect(() => prefixAttention(zeros([1, 2, 0]), zeros([1, 2, 0, 4]))).toThrow("at least one token");
    expect(() => prefixAttention(zeros([1, 2, 4]), values)).toThrow(ShapeError);
    expect(() => prefixAttention(scores, values, { form: "tree" as "scan" })).toThrow(DomainError);
    expect(() => prefixAttention(scores, values, { form: "block", block: 0 })).toThrow("got 0");
    expect(() => prefixAttention(fromArray(Float32Array.of(0, Number.NaN), [1, 1, 2]), zeros([1, 1, 2, 1]))).toThrow(
      NonFiniteError,
    );
  });
});

describe("the merge of attention states", () => {
  const number = fc.double({ min: -40, max: 40, noNaN: true });
  const triple = fc.record({ m: number, u: fc.double({ min: 1, max: 30, noNaN: true }), w: number });
  type Triple = { m: number; u: number; w: number };
  const stateOf = (triples: readonly Triple[]): AttentionState => {
    const column = (key: keyof Triple, shape: number[]): Tensor =>
      fromArray(
        Float64Array.from(triples, (t) => t[key]),
        shape,
      );
    const n = triples.length;
    return { m: column("m", [n]), u: column("u", [n]), w: column("w", [n, 1]) };
  };
  const flat = async (state: AttentionState): Promise<number[]> =>
    (await Promise.all(treeLeaves(state).map(numbers))).flat();

  test("is associative and commutative to 1e-6, and (−10³⁰, 0, 0) is its identity", async () => {
    const eight = fc.array(triple, { minLength: 8, maxLength: 8 });
    const merges = jit((a: AttentionState, b: AttentionState, c: AttentionState) => {
      const identity = attentionIdentity([8], 1, a.m);
      return {
        left: mergeAttention(mergeAttention(a, b), c),
        right: mergeAttention(a, mergeAttention(b, c)),
        ab: mergeAttention(a, b),
        ba: mergeAttention(b, a),
        before: mergeAttention(identity, a),
        after: mergeAttention(a, identity),
      };
    });
    await fc.assert(
      fc.asyncProperty(eight, eight, eight, async (...triples) => {
        const [a, b, c] = triples.map(stateOf);
        const { left, right, ab, ba, before, after } = await merges(a, b, c);
        expect(apart(await flat(left), await flat(right))).toBeLessThan(1e-6);
        expect(apart(await flat(ab), await flat(ba))).toBeLessThan(1e-6);
        expect(apart(await flat(before), await flat(a))).toBe(0);
        expect(apart(await flat(after), await flat(a))).toBe(0);
      }),
      { seed: 13956, numRuns: 50 },
    );
  });

  test("drawn round by round ends in the states of the prefixes", async () => {
    const [scores, values] = [await numbers(normals([8], 10)), await numbers(normals([8], 11))];
    const nodes = await prefixScanNodes(scores, values);
    expect(nodes.length).toBe(4 * 8);
    const last = nodes.filter(({ step }) => step === 3);
    const wanted = prefixStates(
      fromArray(Float64Array.from(scores), [1, 1, 8]),
      fromArray(Float64Array.from(values), [1, 1, 8, 1]),
    );
    for (const key of ["m", "u", "w"] as const)
      expect(
        apart(
          last.map((node) => node[key]),
          await numbers(wanted[key]),
        ),
      ).toBeLessThan(1e-12);
  });
});
