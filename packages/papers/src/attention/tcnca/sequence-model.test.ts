import { parameterCount } from "@paperworks/nn";
import { abs, configure, fromArray, max, select, sub, type Tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { SequenceModel } from "./sequence-model.ts";
import { modelOf } from "./systems.ts";

configure({ threads: 1 });

const distance = async (a: Tensor, b: Tensor): Promise<number> => Number(await max(abs(sub(a, b))).item());
const size = { dim: 16, depth: 2, chunk: 4, vocabulary: 9, outputs: 9, tcn: { kernel: 3, factor: 2, layers: 2 } };

test.each(["MEGA", "TCNCA", "simplified TCNCA"] as const)(
  "%s streams with the logits of the whole sequence",
  async (system) => {
    const model = modelOf(system, size);
    const tokens = Int32Array.from({ length: 11 }, (_, i) => (i * i) % 9);
    const whole = model.forward(fromArray(tokens, [1, 11]));
    let state = model.initialState(1);
    for (let t = 0; t < 11; t++) {
      const next = model.step(fromArray(tokens.slice(t, t + 1), [1]), state);
      state = next.state;
      expect(await distance(next.logits, select(whole, 1, t))).toBeLessThan(1e-4);
    }
  },
);

test("at the size of the experiment TCNCA has as many parameters as MEGA, within 3 %", () => {
  const large = { dim: 96, depth: 2, chunk: 128, vocabulary: 65, outputs: 65 };
  const [mega, tcnca] = (["MEGA", "TCNCA"] as const).map((system) => parameterCount(modelOf(system, large)));
  expect(Math.abs(tcnca / mega - 1)).toBeLessThan(0.03);
});

test("the mean over positions leaves the padding out", async () => {
  const model = new SequenceModel({ ...size, mix: "tcn", causal: false, pooled: true, padding: 0, chunk: 20 });
  const tokens = Int32Array.of(3, 1, 4, 1, 5, 0, 0, 0);
  const logits = model.forward(fromArray(tokens, [1, 8]));
  const hidden = model.norm.forward(
    model.blocks.reduce(
      (h, block, i) => {
        const y = block.forward(h);
        return y.add(model.feedForward[i].forward(y));
      },
      model.input.forward(fromArray(tokens, [1, 8])),
    ),
  );
  const values = (await hidden.data()) as Float32Array;
  const means = Float32Array.from({ length: 16 }, (_, c) =>
    [0, 1, 2, 3, 4].reduce((sum, t) => sum + values[16 * t + c] / 5, 0),
  );
  expect(await distance(logits, model.head.forward(fromArray(means, [1, 16])))).toBeLessThan(1e-5);
});

test("a model of numbers takes floats, one of tokens whole numbers", () => {
  const numbers = new SequenceModel({ ...size, vocabulary: undefined, mix: "tcn", pooled: true });
  const tokens = new SequenceModel({ ...size, mix: "tcn" });
  expect(numbers.forward(fromArray(new Float32Array(6), [1, 6])).shape).toEqual([1, 9]);
  expect(() => numbers.forward(fromArray(new Int32Array(6), [1, 6]))).toThrow(/made for numbers, got int32/);
  expect(() => tokens.forward(fromArray(new Float32Array(6), [1, 6]))).toThrow(/made for whole tokens, got float32/);
  expect(() => new SequenceModel({ ...size, mix: "tcn", depth: 0 })).toThrow(/depth/);
  expect(() => numbers.step(fromArray(new Float32Array(1), [1]), numbers.initialState(1))).toThrow(/one answer/);
});
