import {
  bucketFor,
  Linear,
  loadInto,
  parameterCount,
  parameters,
  type SequenceCore,
  saveSafetensors,
  stateBytes,
  submodules,
  TransformerBlock,
} from "@paperworks/nn";
import {
  concat,
  DomainError,
  fromArray,
  Generator,
  manualSeed,
  type Shape,
  ShapeError,
  slice,
  type Tensor,
  type Tree,
  treeLeaves,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { Aaren, AarenBlock, AarenStack } from "./aaren.ts";
import { CausalTransformerStack } from "./causal-transformer.ts";
import { InPlaceStream } from "./in-place-stream.ts";
import { TokenStream } from "./token-stream.ts";

const normals = (shape: Shape, seed: number): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const apart = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((worst, value, i) => Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value - b[i])), 0);

const size = { dim: 16, heads: 4, depth: 2, hidden: 32, positions: 40 };
/** Larger weights than at the start of training, so that attention is far from uniform. */
function sharpened<M extends object>(model: M): M {
  parameters(model).forEach((parameter, i) => {
    if (parameter.rank === 2) parameter.set(new Generator(i).hostNormal(parameter.size).map((x) => 0.5 * x));
  });
  return model;
}
const cores: Record<string, () => SequenceCore> = {
  Aaren: () => sharpened(new AarenStack(size)),
  Transformer: () => sharpened(new CausalTransformerStack(size)),
};

describe("one block of width 512 with a feed-forward part of 2,048", () => {
  const options = { dim: 512, heads: 8, hidden: 2048 };

  test("has 3,152,384 parameters as a Transformer and the 512 of the query more as Aaren", () => {
    expect(parameterCount(new TransformerBlock(options))).toBe(3_152_384);
    expect(parameterCount(new AarenBlock(options))).toBe(3_152_896);
  });
});

describe.each(Object.entries(cores))("a stack of %s", (name, make) => {
  test("gives token by token what it gives for the whole sequence, to 1e-5, through growing room too", async () => {
    const core = make();
    const [batch, length] = [3, 37];
    const x = normals([batch, length, size.dim], 1);
    const whole = await numbers(core.forward(x));
    const stream = new TokenStream(core, { batch, room: 4 });
    for (let i = 0; i < length; i++) {
      const token = slice(x, [{ axis: 1, start: i, end: i + 1 }]).reshape([batch, size.dim]);
      const out = await numbers(await stream.push(token));
      for (let b = 0; b < batch; b++) {
        const at = (b * length + i) * size.dim;
        expect(apart(out.slice(b * size.dim, (b + 1) * size.dim), whole.slice(at, at + size.dim))).toBeLessThan(1e-5);
      }
    }
    expect(stream.tokens).toBe(length);
  });

  test("gives the past the same output whatever comes after", async () => {
    const core = make();
    const [x, other] = [normals([1, 9, size.dim], 2), normals([1, 9, size.dim], 3)];
    const part = (y: Tensor, start: number, end: number): Tensor => slice(y, [{ axis: 1, start, end }]);
    const past = part(core.forward(x), 0, 5);
    const changed = part(core.forward(concat([part(x, 0, 5), part(other, 5, 9)], 1)), 0, 5);
    expect(apart(await numbers(past), await numbers(changed))).toBeLessThan(1e-5);
  });

  test("refuses another width, no token, too many tokens, and a state of another batch", () => {
    const core = make();
    expect(() => core.forward(zeros([1, 3, 8]))).toThrow(ShapeError);
    expect(() => core.forward(zeros([1, 0, 16]))).toThrow("at least one token");
    expect(() => core.forward(zeros([1, 41, 16]))).toThrow("positions for 40 tokens, got 41");
    const state = core.initialState(2);
    expect(() => core.step(zeros([3, 16]), state)).toThrow("of a batch of 2, the token of a batch of 3");
    expect(() => core.step(zeros([2, 8]), state)).toThrow(ShapeError);
  });

  test("goes through a safetensors file", async () => {
    const [core, other] = [make(), name === "Aaren" ? new AarenStack(size) : new CausalTransformerStack(size)];
    const x = normals([1, 5, size.dim], 4);
    loadInto(other, await saveSafetensors(core));
    expect(await numbers(other.forward(x))).toEqual(await numbers(core.forward(x)));
  });
});

