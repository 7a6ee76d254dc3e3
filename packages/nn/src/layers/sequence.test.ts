import { fromArray, Generator, grad, jit, mul, ShapeError, stack, sum, type Tensor, tensor } from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { parameters } from "../module.ts";
import { MultiHeadAttention } from "./attention.ts";
import { Gru, Lstm, type Recurrent, type RecurrentState, Rnn } from "./recurrent.ts";
import { TransformerBlock } from "./transformer.ts";

const normals = (shape: readonly number[], seed = 1): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const apart = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((v, i) => Math.abs(v - b[i])));

describe("attention", () => {
  test("with a causal mask gives the past the same output whatever the future is", async () => {
    const block = new TransformerBlock({ dim: 8, heads: 2, causal: true });
    const x = normals([1, 6, 8]);
    const changed = x.add(normals([1, 6, 8], 2).mul(tensor([0, 0, 0, 1, 1, 1]).reshape([1, 6, 1])));
    const [a, b] = [await numbers(block.forward(x)), await numbers(block.forward(changed))];
    expect(a.slice(0, 24)).toEqual(b.slice(0, 24));
    expect(apart(a.slice(24), b.slice(24))).toBeGreaterThan(0.1);
  });

  test("gives weights that are softmax(QKᵀ/√d), sum to 1 and are 0 where the mask forbids", async () => {
    const attention = new MultiHeadAttention({ dim: 6, heads: 2 });
    const mask = tensor([[true, true, false, true]]);
    const { output, weights } = attention.attend(normals([2, 3, 6]), { keys: normals([2, 4, 6], 2), mask });
    expect(weights.shape).toEqual([2, 2, 3, 4]);
    expect(output.shape).toEqual([2, 3, 6]);
    const w = await numbers(weights);
    for (let row = 0; row < 12; row++) {
      expect(w.slice(row * 4, row * 4 + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(w[row * 4 + 2]).toBe(0);
    }
    const q = await numbers(attention.query.forward(normals([2, 3, 6])));
    const k = await numbers(attention.key.forward(normals([2, 4, 6], 2)));
    const score = (j: number): number =>
      Math.exp([0, 1, 2].reduce((s, c) => s + q[c] * k[j * 6 + c], 0) / Math.sqrt(3));
    const total = score(0) + score(1) + score(3);
    [0, 1, 3].forEach((j) => {
      expect(w[j]).toBeCloseTo(score(j) / total, 4);
    });
  });

  test.each([0, 1, 5, 300])(
    "of %i causal tokens has the output and the gradients that the whole matrix of weights has",
    async (length) => {
      const attention = new MultiHeadAttention({ dim: 4, heads: 2, causal: true });
      const [x, seed] = [normals([2, length, 4]), normals([2, length, 4], 2)];
      const trained = parameters(attention);
      const of = (output: Tensor): Promise<number[][]> =>
        Promise.all([output, ...grad(sum(mul(output, seed)), trained)].map(numbers));
      const [inBlocks, whole] = [await of(attention.forward(x)), await of(attention.attend(x).output)];
      inBlocks.forEach((values, i) => {
        expect(apart([...values, 0], [...whole[i], 0]) / Math.max(1, ...whole[i].map(Math.abs))).toBeLessThan(1e-5);
      });
    },
  );

  test("drops weights of causal tokens in every block while it trains", async () => {
    const attention = new MultiHeadAttention({ dim: 2, heads: 1, causal: true, dropout: 0.5 });
    const x = normals([1, 300, 2]);
    const differs = async (): Promise<number[]> => {
      const [a, b] = [await numbers(attention.forward(x)), await numbers(attention.forward(x))];
      return [0, 150, 299].map((row) => Math.abs(a[2 * row + 1] - b[2 * row + 1]));
    };
    expect((await differs()).slice(1).every((apart) => apart > 1e-6)).toBe(true);
    attention.eval();
    expect(await differs()).toEqual([0, 0, 0]);
  });

  test("takes keys and values of widths of their own", () => {
    const attention = new MultiHeadAttention({ dim: 4, heads: 2, keyDim: 3, valueDim: 5 });
    const y = attention.forward(normals([1, 2, 4]), { keys: normals([1, 7, 3]), values: normals([1, 7, 5]) });
    expect(y.shape).toEqual([1, 2, 4]);
  });

  test("a row that may look nowhere is finite, and heads must divide the width", async () => {
    const attention = new MultiHeadAttention({ dim: 4, heads: 1 });
    const y = await numbers(attention.forward(normals([1, 2, 4]), { mask: tensor([[false, false]]) }));
    expect(y.every(Number.isFinite)).toBe(true);
    expect(() => new MultiHeadAttention({ dim: 4, heads: 3 })).toThrow("a width of 4 does not divide into 3 heads");
    expect(() => attention.forward(normals([2, 4]))).toThrow(ShapeError);
  });
});

describe("recurrent layers", () => {
  const layers: Record<string, Recurrent<RecurrentState>> = {
    rnn: new Rnn({ inputSize: 3, hiddenSize: 4 }),
    "relu rnn": new Rnn({ inputSize: 3, hiddenSize: 4, activation: "relu" }),
    lstm: new Lstm({ inputSize: 3, hiddenSize: 4 }) as unknown as Recurrent<RecurrentState>,
    gru: new Gru({ inputSize: 3, hiddenSize: 4 }),
  };
  const x = normals([2, 5, 3]);
  const token = (t: number): Tensor => x.select(1, t);

  for (const [name, layer] of Object.entries(layers)) {
    test(`${name}: the sequence at once equals its steps, values and gradients`, async () => {
      const bySteps = (): { outputs: Tensor; state: RecurrentState } => {
        let state = layer.initialState(2);
        const outputs: Tensor[] = [];
        for (let t = 0; t < 5; t++) {
          const next = layer.step(state, token(t));
          state = next.state;
          outputs.push(next.output);
        }
        return { outputs: stack(outputs, 1), state };
      };
      const run = jit((weights: Tensor) => {
        const [whole, stepped] = [layer.forward(x), bySteps()];
        const gradients = [whole, stepped].map(({ outputs }) =>
          grad<Tensor[]>(sum(mul(outputs, weights)), parameters(layer)),
        );
        return { whole, stepped, gradients };
      });
      const { whole, stepped, gradients } = await run(normals([2, 5, 4], 9));
      expect(apart(await numbers(whole.outputs), await numbers(stepped.outputs))).toBeLessThan(1e-6);
      expect(apart(await numbers(whole.state.hidden), await numbers(stepped.state.hidden))).toBeLessThan(1e-6);
      for (const [i, parameter] of parameters(layer).entries()) {
        const [a, b] = [await numbers(gradients[0][i]), await numbers(gradients[1][i])];
        expect(apart(a, b), parameter.label).toBeLessThan(1e-5);
        expect(Math.max(...a.map(Math.abs)), parameter.label).toBeGreaterThan(0);
      }
    });
  }

  test("the LSTM is its equations", async () => {
    const lstm = new Lstm({ inputSize: 1, hiddenSize: 1 });
    lstm.inputWeight.set([0.1, 0.2, 0.3, 0.4]);
    lstm.stateWeight.set([0.5, 0.6, 0.7, 0.8]);
    lstm.inputBias.set([0.01, 0.02, 0.03, 0.04]);
    lstm.stateBias.set([0.1, 0.1, 0.1, 0.1]);
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
    let [h, c] = [0, 0];
    for (const input of [1, -2]) {
      const [i, f, g, o] = [0, 1, 2, 3].map(
        (k) => input * (0.1 + 0.1 * k) + h * (0.5 + 0.1 * k) + 0.01 * (k + 1) + 0.1,
      );
      c = sigmoid(f) * c + sigmoid(i) * Math.tanh(g);
      h = sigmoid(o) * Math.tanh(c);
    }
    const { state } = lstm.forward(tensor([[[1], [-2]]]));
    expect(await state.hidden.item()).toBeCloseTo(h, 6);
    expect(await state.cell.item()).toBeCloseTo(c, 6);
  });

  test("a sequence in two parts, the state handed on, equals the whole", async () => {
    const { lstm } = layers;
    const first = lstm.forward(x.slice([{ axis: 1, end: 2 }]));
    const second = lstm.forward(x.slice([{ axis: 1, start: 2 }]), first.state);
    const whole = await numbers(lstm.forward(x).state.hidden);
    expect(apart(await numbers(second.state.hidden), whole)).toBeLessThan(1e-6);
  });

  test("inputs of another width are refused with both", () => {
    expect(() => layers.gru.forward(normals([2, 5, 4]))).toThrow("[batch, steps, 3], got [2, 5, 4]");
  });
});
