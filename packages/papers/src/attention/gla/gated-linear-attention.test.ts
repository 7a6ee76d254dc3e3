import { causalAttention } from "@paperworks/nn";
import {
  abs,
  concat,
  configure,
  cost,
  cumSum,
  DomainError,
  evaluate,
  flip,
  fromArray,
  Generator,
  grad,
  logSigmoid,
  max,
  mul,
  ones,
  slice,
  sub,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { type GlaForm, type GlaOptions, gatedLinearAttention } from "./gated-linear-attention.ts";

configure({ threads: 1 });

const [batch, heads, keyWidth, valueWidth] = [2, 2, 4, 6];
const generator = new Generator(7);
const normal = (shape: number[]): Tensor => fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);

function inputsOf(length: number) {
  const at = (width: number) => normal([batch, heads, length, width]);
  return { q: at(keyWidth), k: at(keyWidth), v: at(valueWidth), logAlpha: mul(logSigmoid(at(keyWidth)), 0.5) };
}

const run = ({ q, k, v, logAlpha }: ReturnType<typeof inputsOf>, options?: GlaOptions) =>
  gatedLinearAttention(q, k, v, logAlpha, options);

/** The largest difference, in units of the largest value. */
async function distance(a: Tensor, b: Tensor): Promise<number> {
  const [difference, scale] = [max(abs(sub(a, b))), max(abs(b))];
  await evaluate([difference, scale]);
  return (await difference.item()) / (await scale.item());
}

const forms: [string, GlaOptions][] = [
  ["parallel", { form: "parallel" }],
  ["chunks of 16 with sub-chunks of 4", { chunk: 16, subChunk: 4 }],
  ["chunks of 64 with sub-chunks of 16", { chunk: 64, subChunk: 16 }],
  ["chunks of one sub-chunk", { chunk: 8, subChunk: 8 }],
  ["chunks computed again", { chunk: 16, subChunk: 4, checkpoint: true }],
];

test.each(forms)(
  "recurrent = %s, in output, state and all four gradients, for a length that no chunk divides",
  async (_, options) => {
    const inputs = inputsOf(70);
    const initialState = normal([batch, heads, keyWidth, valueWidth]);
    const weights = normal([batch, heads, 70, valueWidth]);
    const both = [{ form: "recurrent" as GlaForm }, options].map((form) => {
      const { output, state } = run(inputs, { ...form, initialState });
      const loss = sum(mul(output, weights)).add(sum(state));
      return [output, state, ...grad(loss, [...Object.values(inputs), initialState])];
    });
    await evaluate(both.flat());
    for (const [i, exact] of both[0].entries())
      expect(await distance(both[1][i], exact)).toBeLessThan(i < 2 ? 1e-5 : 1e-4);
  },
);

test.each(["recurrent", "parallel", "chunk"] as const)(
  "a sequence in two parts, the state carried over, is the whole (%s)",
  async (form) => {
    const inputs = inputsOf(40);
    const whole = run(inputs, { form, chunk: 16, subChunk: 4 });
    const part = (start: number, end: number) =>
      Object.fromEntries(
        Object.entries(inputs).map(([name, x]) => [name, slice(x, [{ axis: 2, start, end }])]),
      ) as typeof inputs;
    const first = run(part(0, 23), { form, chunk: 16, subChunk: 4 });
    const second = run(part(23, 40), { form, chunk: 16, subChunk: 4, initialState: first.state });
    expect(await distance(concat([first.output, second.output], 2), whole.output)).toBeLessThan(1e-5);
    expect(await distance(second.state, whole.state)).toBeLessThan(1e-5);
  },
);

/** Causal attention without softmax, with a matrix of decays. */
async function expectDecayed(logAlpha: number, decay: (distance: number) => number): Promise<void> {
  const length = 20;
  const { q, k, v } = inputsOf(length);
  const { output } = gatedLinearAttention(q, k, v, mul(ones(q.shape), logAlpha), { chunk: 8, subChunk: 4 });
  const mask = Float32Array.from({ length: length * length }, (_, i) => {
    const back = Math.floor(i / length) - (i % length);
    return back < 0 ? 0 : decay(back) / Math.sqrt(keyWidth);
  });
  const scores = mul(q.matmul(k.transpose()), fromArray(mask, [length, length]));
  expect(await distance(output, scores.matmul(v))).toBeLessThan(1e-5);
}

test("gates of 1 give causal linear attention", () => expectDecayed(0, () => 1));
test("a constant gate γ gives retention, D_ij = γ^(i − j)", () => expectDecayed(Math.log(0.9), (back) => 0.9 ** back));
test("closing gates leave each token its own: o_t = (q_t·k_t/√d_k) v_t", () =>
  expectDecayed(-80, (back) => (back === 0 ? 1 : 0)));