test("a cache written in place gives the outputs of one that is copied", async () => {
  const core = cores.Transformer() as CausalTransformerStack;
  const [copied, written] = [
    new TokenStream(core, { batch: 2, room: 2 }),
    new InPlaceStream(core, { batch: 2, room: 2 }),
  ];
  for (let i = 0; i < 11; i++) {
    const token = normals([2, 16], i);
    expect(apart(await numbers(await written.push(token)), await numbers(await copied.push(token)))).toBeLessThan(1e-5);
  }
  expect([written.tokens, written.bytes]).toEqual([copied.tokens, copied.bytes]);
});

describe("the memory of a stream", () => {
  const numbersIn = (state: Tree): number => treeLeaves(state).reduce((n, leaf) => n + leaf.size, 0);

  test("is d + 2·heads numbers a layer for Aaren, however many tokens came", async () => {
    const core = cores.Aaren() as AarenStack;
    expect(numbersIn(core.initialState(1).blocks[0])).toBe(16 + 2 * 4);
    const stream = new TokenStream(core);
    const bytes = stream.bytes;
    expect(bytes).toBe(4 * 2 * (16 + 2 * 4) + 4);
    for (let i = 0; i < 20; i++) await stream.push(normals([1, 16], i));
    expect(stream.bytes).toBe(bytes);
  });

  test("is 2·d numbers a token and layer for the Transformer, in powers of two", async () => {
    const core = cores.Transformer();
    expect([1, 2, 3, 16, 17, 4096].map(bucketFor)).toEqual([1, 2, 4, 16, 32, 4096]);
    expect(stateBytes(core.initialState(1, 100))).toBe(4 * 2 * (2 * 128 * 16) + 4);
    const stream = new TokenStream(core, { room: 2 });
    for (let i = 0; i < 5; i++) await stream.push(normals([1, 16], i));
    expect(stream.bytes).toBe(4 * 2 * (2 * 8 * 16) + 4);
  });
});

describe("Aaren", () => {
  test("computes its scores without keys as q·(h W_k + b_k)/√(d/heads)", async () => {
    manualSeed(5);
    const layer = sharpened(new Aaren({ dim: 8, heads: 2 }));
    for (const module of submodules(layer)) {
      if (module instanceof Linear) module.bias?.set(new Generator(6).hostNormal(8));
    }
    const h = normals([1, 6, 8], 7);
    const query = await numbers(layer.query.forward(layer.token));
    const keys = await numbers(layer.key.forward(h));
    let state = layer.initialState(1);
    const top = [-Infinity, -Infinity];
    for (let i = 0; i < 6; i++) {
      state = layer.step(slice(h, [{ axis: 1, start: i, end: i + 1 }]).reshape([1, 8]), state).state;
      for (const head of [0, 1]) {
        const score = [0, 1, 2, 3].reduce((s, c) => s + query[4 * head + c] * keys[8 * i + 4 * head + c], 0) / 2;
        top[head] = Math.max(top[head], score);
      }
    }
    expect(apart(await numbers(state.m), top)).toBeLessThan(1e-5);
  });

  test("is the same in every form", async () => {
    const h = normals([2, 20, 16], 8);
    const outputs = await Promise.all(
      (["matrix", "scan", "recurrent", "block"] as const).map((form) =>
        numbers(sharpened(new AarenStack({ ...size, form })).forward(h)),
      ),
    );
    for (const output of outputs) expect(apart(output, outputs[0])).toBeLessThan(1e-5);
  });

  test("refuses a width that does not divide into its heads", () => {
    expect(() => new Aaren({ dim: 10, heads: 4 })).toThrow(DomainError);
    expect(() => new AarenStack({ dim: 8, heads: 2, depth: 0 })).toThrow(DomainError);
  });
});
