import { init, MultiDimensionalEma, parameterCount, TemporalConvNet } from "@paperworks/nn";
import {
  abs,
  add,
  configure,
  evaluate,
  fromArray,
  Generator,
  max,
  Parameter,
  pad,
  select,
  slice,
  sub,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { MegaBlock } from "./mega-block.ts";
import type { Mix } from "./mix.ts";
import { SimplifiedBlock } from "./simplified-block.ts";

configure({ threads: 1 });

const dim = 16;
const normal = (shape: readonly number[], seed = 1): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), [...shape]);
const distance = async (a: Tensor, b: Tensor): Promise<number> => Number(await max(abs(sub(a, b))).item());
const options = { dim, attentionWidth: 8, chunk: 6, scale: init.ones(), tcn: { kernel: 3, factor: 3, layers: 2 } };
const x = normal([2, 20, dim]);

const kinds = [
  ["MEGA's block", (mix: Mix) => new MegaBlock({ ...options, mix })],
  ["the simplified block", (mix: Mix) => new SimplifiedBlock({ ...options, mix })],
] as const;

describe.each(kinds)("%s", (_, build) => {
  test.each(["ema", "tcn"] as const)("with %s gives token by token the outputs of the whole sequence", async (mix) => {
    const block = build(mix);
    const whole = block.forward(x);
    let state = block.initialState(2);
    for (let t = 0; t < 20; t++) {
      const next = block.step(select(x, 1, t), state);
      state = next.state;
      await evaluate([next.output]);
      expect(await distance(next.output, select(whole, 1, t))).toBeLessThan(1e-5);
    }
  });

  test.each(["ema", "tcn"] as const)("with %s leaves the outputs before a changed token as they are", async (mix) => {
    const block = build(mix);
    const later = pad(normal([2, 7, dim], 2), [{ axis: 1, before: 13, after: 0 }]);
    const [a, b] = [x, add(x, later)].map((input) => slice(block.forward(input), [{ axis: 1, end: 13 }]));
    expect(await distance(a, b)).toBeLessThan(1e-5);
  });

  test("only the mix carries anything from one chunk to the next", async () => {
    // Changing the first of four chunks of 6, 6, 6 and 2 tokens.
    const changed = add(x, pad(normal([2, 6, dim], 2), [{ axis: 1, before: 0, after: 14 }]));
    const behind = async (block: MegaBlock | SimplifiedBlock): Promise<number> => {
      const [a, b] = [x, changed].map((input) => slice(block.forward(input), [{ axis: 1, start: 6 }]));
      return distance(a, b);
    };
    const blind = new TemporalConvNet({ channels: dim, kernel: 2, factor: 1, layers: 1 });
    Object.assign(blind.convolutions[0], { weight: new Parameter(zeros([dim, 1, 2])) });
    expect(await behind(build(blind as Mix))).toBe(0);
    expect(await behind(build("tcn"))).toBeGreaterThan(1e-6);
    expect(await behind(build("ema"))).toBeGreaterThan(1e-6);
  });
});

test("MEGA's block with u = 0 is the identity", async () => {
  const block = new MegaBlock({ ...options, mix: "tcn" });
  const bias = Float32Array.from({ length: block.gates.bias?.size ?? 0 }, (_, i) => (i < dim ? -200 : 0.3));
  Object.assign(block.gates, { bias: new Parameter(fromArray(bias, [bias.length])) });
  expect(await distance(block.forward(x), x)).toBe(0);
});

test("the simplified block with W_o = 0 is the identity", async () => {
  const block = new SimplifiedBlock({ ...options, mix: "ema" });
  Object.assign(block.output, { weight: new Parameter(zeros([2 * dim, dim])) });
  expect(await distance(block.forward(x), x)).toBe(0);
});

test("a block has the weights of its equations: W_v, W_m and b, γ, β, b_{j−i}, W_h, and the norm's", () => {
  const [z, e, chunk] = [8, 2 * dim, 6];
  const outer = dim + z + e + dim;
  const gated = dim * e + (dim + 1) * outer + 4 * z + (2 * chunk - 1) + e * dim + 2 * dim;
  const plain = dim * e + (dim + 1) * z + 4 * z + (2 * chunk - 1) + e * dim + 2 * dim;
  expect(parameterCount(new MegaBlock({ ...options, mix: "tcn" }))).toBe(gated + 2 * 3 * dim);
  expect(parameterCount(new MegaBlock({ ...options, mix: "ema", ema: { size: 5 } }))).toBe(gated + 4 * 5 * dim + dim);
  expect(parameterCount(new SimplifiedBlock({ ...options, mix: "tcn" }))).toBe(plain + 2 * 3 * dim);
});

test("a mix of one's own takes part, if it has the block's width", async () => {
  const mix = new MultiDimensionalEma({ dim, size: 2, form: "kernel" });
  expect(new MegaBlock({ ...options, mix: mix as Mix }).mix).toBe(mix);
  expect(() => new MegaBlock({ ...options, mix: new MultiDimensionalEma({ dim: 8, size: 2 }) as Mix })).toThrow(
    /width 8, its block 16/,
  );
});

test("what is no block is refused", () => {
  const build = (wrong: object) => () => new MegaBlock({ ...options, mix: "tcn", ...wrong });
  expect(build({ chunk: 0 })).toThrow(/MegaBlock: chunk must be a whole number of at least 1, got 0/);
  expect(build({ attentionWidth: 0 })).toThrow(/attentionWidth/);
  expect(build({ mix: "fft" })).toThrow(/"ema", "tcn" or a sequence core, not "fft"/);
  expect(build({ tcn: { kernel: 1 } })).toThrow(/kernel/);
  const both = new MegaBlock({ ...options, mix: "tcn", causal: false });
  expect(() => both.step(select(x, 1, 0), both.initialState(2))).toThrow(/only a causal block/);
  expect(() => both.forward(slice(x, [{ axis: 1, end: 0 }]))).toThrow(/at least one token/);
});
