import {
  abs,
  configure,
  evaluate,
  fromArray,
  Generator,
  max,
  select,
  slice,
  sub,
  sum,
  type Tensor,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { causalAttention } from "./causal-attention.ts";
import { RotaryAttention } from "./rotary-attention.ts";
import { rotaryTables, rotate } from "./rotary-positions.ts";

configure({ threads: 1 });

const generator = new Generator(11);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const distance = async (a: Tensor, b: Tensor): Promise<number> => (await max(abs(sub(a, b))).item()) as number;

test("token by token the outputs are those of the whole sequence, through caches that grow", async () => {
  const attention = new RotaryAttention({ dim: 24, heads: 3, block: 8 });
  const x = normal([2, 21, 24]);
  const whole = attention.forward(x);
  let state = attention.initialState(2, 4);
  for (let t = 0; t < 21; t++) {
    if (t === attention.room(state)) state = attention.grow(state);
    const next = attention.step(select(x, 1, t), state);
    await evaluate([next.output, next.state.cache.keys, next.state.cache.values, next.state.length]);
    state = next.state;
    expect(await distance(next.output, select(whole, 1, t))).toBeLessThan(1e-5);
  }
});

test("blocks of any length give the same attention", async () => {
  const [q, k, v] = [normal([1, 2, 30, 4]), normal([1, 2, 30, 4]), normal([1, 2, 30, 5])];
  const whole = causalAttention(q, k, v, { block: 30 });
  for (const block of [1, 7, 16, 64])
    expect(await distance(causalAttention(q, k, v, { block }), whole)).toBeLessThan(1e-6);
});

test("a product of turned vectors depends on their distance alone", async () => {
  const tables = rotaryTables(12, 8);
  const one = normal([1, 8]);
  const other = normal([1, 8]);
  const at = (x: Tensor, position: number): Tensor => {
    const row = (t: Tensor): Tensor => slice(t, [{ axis: 0, start: position, end: position + 1 }]);
    return rotate(x, { cosine: row(tables.cosine), sine: row(tables.sine) });
  };
  const product = (i: number, j: number): Promise<number> =>
    sum(at(one, i).mul(at(other, j))).item() as Promise<number>;
  expect(await product(7, 4)).toBeCloseTo(await product(10, 7), 5);
  expect(await product(3, 0)).toBeCloseTo(await product(11, 8), 5);
});

test("heads of an odd width are refused", () => {
  expect(() => new RotaryAttention({ dim: 9, heads: 3 })).toThrow(/9 does not divide into 3 heads of an even width/);
});