test("the gradient of the gates is the reverse cumulative sum of q⊙dq − k⊙dk", async () => {
  const inputs = inputsOf(33);
  const weights = normal([batch, heads, 33, valueWidth]);
  const loss = sum(mul(run(inputs, { chunk: 16, subChunk: 4 }).output, weights));
  const [dq, dk, dLog] = grad(loss, [inputs.q, inputs.k, inputs.logAlpha]);
  const flow = sub(mul(inputs.q, dq), mul(inputs.k, dk));
  expect(await distance(flip(cumSum(flip(flow, 2), 2), 2), dLog)).toBeLessThan(1e-5);
});

test("gates of e⁻⁸ over 64 tokens, whose quotient would be e⁵¹², stay finite and equal the recurrence in float64", async () => {
  const { q, k, v } = inputsOf(64);
  const logAlpha = mul(ones(q.shape), -8);
  const chunk = gatedLinearAttention(q, k, v, logAlpha).output;
  const exact = gatedLinearAttention(
    q.cast("float64"),
    k.cast("float64"),
    v.cast("float64"),
    logAlpha.cast("float64"),
    {
      form: "recurrent",
    },
  ).output;
  expect(await distance(chunk.cast("float64"), exact)).toBeLessThan(1e-5);
});

test.each(["recurrent", "parallel", "chunk"] as const)(
  "changing tokens leaves the outputs before them as they are, to the last bit (%s)",
  async (form) => {
    const inputs = inputsOf(40);
    const later = laterThan(25, 40);
    const changed = Object.fromEntries(
      Object.entries(inputs).map(([name, x]) => [
        name,
        x.add(mul(ones(x.shape), name === "logAlpha" ? -0.3 : 1).mul(later)),
      ]),
    ) as typeof inputs;
    const outputs = [run(inputs, { form }), run(changed, { form })].map(({ output }) =>
      slice(output, [{ axis: 2, end: 25 }]),
    );
    await evaluate(outputs);
    expect(outputs[1].held).toEqual(outputs[0].held);
  },
);

/** 1 from a token on, [length, 1]. */
const laterThan = (start: number, length: number): Tensor =>
  fromArray(
    Float32Array.from({ length }, (_, i) => (i >= start ? 1 : 0)),
    [length, 1],
  );

test("the work of the chunk form doubles with the length, that of softmax attention quadruples", () => {
  const at = (length: number, width: number): Tensor => zeros([1, 4, length, width]);
  const chunk = (length: number): number => {
    const operator = (q: Tensor, k: Tensor, v: Tensor, a: Tensor) => gatedLinearAttention(q, k, v, a).output;
    return cost(operator, at(length, 32), at(length, 32), at(length, 64), at(length, 32)).macs;
  };
  const softmax = (length: number): number =>
    cost(causalAttention, at(length, 32), at(length, 32), at(length, 64)).macs;
  expect(chunk(2048) / chunk(1024)).toBeGreaterThan(1.96);
  expect(chunk(2048) / chunk(1024)).toBeLessThan(2.04);
  // Its causal form leaves out blocks above the diagonal, fewer of them the longer the sequence.
  expect(softmax(16_384) / softmax(8192)).toBeGreaterThan(3.9);
  expect(softmax(16_384) / softmax(8192)).toBeLessThan(4.08);
});

test("what does not fit is refused with what would", () => {
  const { q, k, v, logAlpha } = inputsOf(8);
  expect(() => gatedLinearAttention(q, k, v, zeros([batch, heads, 8, 3]))).toThrow(
    /logAlpha are \[batch, heads, length, d_k\]/,
  );
  expect(() => gatedLinearAttention(q, k, zeros([batch, heads, 9, 6]), logAlpha)).toThrow(
    /v is \[2, 2, 8, d_v\], got \[2, 2, 9, 6\]/,
  );
  expect(() => gatedLinearAttention(q, k, v, logAlpha, { chunk: 20, subChunk: 16 })).toThrow(
    /chunk of 20 is no multiple/,
  );
  const gates = new Float32Array(batch * heads * 8 * keyWidth);
  gates[37] = 0.25;
  expect(() => gatedLinearAttention(q, k, v, fromArray(gates, q.shape))).toThrow(DomainError);
  expect(() => gatedLinearAttention(q, k, v, fromArray(gates, q.shape))).toThrow(/got 0.25 at \[0, 1, 1, 1\]/);
});
