import { CausalLanguageModel, parameterCount, stateBytes } from "@paperworks/nn";
import { configure, fromArray, Generator, select } from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { FixedDecay, NoGate, ScalarGate, VectorGate } from "./gates.ts";
import { GatedLinearAttention, type GatedLinearAttentionOptions } from "./gla-layer.ts";

configure({ threads: 1 });

const dim = 16;
const x = fromArray(new Generator(5).hostNormal(2 * 21 * dim), [2, 21, dim]);

const variants: [string, Partial<GatedLinearAttentionOptions>][] = [
  ["a gate for each dimension", {}],
  ["short convolutions", { shortConv: 4 }],
  ["one gate a head", { gate: (of) => new ScalarGate(of) }],
  ["a fixed decay", { gate: (of) => new FixedDecay(of) }],
  ["no gate", { gate: () => new NoGate() }],
];

describe.each(variants)("a layer with %s", (_, options) => {
  test("gives token by token the outputs of the whole sequence, from a state of heads·d_k·d_v numbers", async () => {
    const layer = new GatedLinearAttention({ dim, heads: 4, chunk: 8, subChunk: 4, ...options });
    const whole = layer.forward(x);
    let state = layer.initialState(2);
    for (let t = 0; t < 21; t++) {
      const next = layer.step(select(x, 1, t), state);
      state = next.state;
      const [got, wanted] = await Promise.all([next.output.data(), select(whole, 1, t).data()]);
      (got as Float32Array).forEach((value, i) => {
        expect(value).toBeCloseTo((wanted as Float32Array)[i], 5);
      });
    }
    // With d_k = d/8 and d_v = d/4 in 4 heads: d²/8 numbers.
    expect(state.memory.size).toBe((2 * dim * dim) / 8);
    if (!options.shortConv) expect(stateBytes(state)).toBe((4 * 2 * dim * dim) / 8);
  });
});

test("the layer has W_q, W_k of d/2, W_v, W_r and W_o of d, the low-rank gate, and one norm of d_v", () => {
  const d = 128;
  const layer = new GatedLinearAttention({ dim: d, heads: 4 });
  const gate = d * 16 + 16 * (d / 2) + d / 2;
  expect(parameterCount(layer)).toBe((2 * d * d) / 2 + 3 * d * d + gate + d / 4);
});

test("gates of a new layer remember for some tens of tokens: σ(0)^{1/16} = 0.958", async () => {
  const gate = new VectorGate({ dim, heads: 2, keyWidth: 4 });
  const [first] = (await gate.logAlpha(fromArray(new Float32Array(dim), [1, dim])).data()) as Float32Array;
  expect(Math.exp(first)).toBeCloseTo(0.5 ** (1 / 16), 6);
});

test("a width that the heads do not divide is refused", () => {
  expect(() => new GatedLinearAttention({ dim: 18, heads: 4 })).toThrow(/dim 18 does not divide into 4 heads/);
  expect(() => new GatedLinearAttention({ dim: 16, heads: 4, keyDim: 6 })).toThrow(/keyDim 6/);
});

test("a language model of such layers streams from memory of constant size", async () => {
  const model = new CausalLanguageModel({
    vocabulary: 9,
    dim,
    depth: 2,
    mixer: () => new GatedLinearAttention({ dim, heads: 4, chunk: 8, subChunk: 4 }),
  });
  const tokens = Int32Array.from({ length: 12 }, (_, i) => (i * 5) % 9);
  const whole = (await model.forward(fromArray(tokens, [1, 12])).data()) as Float32Array;
  let state = model.initialState(1);
  const bytes = stateBytes(state);
  for (let t = 0; t < 12; t++) {
    const next = model.step(fromArray(tokens.slice(t, t + 1), [1]), state);
    state = next.state;
    const logits = (await next.logits.data()) as Float32Array;
    logits.forEach((value, i) => {
      expect(value).toBeCloseTo(whole[t * 9 + i], 4);
    });
  }
  expect(stateBytes(state)).toBe(bytes);
});
